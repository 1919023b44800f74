"""The types of expressions, where those of what they read are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes

from n3gen.expressions import parse_template
from n3gen.semantics.field_types import (
    ERROR_RECORD,
    Records,
    field_type,
    item_type,
    mapping_of,
    type_of_any,
    with_none,
)
from n3gen.semantics.made_types import (
    calculated,
    made_by_filter,
    made_by_function,
    made_by_method,
)
from n3gen.spec.model import TypeRef

__all__ = [
    "ORDER_SIGNS",
    "SIGNS",
    "NodeTypes",
    "Typed",
    "as_text",
    "path_of",
    "without_none",
]

_ANY: Final = TypeRef(name="any")
_PICKING: Final = ("select", "reject", "selectattr", "rejectattr")
_SAME: Final = ("list", "sort", "reverse", "unique", *_PICKING)
"""Filters that give a list of items of the list that they are given."""

_ONE: Final = ("first", "last", "min", "max", "random")
"""Filters that give an item of it."""

SIGNS: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
}
"""The operators that calculate with two values."""

ORDER_SIGNS: Final[Mapping[str, str]] = {
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
}
"""The comparisons that order two values, by the parser's names for them."""

_LITERALS: Final = {str: "str", bool: "bool", int: "int", float: "float"}

Typed = tuple[str, TypeRef]
"""What a node reads, as text, and its type."""


def path_of(node: nodes.Node) -> tuple[str, ...]:
    """Return the names that `a.b.c` or `a['b'].c` consists of; none for anything else."""
    path: list[str] = []
    while True:
        if isinstance(node, nodes.Getattr):
            path.append(node.attr)
        elif isinstance(node, nodes.Getitem) and isinstance(_key(node), str):
            path.append(str(_key(node)))
        else:
            break
        node = node.node
    if not isinstance(node, nodes.Name):
        return ()
    return (node.name, *reversed(path))


def _key(node: nodes.Getitem) -> Any:
    return node.arg.value if isinstance(node.arg, nodes.Const) else None


class NodeTypes:
    """The types of nodes, where `of_path` knows those of the paths that they read.

    Where a type `is_declared` it is that of a path, or of a part or the items of one, not
    what an operator, a function or a filter makes.
    """

    def __init__(
        self,
        of_path: Callable[[tuple[str, ...]], TypeRef | None],
        records: Records,
        *,
        is_declared: bool = False,
    ) -> None:
        self.of_path = of_path
        self.records = records
        self.is_declared = is_declared

    def of(self, node: nodes.Node) -> Typed | None:
        """The type of a node, and the node as text; `None` where the type is open."""
        path = path_of(node)
        if path:
            found = self.of_path(path)
            return None if found is None else (_spelled(node), found)
        match node:
            case nodes.Getattr(node=owner, attr=name):
                return self._read(owner, f".{name}", name)
            case nodes.Getitem(node=owner, arg=key):
                return self._item(owner, key)
            case nodes.Filter(node=nodes.Node() as subject):
                return self._filtered(node, subject) or self._made(node)
            case nodes.CondExpr(expr1=one, expr2=nodes.Expr() as other):
                found = type_of_any((self.type_of(one), self.type_of(other)))
                return None if found is None else ("this choice", found)
            case _:
                return self._made(node)

    def _made(self, node: nodes.Node) -> Typed | None:
        """The type of what an operator, a function, a method or a filter gives."""
        if self.is_declared:
            return None
        found: TypeRef | None = None
        match node:
            case nodes.Filter(name=name, node=nodes.Node() as subject):
                is_plain = not node.args and not node.kwargs
                found = made_by_filter(name, self.type_of(subject), is_plain=is_plain)
            case nodes.Call(node=nodes.Name(name=name)):
                arguments = [self.type_of(one) for one in node.args]
                found = made_by_function(
                    name, arguments, [one.key for one in node.kwargs]
                )
            case nodes.Call(node=nodes.Getattr(node=owner, attr="get"), args=[_]):
                found = _entry_of(self.type_of(owner))
            case nodes.Call(node=nodes.Getattr(node=owner, attr=name)):
                found = made_by_method(name, self.type_of(owner))
            case nodes.BinExpr(left=left, right=right) if type(node) in SIGNS:
                sides = self.type_of(left), self.type_of(right)
                found = calculated(SIGNS[type(node)], *sides)
            case _:
                pass
        return None if found is None else (as_text(node), found)

    def type_of(self, node: nodes.Node) -> TypeRef | None:
        """The type of a node, literals included."""
        match node:
            case nodes.Const(value=value):
                return _literal(value)
            case nodes.List(items=items):
                return _list_of([self.type_of(item) for item in items])
            case nodes.Dict(items=pairs):
                return self._mapping(pairs)
            case nodes.Compare() | nodes.Not() | nodes.Test():
                return TypeRef(name="bool")
            case nodes.Concat():
                return TypeRef(name="str")
            case _:
                found = self.of(node)
                return None if found is None else found[1]

    def of_data(self, data: Any) -> TypeRef | None:
        """The type of plain data whose texts are templates."""
        match data:
            case str():
                read = parse_template(data)
                if read.faults:
                    return None
                if read.is_single and read.tree is not None:
                    return self.type_of(read.tree)
                return TypeRef(name="str")
            case dict():
                return mapping_of(
                    {str(key): self.of_data(one) for key, one in data.items()}
                )
            case list():
                return _list_of([self.of_data(item) for item in data])
            case _:
                return _literal(data)

    def _read(self, owner: nodes.Node, way: str, name: str) -> Typed | None:
        found = self.of(owner)
        type_ = field_type(found[1], name, self.records) if found else None
        if found is None or type_ is None:
            return None
        return f"{_enclosed(found[0])}{way}", type_

    def _item(self, owner: nodes.Node, key: nodes.Node) -> Typed | None:
        if isinstance(key, nodes.Const) and isinstance(key.value, str):
            return self._read(owner, f"[{key.value!r}]", key.value)
        found = self.of(owner)
        if found is None:
            return None
        text, type_ = _enclosed(found[0]), found[1]
        if isinstance(key, nodes.Slice):
            return (f"{text}[:]", type_) if type_.name == "list" else None
        if type_.name not in ("list", "dict") or not type_.args:
            return None
        shown = key.value if isinstance(key, nodes.Const) else "..."
        item = type_.args[-1]
        return None if item.name == "any" else (f"{text}[{shown}]", item)

    def _filtered(self, node: nodes.Filter, subject: nodes.Node) -> Typed | None:
        found, name = self.of(subject), node.name
        if found is None:
            return None
        text, type_ = f"{found[0]} | {name}", found[1]
        if name in ("default", "d"):
            other = self.type_of(node.args[0]) if node.args else None
            either = type_of_any((without_none(type_), other))
            return None if either is None else (f"{text}(...)", either)
        if type_.name != "list":
            return None
        if name in _PICKING and ERROR_RECORD in type_.args[0].args:
            return None  # it may pick the records of errors, or all others
        if name in _PICKING and type_.args[0].may_be_none:
            kept = without_none(type_.args[0])
            return text, TypeRef(name="list", args=(kept,))
        if name in _SAME:
            return text, type_
        if name in _ONE:
            item = item_type(type_)
            return None if item is None or item.name == "any" else (text, item)
        return self._mapped(node, text, type_) if name == "map" else None

    def _mapped(self, node: nodes.Filter, text: str, type_: TypeRef) -> Typed | None:
        """The list of a field of each item."""
        field = node.kwargs[0].value if len(node.kwargs) == 1 else None
        if node.args or not isinstance(field, nodes.Const):
            return None
        if node.kwargs[0].key != "attribute":
            return None
        found = item_type(type_)
        for name in str(field.value).split("."):
            found = field_type(found, name, self.records)
        if found is None:
            return None
        return f"{text}(...)", TypeRef(name="list", args=(found,))

    def _mapping(self, pairs: list[nodes.Pair]) -> TypeRef | None:
        keys = [pair.key.value for pair in pairs if isinstance(pair.key, nodes.Const)]
        if len(keys) < len(pairs) or not all(isinstance(key, str) for key in keys):
            return None
        values = (self.type_of(pair.value) for pair in pairs)
        return mapping_of(dict(zip(keys, values, strict=True)))


