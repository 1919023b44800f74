"""The names whose values texts print, where nothing says what stands for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from jinja2 import nodes

from n3gen.semantics.guards import own_path
from n3gen.semantics.reads import parsed
from n3gen.spec.model import Chain, Connector, Entry, Place
from n3gen.spec.texts import Text

__all__ = ["TEXTS", "Printed", "passed_names", "printed_names"]

_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""

_OPTIONS: Final = nodes.Name("options", "load")

N = TypeVar("N", bound=nodes.Node)


class _Found(NamedTuple):
    """A name that is printed, the index of its `token`, the `part` of its value that it is.

    `asked` are the names that are asked for around it.
    """

    name: str
    token: int
    part: str = ""
    asked: Set[str] = frozenset()


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

    An option of a connector is named `options.NAME`. What is not all of a value is
    `.NAME` of one, or an item: `[0]`, ` | first`, or `[]` in a loop. `asked` are the
    names that the text asks for before it.
    """

    name: str
    place: Place
    start: int
    end: int
    part: str = ""
    asked: Set[str] = frozenset()


def printed_names(owner: Entry | Chain | Connector) -> Iterator[Printed]:
    """The names whose values the texts of a part print."""
    for text in owner.texts():
        read = parsed(text)
        if read.tree is None or text.form != "template":
            continue
        found: Iterable[_Found] = dict.fromkeys(
            _Statements(read.tree).printed(read.tree)
        )
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
    for one in found:
        token = read.tokens[min(one.token, len(read.tokens) - 1)]
        yield Printed(one.name, place, token.start, token.end, one.part, one.asked)


class _Statements:
    """Goes through the statements of a template, which bind names and ask for others.

    `given` is what it prints where a name is printed that it binds once: what it `set`,
    or the items of a list. Of one that it binds more often nothing is said.
    """

    def __init__(self, template: nodes.Node) -> None:
        names = (name for name in template.find_all(nodes.Name) if name.ctx != "load")
        self.bound = Counter(name.name for name in names)
        self.given: dict[str, list[_Found]] = {name: [] for name in self.bound}

    def printed(self, node: nodes.Node, certain: Set[str] = _NONE) -> Iterator[_Found]:
        """The names whose values a statement prints as they are, where nothing guards them."""
        known = certain
        match node:
            case nodes.Output(nodes=parts):
                for part in parts:
                    yield from self._of(part, certain)
                return
            case nodes.If(test=test):
                known = certain | _read(test)
            case nodes.For(target=nodes.Name(name=name), iter=items, test=test):
                known = certain | (_read(test) if test is not None else _NONE)
                if isinstance(items, nodes.List):
                    each = (self._of(item, certain) for item in items.items)
                    self._give(name, chain.from_iterable(each))
                else:
                    self._give(name, _items(items, "[]", certain))
            case nodes.Assign(target=nodes.Name(name=name), node=value):
                yield from self._set(name, value, certain)
            case nodes.With(targets=targets, values=values):
                for target, value in zip(targets, values, strict=True):
                    if isinstance(target, nodes.Name):
                        yield from self._set(target.name, value, certain)
            case _:
                pass
        for inner in node.iter_child_nodes():
            if isinstance(inner, nodes.Stmt):
                yield from self.printed(inner, known)

    def _of(self, node: nodes.Node, certain: Set[str]) -> Iterator[_Found]:
        """The names that an expression prints, those bound here by what they stand for."""
        for found in _names_of(node, certain):
            if found.name not in self.given:
                yield found
            elif not found.part:
                for one in self.given[found.name]:
                    if one.name not in certain:
                        yield one._replace(asked=one.asked | found.asked)

    def _set(self, name: str, value: nodes.Node, certain: Set[str]) -> Iterator[_Found]:
        yield from (
            one for one in _joined(value, certain) if one.name not in self.given
        )
        is_name = isinstance(value, nodes.Name | nodes.Getattr | nodes.CondExpr)
        self._give(name, [*self._of(value, certain)] if is_name else ())

    def _give(self, name: str, found: Iterable[_Found]) -> None:
        if self.bound[name] == 1:
            self.given[name] = [*found]


def _items(node: nodes.Node, part: str, certain: Set[str]) -> Iterator[_Found]:
    """An item of the value of a name."""
    path = own_path(node)
    if len(path) == 1 and path[0] not in certain:
        yield _Found(path[0], _last_token(node), part, certain)


def _last_token(node: nodes.Node) -> int:
    """The index of the token of the name that a path ends with."""
    if isinstance(node, nodes.Getitem):
        return node.arg.lineno
    return node.lineno + isinstance(node, nodes.Getattr)


def _names_of(node: nodes.Node, certain: Set[str]) -> Iterator[_Found]:
    """The names whose values an expression prints as they are."""
    match node:
        case nodes.Getattr(node=nodes.Name(name="options"), attr=option):
            if f"options.{option}" not in certain:
                yield _Found(f"options.{option}", node.lineno + 1)
        case nodes.Name() | nodes.Getattr() | nodes.Getitem() if path := own_path(node):
            if path[0] not in certain:
                behind = "".join(f".{field}" for field in path[1:])
                yield _Found(path[0], _last_token(node), behind, certain)
        case nodes.Getitem(node=items, arg=nodes.Const(value=int() as index)):
            yield from _items(items, f"[{index}]", certain)
        case nodes.Filter(name="first" | "last" as name, node=nodes.Node() as items):
            yield from _items(items, f" | {name}", certain)
            yield from _names_of(items, certain)
        case nodes.Filter(name="join", node=nodes.List(items=parts)):
            for part in parts:
                yield from _names_of(part, certain)
        case nodes.Filter(node=inner) if inner:
            within = _joined if _replaces_none(node) else _names_of
            yield from within(inner, certain)
            for given in node.args if node.name == "format" else ():
                yield from _names_of(given, certain)
        case nodes.CondExpr(test=test, expr1=first, expr2=second):
            guarded = certain | _read(test)
            for branch in (first, second):
                yield from _names_of(branch, guarded) if branch is not None else ()
        case nodes.Call(node=nodes.Name(name="str"), args=[given], kwargs=[]):
            yield from _names_of(given, certain)
        case nodes.Concat(nodes=parts):
            for part in parts:
                yield from _names_of(part, certain)
        case _:
            pass


def _joined(node: nodes.Node, certain: Set[str] = _NONE) -> Iterator[_Found]:
    """The names in `a ~ b`, `str(a)` and filters of texts, wherever in an expression."""
    if isinstance(node, nodes.Concat | nodes.Filter | nodes.Call) and _is_text(node):
        yield from _names_of(node, certain)
    within = certain
    if isinstance(node, nodes.CondExpr):
        within = certain | _read(node.test)
    elif isinstance(node, nodes.And):
        within = certain | _read(node.left)
    for inner in node.iter_child_nodes():
        yield from _joined(inner, within)


def _is_text(node: nodes.Concat | nodes.Filter | nodes.Call) -> bool:
    if isinstance(node, nodes.Call):
        return isinstance(node.node, nodes.Name) and node.node.name == "str"
    return isinstance(node, nodes.Concat) or node.name in ("join", "format", *TEXTS)


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
