"""Texts that are expressions by their look, written without braces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.check.finders import chain_finder, finder
from n3gen.check.named_paths import FILES, ROOTS, is_plain, names_of
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.graph_rules import TextNamesStep
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import Parsed, Reference, parse_expression
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written
from n3gen.semantics.walk import Places, every_part
from n3gen.spec.model import Place
from n3gen.spec.values import shown

__all__ = ["bare_reads", "check_bare_expressions"]

_OPERATOR: Final = re.compile(r"[-+*/%<>=!|~(\[]|\b(?:and|or|not|in|is|if)\b")
"""What every expression has that is more than a path."""

_PATH: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*|\[\d+\])*")

_PUNCTUATED: Final = re.compile(
    r"\s*(-?\d+(?:\.\d+)?|true|false|null|none|[^\W\d]\w*(?:\.[^\W\d]\w*)+)\s*([,;])\s*"
)
"""A value as other languages end it, with what ends a line or an item there."""

_SURE: Final = (
    *(nodes.Add, nodes.Mul, nodes.FloorDiv, nodes.Pow, nodes.Concat),
    *(nodes.Filter, nodes.Call, nodes.Getitem),
)
"""What no text in words has."""

_LOOSE: Final = (nodes.And, nodes.Or, nodes.CondExpr, nodes.Sub, nodes.Div, nodes.Mod)
"""What texts in words may have too, such as `draft and final`."""


class _Bare(NamedTuple):
    """A text that was meant as an expression, and the names that this one reads."""

    text: Text
    place: Place
    names: frozenset[str]


@finder
def check_bare_in_connectors(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions that stand as texts in connectors."""
    for connector in known.spec.connectors:
        yield from _faults(connector, ROOTS, known.places)


@chain_finder
def check_bare_expressions(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions, and values with a comma behind them, that stand as texts."""
    for chain in known.checked:
        names = names_of(chain)
        for part in every_part(chain):
            yield from _faults(part, names, known.places)


def _faults(part: Written, names: Set[str], places: Places) -> Iterator[Diagnostic]:
    for bare in _bare(part, names, places):
        written = shown(bare.text.text.strip())
        yield TextNamesStep.at(
            key_of_text(bare.text), written, places.value(bare.place)
        )
    for text in part.texts():
        found = _PUNCTUATED.fullmatch(text.text)
        if found is None or text.form != "template":
            continue
        place = Place(part.place.path, (*part.place.loc, *text.keys))
        root, *fields = found[1].split(".")
        is_path = not root.lstrip("-").isdecimal() and bool(fields)
        if is_plain(place, places) and (not is_path or root in names):
            label = places.part(place, found.start(2), found.end(2))
            yield TextNamesStep.ended(
                key_of_text(text), found[2], shown(found[1]), label
            )


def bare_reads(part: Written, names: Set[str], places: Places) -> frozenset[str]:
    """The names that the texts of a part would read, were they in braces."""
    return frozenset(name for one in _bare(part, names, places) for name in one.names)


def _bare(part: Written, names: Set[str], places: Places) -> Iterator[_Bare]:
    for text in part.texts():
        written = text.text
        if text.form != "template" or "\n" in written or "{{" in written:
            continue
        # A path alone has a finder of its own.
        if not _OPERATOR.search(written) or _PATH.fullmatch(written.strip()):
            continue
        place = Place(part.place.path, (*part.place.loc, *text.keys))
        if not is_plain(place, places):
            continue
        read = parse_expression(written)
        if read.faults or read.tree is None:
            continue
        found = [one for one in read.references if _is_known(one, names)]
        if found and _is_sure(read, found, is_value=text.keys == ("value",)):
            yield _Bare(text, place, frozenset(one.name for one in found))


def _is_known(reference: Reference, names: Set[str]) -> bool:
    if reference.root in ("name", "loop"):
        return reference.spelled.partition(".")[0] in names
    return reference.root != "run" and bool(reference.path or reference.root != "name")


def _is_sure(read: Parsed, known: list[Reference], *, is_value: bool) -> bool:
    """Whether a text that parses is an expression, and no words that happen to parse.

    Words may be joined by `and`, `-` or `/`; with a path in them, or where a value is
    asked for and all names are there, nobody means words.
    """
    tree, text = read.tree, read.text
    kinds = {type(tree), *(type(node) for node in tree.find_all(nodes.Expr))}
    fields = [one.path[-1].lower() for one in known if one.path]
    if any(field in FILES for field in fields):
        return False
    if fields or kinds & {*_SURE}:
        return True
    is_all = len(known) == len(read.references)
    if nodes.Compare in kinds:
        return bool(re.search(r"[=<>]", text)) or (is_all and is_value)
    if not is_all or re.search(r"\w[-/%]\w", text):
        return False
    has_words = bool(kinds & {*_LOOSE}) and (len(known) > 1 or nodes.Const in kinds)
    return has_words or is_value
