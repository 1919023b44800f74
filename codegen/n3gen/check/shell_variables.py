"""Variables as shells and other tools write them, in what requests send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from n3gen.check.finders import chain_finder
from n3gen.check.plain_texts import without_expressions
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.plain_text_rules import SingleBrace
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.definition_rules import BadEnv
from n3gen.spec.model import HttpStep, Place
from n3gen.spec.texts import Text
from n3gen.spec.values import shown

__all__ = ["BARE", "DOLLAR", "check_shell_variables"]

_CAPITALS: Final = r"[A-Z][A-Z0-9_]+"
DOLLAR: Final = re.compile(
    rf"\$\{{[ ]*(?:env[.:]|secrets\.|vars\.)?({_CAPITALS})(?::?-([^{{}}]*))?[ ]*\}}"
)
"""`${KEY}`, with what shells and compose files may have around the name."""

_NAME: Final = rf"\$({_CAPITALS})(?![\w$])"
BARE: Final = re.compile(rf"(?<![\w$]){_NAME}|(?<![\w${{])\{{({_CAPITALS})\}}(?!\}})")
"""`$KEY` and `{KEY}`, which only addresses, headers and queries mean so."""


@chain_finder
def check_shell_variables(known: Semantics) -> Iterator[Diagnostic]:
    """Find variables of the environment in requests that are no expressions."""
    for chain in known.checked:
        entries = [*every_entry(chain.steps)]
        # Another rule reports names of the chain that are in single braces.
        names = {entry.name for entry in entries}
        names |= {field.name for field in chain.input or ()}
        for step in entries:
            for text in step.texts() if isinstance(step, HttpStep) else ():
                if text.form == "template" and ("$" in text.text or "{" in text.text):
                    place = Place(step.place.path, (*step.place.loc, *text.keys))
                    yield from _variables(text, place, names, known.places)


def _variables(
    text: Text, place: Place, names: set[str | None], places: Places
) -> Iterator[Diagnostic]:
    plain = without_expressions(text.text)
    key = key_of_text(text)
    found = [*DOLLAR.finditer(plain)]
    if text.keys[0] != "json" or BARE.fullmatch(plain.strip()):
        found += BARE.finditer(plain)
    for one in found:
        name = one[1] or one[2]
        if name in names:
            continue
        default = one[2] if one.re is DOLLAR else None
        meant = f"env.{name}"
        if default:
            meant += f" | default({shown(repr(default))})"
        label = places.part(place, one.start(), one.end())
        if text.keys[0] == "json" and one[0] != plain.strip():
            # A body may well hold a text for a shell.
            yield SingleBrace.of(shown(one[0]), meant, label)
        else:
            yield BadEnv.in_template(key, shown(one[0]), label, meant)
