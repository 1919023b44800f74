"""Texts that filters of lists and loops take letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.rules.letter_rules import LetterByLetter
from n3gen.check.subjects import kinds_of
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText
from n3gen.spec.values import shown

__all__ = ["check_letters"]

_OF_LISTS: Final = ("join", "map", "reject", "select", "sort", "unique")
"""Filters that nobody gives a text but for its letters; others take parts of texts, too."""


@chain_finder
def check_letters(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts of declared types that filters of lists and loops are given as they are."""
    for chain in known.checked:
        for text in known.texts[chain.name]:
            if "|" in text.text.text or "for" in text.text.text:
                for node in text.all_of(nodes.Filter, nodes.For):
                    yield from _letters(text, node)


def _letters(text: TypedText, node: nodes.Node) -> Iterator[Diagnostic]:
    match node:
        case nodes.Filter(name=name, node=nodes.Node() as items) if name in _OF_LISTS:
            pass
        case nodes.For(iter=items):
            name = ""
        case _:
            return
    found = text.typed(items)
    if found is not None and kinds_of(found[1], text.types.records) == {"text"}:
        path, label = shown(found[0]), text.label(items)
        yield (
            LetterByLetter.of(name, path, label)
            if name
            else LetterByLetter.loop(path, label)
        )