def as_text(node: nodes.Node) -> str:
    """A node as it may have been written, its larger parts left out."""
    if path_of(node):
        return _spelled(node)
    match node:
        case nodes.Const(value=value):
            return repr(value)
        case nodes.Filter(name=name, node=nodes.Node() as subject):
            more = "(...)" if node.args or node.kwargs else ""
            return f"{as_text(subject)} | {name}{more}"
        case nodes.Call(node=function, args=arguments):
            given = [as_text(one) for one in arguments]
            is_short = len(given) < 2 and not node.kwargs and "..." not in given
            return f"{as_text(function)}({', '.join(given) if is_short else '...'})"
        case nodes.Getattr(node=owner, attr=name):
            return f"{_enclosed(as_text(owner))}.{name}"
        case nodes.BinExpr(left=left, right=right) if type(node) in SIGNS:
            return f"{as_text(left)} {SIGNS[type(node)]} {as_text(right)}"
        case _:
            return "..."


def _spelled(node: nodes.Node) -> str:
    """A path as it is written."""
    if isinstance(node, nodes.Getattr):
        return f"{_spelled(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{_spelled(node.node)}[{_key(node)!r}]"
    return node.name if isinstance(node, nodes.Name) else ""


def _enclosed(text: str) -> str:
    return f"({text})" if " " in text else text


def _literal(value: Any) -> TypeRef | None:
    name = _LITERALS.get(type(value))
    return None if name is None else TypeRef(name=name)


def _entry_of(owner: TypeRef | None) -> TypeRef | None:
    """The type of an entry of a mapping that may lack it."""
    is_mapping = owner is not None and owner.name == "dict" and len(owner.args) == 2
    if owner is None or not is_mapping or owner.args[1].name == "any":
        return None
    return with_none(owner.args[1])


def _list_of(items: list[TypeRef | None]) -> TypeRef:
    found = type_of_any(items) if items else None
    return TypeRef(name="list", args=(found or _ANY,))


def without_none(type_: TypeRef) -> TypeRef:
    """The type of the values of another one that are there."""
    if type_.name != "union":
        return type_
    kept = tuple(one for one in type_.args if one.name != "none")
    return kept[0] if len(kept) == 1 else TypeRef(name="union", args=kept)
