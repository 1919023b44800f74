"""Conditions, items and subjects that are texts instead of expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.rules.condition_rules import ConstantText
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written, parsed
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Entry, Place
from n3gen.spec.values import shown

__all__ = ["check_conditions", "is_quoted_words"]

_WORDS = re.compile(r"[^\W\d]\w*(?:,? [^\W\d][\w'-]*)+[.!?]?")
_OPERATORS = frozenset(("and", "or", "not", "in", "is", "if", "else"))


def is_quoted_words(text: Text, part: Written, places: Places) -> bool:
    """Say whether an expression is written in quotes and has only words."""
    if text.form != "expression" or not _WORDS.fullmatch(text.text):
        return False
    place = Place(part.place.path, (*part.place.loc, *text.keys))
    return _OPERATORS.isdisjoint(text.text.split()) and places.is_quoted(place)


@chain_finder
def check_conditions(known: Semantics) -> Iterator[Diagnostic]:
    """Find bare expressions that are only a text."""
    for chain in known.checked:
        for entry in every_entry(chain.steps):
            for text in entry.texts():
                if text.form == "expression":
                    yield from _faults(known, entry, text)


def _faults(known: Semantics, entry: Entry, text: Text) -> Iterator[Diagnostic]:
    place = Place(entry.place.path, (*entry.place.loc, *text.keys))
    label, key = known.places.value(place), str(text.keys[-1])
    if is_quoted_words(text, entry, known.places):
        yield ConstantText.words(key, shown(text.text), label)
        return
    tree = parsed(text).tree
    if not isinstance(tree, nodes.Const) or not isinstance(tree.value, str):
        return
    opening = next((mark for mark in ("{%", "{#") if mark in tree.value), None)
    if "{{" in tree.value:
        yield ConstantText.mixed(key, label)
    elif opening is not None:
        yield ConstantText.statement(key, opening, label)
    else:
        yield ConstantText.of(key, shown(tree.value), label)
