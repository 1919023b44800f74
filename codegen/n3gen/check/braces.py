"""Names in texts in the braces of f-strings and of other tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import chain_finder, finder
from n3gen.check.foreign_names import FOREIGN_NAMES
from n3gen.check.plain_texts import without_expressions
from n3gen.check.rules.plain_text_rules import SingleBrace
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import parse_expression
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written
from n3gen.semantics.typed_texts import TypedText
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Place
from n3gen.spec.values import shown

__all__ = ["BRACED", "check_braces"]

BRACED: Final = re.compile(
    r"(?<![{\\])\$?\{[ ]*([^\W\d]\w*(?:\.\w+)*)[ ]*\}{1,2}(?!\})"
)
"""A name or a path in single braces."""

_DOLLAR: Final = re.compile(r"(\$)\{\{([^{}]*)\}\}")
"""An expression as workflows of GitHub write it."""

_WORDS: Final = (
    "str",
    "bool",
    "one of",
    "date",
    "datetime",
    "duration",
    "uuid",
    "list",
)
"""Types whose values are no amounts of money."""

_MONEY: Final = re.compile(
    r"amount|price|cost|total|fee|sum|balance|budget|paid|pay\b|value|usd|dollar",
    re.IGNORECASE,
)
"""What names of amounts have in them, which may be texts."""

_ROOTS: Final = frozenset(("payload", "input", "options", "steps"))
_PROMPTS: Final = ("prompt", "system", "messages", "embed")
_RESULTS: Final = ("output", "outputs", "result")
"""What other tools read a step's value by."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is for the texts of a part: names, entries of a chain, fields of its payload."""

    places: Places
    entries: Set[str] = frozenset()
    fields: Set[str] = frozenset()
    types: ValueTypes | None = None
    names: Set[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _ROOTS | self.entries)

    def has(self, path: str) -> bool:
        return path.partition(".")[0] in self.names or path in self.fields

    def meant(self, path: str, is_dollar: bool) -> str:
        """How an expression reads what a path stands for elsewhere."""
        root, *way = path.split(".")
        if root in self.fields and root not in self.names:
            return f"payload.{path}"
        if is_dollar and root in self.entries and way[:1] and way[0] in _RESULTS:
            return ".".join([root, *way[1:]])
        if root not in self.names and way:
            root = FOREIGN_NAMES.get(root, root).removesuffix(".NAME")
        return ".".join([root, *way])


@finder
def check_braces_of_connectors(known: Semantics) -> Iterator[Diagnostic]:
    """Find names in single braces in connectors."""
    for connector in known.spec.connectors:
        yield from _braced(connector, _Known(known.places))


@chain_finder
def check_braces(known: Semantics) -> Iterator[Diagnostic]:
    """Find names in single braces, beside expressions or of things that there are."""
    for chain in known.checked:
        fields = frozenset(one.name for one in chain.input or ())
        entries = [*every_entry(chain.steps)]
        names = frozenset(entry.name for entry in entries if entry.name)
        types = known.types[chain.name]
        there = _Known(known.places, names, fields, types)
        for entry in entries:
            yield from _braced(entry, there)
        for text in known.texts[chain.name]:
            if "{" in text.text.text:
                yield from _operands(text, there)


def _braced(part: Written, known: _Known) -> Iterator[Diagnostic]:
    for text in part.texts():
        if text.form == "template" and "{" in text.text:
            place = Place(part.place.path, (*part.place.loc, *text.keys))
            yield from _single(text, place, known)
            yield from _behind_dollar(text, place, known)


def _single(text: Text, place: Place, known: _Known) -> Iterator[Diagnostic]:
    plain = without_expressions(text.text)
    in_prompt = text.keys[0] in _PROMPTS
    for found in BRACED.finditer(plain):
        path, is_dollar = found[1], found[0].startswith("$")
        is_reported = known.has(path) or (in_prompt and plain != text.text)
        if is_dollar and "." in path:
            is_reported = (
                is_reported or in_prompt or path.partition(".")[0] in FOREIGN_NAMES
            )
        if is_reported:
            label = known.places.part(place, found.start(), found.end())
            meant = known.meant(path, is_dollar)
            yield SingleBrace.of(shown(found[0]), meant, label)


def _operands(text: TypedText, known: _Known) -> Iterator[Diagnostic]:
    """Find names in braces in texts that an expression compares or joins."""
    for node in text.all_of(nodes.Compare, nodes.Concat, nodes.Add):
        for side in node.iter_child_nodes():
            one = side.expr if isinstance(side, nodes.Operand) else side
            value = one.value if isinstance(one, nodes.Const) else None
            if not isinstance(value, str):
                continue
            found = next(BRACED.finditer(value), None)
            if found is not None and known.has(found[1]):
                meant = known.meant(found[1], found[0].startswith("$"))
                rest = [shown(repr(part)) for part in value.split(found[0], 1) if part]
                rest.insert(int(not value.startswith(found[0])), meant)
                written = shown(found[0])
                yield SingleBrace.operand(written, " ~ ".join(rest), text.label(one))


def _behind_dollar(text: Text, place: Place, known: _Known) -> Iterator[Diagnostic]:
    """Find expressions behind a `$`, but for those of amounts of money.

    One alone may be of any other type; among words its type has to be known.
    """
    is_alone = _DOLLAR.fullmatch(text.text.strip()) is not None
    for found in _DOLLAR.finditer(text.text) if "${{" in text.text else ():
        read = parse_expression(found[2])
        if is_alone and len(read.references) != 1:
            return
        typed = None
        if known.types is not None and read.tree is not None:
            typed = known.types.of_node(read.tree, is_declared=True)
        if typed is None:
            is_env = read.references[:1] and read.references[0].root == "env"
            is_reported = is_alone or (bool(is_env) and not _MONEY.search(found[2]))
        elif is_alone:
            is_reported = typed[1].name not in ("int", "float")
        else:
            is_reported = typed[1].name in _WORDS and not _MONEY.search(found[2])
        if is_reported:
            label = known.places.part(place, found.start(1), found.end(1))
            yield SingleBrace.dollar(shown(found[0][1:]), label)
