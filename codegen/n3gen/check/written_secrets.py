"""Secrets that are written in steps which send requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from n3gen.check.finders import finder
from n3gen.check.plain_texts import without_expressions
from n3gen.diagnostics import Diagnostic
from n3gen.diagnostics.concealed import concealed
from n3gen.secrets import written_secrets
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import all_steps
from n3gen.spec.definition_rules import SecretInSpec
from n3gen.spec.model import HttpStep, Place
from n3gen.spec.values import shown

__all__ = ["check_written_secrets"]

_SENT: Final = ("url", "headers", "query", "json")


@finder
def check_written_secrets(known: Semantics) -> Iterator[Diagnostic]:
    """Find secrets in addresses, headers, parameters and bodies of requests."""
    for step in all_steps(known.spec):
        if not isinstance(step, HttpStep):
            continue
        for text in step.own_texts():
            if text.keys[0] not in _SENT:
                continue
            # Under the name of a secret, a template is none as a whole.
            plain = without_expressions(text.text).replace("\0", " ")
            key = [key for key in text.keys if isinstance(key, str)][-1]
            name = key if plain == text.text and len(text.keys) > 1 else ""
            place = Place(step.place.path, (*step.place.loc, *text.keys))
            is_head = text.keys[0] != "json"
            for one in written_secrets(name, plain, of_credentials=is_head):
                label = known.places.part(place, one.start, one.end)
                label = concealed(label, text.text[one.start : one.end])
                yield SecretInSpec.of_step(shown(key), shown(step.name), label)
