"""The types of values that annotations of Python speak of, as steps have these values."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, Literal

from n3gen.semantics.annotations import text_of, type_named
from n3gen.semantics.field_types import (
    HIDDEN,
    mapping_of,
    object_of,
    type_of_any,
    with_none,
)
from n3gen.spec.model import TypeRef

__all__ = ["Field", "Kind", "Record", "Types"]

_ANY: Final = TypeRef(name="any")
_NONE: Final = TypeRef(name="none")
_PLAIN: Final[Mapping[str, TypeRef]] = {
    **{name: TypeRef(name=name) for name in ("bool", "float", "int", "str")},
    **dict.fromkeys(("list", "typing.List"), TypeRef(name="list", args=(_ANY,))),
    **dict.fromkeys(("dict", "typing.Dict"), TypeRef(name="dict", args=(_ANY, _ANY))),
    # A datetime is a date.
    "datetime.date": TypeRef(
        name="union", args=(TypeRef(name="date"), TypeRef(name="datetime"))
    ),
    "datetime.datetime": TypeRef(name="datetime"),
    "datetime.timedelta": TypeRef(name="duration"),
    "uuid.UUID": TypeRef(name="uuid"),
}
_ITERATORS: Final = ("Generator", "Iterator")
_ASYNC: Final = ("AsyncGenerator", "AsyncIterable", "AsyncIterator")
_MADE: Final = (*_ITERATORS, *_ASYNC, "Iterable")
"""What a generator may be annotated with."""

_SAME: Final = ("Annotated", "Final", "NotRequired", "ReadOnly", "Required")
"""What stands around a type that says more of the name than of its values."""


Kind = Literal["data", "mapping", "model", "plain", "tuple"]
"""What a class is: one of `dataclass`, `TypedDict`, `BaseModel`, `NamedTuple`, or none."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a class: its annotation, and how its constructor takes it.

    It `is_open` where more than its annotation decides what it is; with a `default` it
    need not be given.
    """

    annotation: ast.expr
    has_default: bool
    may_be_none: bool = False
    is_open: bool = False
    is_read: bool = True
    is_given: bool = True
    is_only_named: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A class whose objects have fields, and beside them no more than `others`.

    Those that `are_open` may have more, or do more than give their fields. One that
    `is_made_otherwise` may take other arguments than its fields.
    """

    name: str
    kind: Kind
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    others: frozenset[str] = frozenset()
    are_open: bool = False
    is_made_otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Types:
    """The types of one module: what its names stand for, and its own classes of records.

    `generators` are those of its functions that are some.
    """

    names: Mapping[str, str]
    records: Mapping[str, Record]
    generators: Set[ast.AST]

    def returned(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> TypeRef | None:
        """The type of what a call comes to: awaited, and the items of iterators as a list."""
        said = _parsed(function.returns)
        if function in self.generators:
            found = None if said is None else self._items(said, _MADE)
            return found or TypeRef(name="list", args=(_ANY,))
        if said is None:
            return None
        if isinstance(function, ast.FunctionDef) and isinstance(said, ast.Subscript):
            name, parts = self._collection(said.value), _parts(said)
            if name == "Awaitable" or (name == "Coroutine" and len(parts) == 3):
                said = _parsed(parts[-1]) or said
        return self._items(said, _ITERATORS) or self.of(said)

    def of_object(self, name: str) -> TypeRef | None:
        """The type of the objects of a class."""
        return self._record(name, frozenset())

    def _items(self, node: ast.expr, kinds: Sequence[str]) -> TypeRef | None:
        """The list of the items of an iterator; `None` for what is none of these kinds."""
        owner = node.value if isinstance(node, ast.Subscript) else node
        if self._collection(owner) not in kinds:
            return None
        item = self.of(_parts(node)[0]) if isinstance(node, ast.Subscript) else None
        return TypeRef(name="list", args=(item or _ANY,))

    def _collection(self, node: ast.expr) -> str:
        """The name of an abstract class of collections, without that of its module."""
        module, _, name = type_named(node, self.names).rpartition(".")
        return name if module in ("collections.abc", "typing") else ""

    def of(
        self, node: ast.expr, inside: frozenset[str] = frozenset()
    ) -> TypeRef | None:
        """The type of an annotation; `None` where it is open. `inside` are classes around."""
        node = _parsed(node) or node
        match node:
            case ast.Constant(value=None):
                return _NONE
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._either((left, right), inside)
            case ast.Subscript(value=owner):
                return self._with_items(owner, _parts(node), inside)
            case ast.Name(id=name) if name in self.records:
                return self._record(name, inside)
            case _:
                return _PLAIN.get(type_named(node, self.names))

    def _with_items(
        self, owner: ast.expr, parts: Sequence[ast.expr], inside: frozenset[str]
    ) -> TypeRef | None:
        name = type_named(owner, self.names)
        short = name.removeprefix("typing.")
        if short == "Optional":
            return self._either((*parts, ast.Constant(None)), inside)
        if short == "Union":
            return self._either(parts, inside)
        if short == "Literal":
            return _literals(parts)
        if short in _SAME and short != name:
            return self.of(parts[0], inside)
        if short in ("list", "List") and len(parts) == 1:
            item = self.of(parts[0], inside) or _ANY
            return TypeRef(name="list", args=(item,))
        if short in ("dict", "Dict") and len(parts) == 2:
            key, value = (self.of(part, inside) or _ANY for part in parts)
            key = key if key.name in ("str", "int") else _ANY
            return TypeRef(name="dict", args=(key, value))
        return None

    def _either(
        self, nodes: Sequence[ast.expr], inside: frozenset[str]
    ) -> TypeRef | None:
        """What is of one of several types; none among them is known beside open ones."""
        found = [self.of(node, inside) for node in nodes]
        either = type_of_any(found)
        has_none = any(one is not None and one.may_be_none for one in found)
        return with_none(_ANY) if either is None and has_none else either

    def _record(self, name: str, inside: frozenset[str]) -> TypeRef | None:
        record = self.records.get(name)
        if record is None or record.are_open or name in inside:
            return None
        fields = {
            key: self._field(one, inside | {name})
            for key, one in record.fields.items()
            if one.is_read
        }
        if not fields:
            return None
        if record.kind == "mapping":
            return mapping_of(fields)
        others = sorted(
            other for other in record.others - fields.keys() if other[0] != "_"
        )
        return object_of(name, {**fields, **dict.fromkeys(others, HIDDEN)})

    def _field(self, one: Field, inside: frozenset[str]) -> TypeRef | None:
        found = None if one.is_open else self.of(one.annotation, inside)
        return with_none(found or _ANY) if one.may_be_none else found


def _parsed(node: ast.expr | None) -> ast.expr | None:
    """An annotation, also where it is written as a text; `None` where that is no Python."""
    return text_of(node) if node is not None else None


def _parts(node: ast.Subscript) -> Sequence[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _literals(parts: Sequence[ast.expr]) -> TypeRef | None:
    """The type of `Literal["a", None]`."""
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    kept = [value for value in values if isinstance(value, str | int)]
    has_none = None in values
    if len(kept) + values.count(None) < len(parts) or not kept:
        return None
    found = TypeRef(name="one of", values=tuple(kept))
    return with_none(found) if has_none else found
