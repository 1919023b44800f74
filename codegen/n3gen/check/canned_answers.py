"""Canned answers of local models that no prompt gets."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.canned_answer_rules import AnswerNeverGiven
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.spec.model import Place
from n3gen.spec.providers.local import LocalConnection

__all__ = ["check_canned_answers"]


@finder
def check_canned_answers(known: Semantics) -> Iterator[Diagnostic]:
    """Find answers behind those that fit any prompt which they fit."""
    for connection in known.spec.connections:
        if not isinstance(connection, LocalConnection):
            continue
        earlier: dict[str, Place] = {}
        for answer in connection.answers:
            texts = [text.casefold() for text in answer.contains] or [""]
            before = [
                next((place for part, place in earlier.items() if part in text), None)
                for text in texts
            ]
            found = [place for place in before if place is not None]
            if len(found) == len(texts):
                there = known.places.key(found[-1], "this one fits as well")
                yield AnswerNeverGiven.of(known.places.key(answer.place), there)
            for text in texts:
                earlier.setdefault(text, answer.place)
