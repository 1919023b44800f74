"""The names whose values texts print, where nothing says what stands for none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Final, TypeVar

from jinja2 import nodes

from n3gen.semantics.reads import parsed
from n3gen.spec.model import Chain, Connector, Entry, Place
from n3gen.spec.texts import Text

__all__ = ["TEXTS", "Printed", "passed_names", "printed_names"]

_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""

_OPTIONS: Final = nodes.Name("options", "load")

N = TypeVar("N", bound=nodes.Node)

_Found = tuple[str, int]
"""A name that is printed, and the index of its token."""

_NONE: Final = frozenset[str]()

_SAID: Final = ("default", "d", "tojson", "length", "count")
"""Filters that make something else of none than the word `None`."""

TEXTS: Final = frozenset(
    (
        *("capitalize", "indent", "lower", "replace", "string", "title"),
        *("trim", "truncate", "upper", "urlencode", "wordwrap"),
    )
)
"""Filters that make a text of what they are given."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A name whose value is printed into the text at `place`; `start` and `end` are offsets.

    An option of a connector is named `options.NAME`.
    """

    name: str
    place: Place
    start: int
    end: int


def printed_names(owner: Entry | Chain | Connector) -> Iterator[Printed]:
    """The names whose values the texts of a part print."""
    for text in owner.texts():
        read = parsed(text)
        if read.tree is None or text.form != "template":
            continue
        found: Iterable[_Found] = _names_in(read.tree)
        if read.is_single:
            is_text = text.keys[-1] in _PRINTED
            found = (
                _names_of(read.tree, _NONE)
                if is_text
                else dict.fromkeys(_joined(read.tree))
            )
        yield from _at(owner, text, found)


def passed_names(owner: Entry, option: str) -> Iterator[Printed]:
    """The name whose value an option of a part is, with no other text beside it."""
    for text in owner.texts():
        read = parsed(text)
        if text.keys == ("options", option) and read.is_single and read.tree:
            node = read.tree
            if isinstance(node, nodes.Name | nodes.Getattr):
                yield from _at(owner, text, _names_of(node, _NONE))


def _at(
    owner: Entry | Chain | Connector, text: Text, found: Iterable[_Found]
) -> Iterator[Printed]:
    read = parsed(text)
    place = Place(owner.place.path, (*owner.place.loc, *text.keys))
    for name, index in found:
        token = read.tokens[min(index, len(read.tokens) - 1)]
        yield Printed(name, place, token.start, token.end)


def _names_in(node: nodes.Node, certain: Set[str] = _NONE) -> Iterator[_Found]:
    """The names whose values a template prints as they are, where nothing guards them."""
    bound: Set[str] = certain
    if isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _names_of(child, certain)
        return
    if isinstance(node, nodes.If):
        bound = certain | _read(node.test)
    elif isinstance(node, nodes.For | nodes.With | nodes.Assign):
        names = node.find_all(nodes.Name)
        bound = certain | {name.name for name in names if name.ctx != "load"}
    for inner in node.iter_child_nodes():
        if isinstance(inner, nodes.Stmt):
            yield from _names_in(inner, bound)


def _names_of(node: nodes.Node, certain: Set[str]) -> Iterator[_Found]:
    """The names whose values an expression prints as they are."""
    match node:
        case nodes.Name() if node.name not in certain:
            yield node.name, node.lineno
        case nodes.Getattr(node=nodes.Name(name="steps")) if node.attr not in certain:
            yield node.attr, node.lineno + 1
        case nodes.Getattr(node=nodes.Name(name="options"), attr=option):
            if f"options.{option}" not in certain:
                yield f"options.{option}", node.lineno + 1
        case nodes.Filter(name="join", node=nodes.List(items=parts)):
            for part in parts:
                yield from _names_of(part, certain)
        case nodes.Filter(node=inner) if inner and not _replaces_none(node):
            yield from _names_of(inner, certain)
        case nodes.CondExpr(test=test, expr1=first, expr2=second):
            guarded = certain | _read(test)
            for branch in (first, second):
                yield from _names_of(branch, guarded) if branch is not None else ()
        case nodes.Concat(nodes=parts):
            for part in parts:
                yield from _names_of(part, certain)
        case _:
            pass


def _joined(node: nodes.Node, certain: Set[str] = _NONE) -> Iterator[_Found]:
    """The names in `a ~ b` and in filters of texts, wherever they are in an expression."""
    if isinstance(node, nodes.Concat | nodes.Filter) and _is_text(node):
        yield from _names_of(node, certain)
    within = certain
    if isinstance(node, nodes.CondExpr):
        within = certain | _read(node.test)
    elif isinstance(node, nodes.And):
        within = certain | _read(node.left)
    for inner in node.iter_child_nodes():
        yield from _joined(inner, within)


def _is_text(node: nodes.Concat | nodes.Filter) -> bool:
    return isinstance(node, nodes.Concat) or node.name in ("join", *TEXTS)


def _replaces_none(node: nodes.Filter) -> bool:
    """Whether a filter makes something else of none than the word `None`.

    `default` does so for the steps of a body; an option that is none has been given.
    """
    inner = node.node
    is_default = node.name in ("default", "d")
    is_option = isinstance(inner, nodes.Getattr) and inner.node == _OPTIONS
    if is_default and is_option:
        return bool(node.args[1:] or node.kwargs)
    return node.name in _SAID


def _read(test: nodes.Node) -> frozenset[str]:
    """The names that a condition reads, as `printed_names` names them."""
    found = {node.name for node in _each(test, nodes.Name)}
    for node in _each(test, nodes.Getattr):
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        if owner in ("steps", "options"):
            found.add(node.attr if owner == "steps" else f"options.{node.attr}")
    return frozenset(found)


def _each(node: nodes.Node, kind: type[N]) -> Iterator[N]:
    """The nodes of a kind at and below a node."""
    if isinstance(node, kind):
        yield node
    yield from node.find_all(kind)
