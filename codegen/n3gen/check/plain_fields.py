"""Fields that values of known types do not have, be they records, lists or dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from jinja2 import nodes

from n3gen.check.facts import BLOCK_FACTS, near_fact
from n3gen.check.finders import chain_finder
from n3gen.check.reading_words import of_type
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.diagnostics.suggest import nearest_field
from n3gen.expressions import field_faults
from n3gen.expressions.filters import ELSEWHERE, FILTERS, OF_MAPPINGS
from n3gen.expressions.methods import METHODS
from n3gen.expressions.model import Shape
from n3gen.expressions.paths import NAMESPACES
from n3gen.expressions.rules import UnknownField
from n3gen.semantics.field_types import (
    MAPPING,
    RESPONSE,
    field_aliases,
    field_names,
    has_field,
    is_object,
)
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import path_of
from n3gen.semantics.typed_texts import TypedText
from n3gen.spec.model import Race, TypeDef, TypeRef, While
from n3gen.spec.values import shown

__all__ = ["check_plain_fields"]


def _readable(type_: type) -> tuple[str, ...]:
    """What can be read of the values of a Python type, methods aside."""
    names = (name for name in vars(type_) if not name.startswith("_"))
    return tuple(name for name in names if not callable(getattr(type_, name)))


_CLASSES: Final[Mapping[str, type]] = {
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "dict": dict,
    "duration": timedelta,
    "file": str,
    "float": float,
    "int": int,
    "list": list,
    MAPPING: dict,
    "one of": str,
    "str": str,
    "uuid": UUID,
}
"""What values of these types are in Python, whose methods can be called."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("one of", "list", "str", "file", "int", "float", "bool"), ()),
    "date": ("year", "month", "day"),
    "datetime": ("year", "month", "day", "hour", "minute", "second", "microsecond"),
    "duration": ("days", "seconds", "microseconds"),
    "uuid": ("version", "hex", "int", "urn"),
}
"""The fields of values of these types that are worth a mention."""

_ALL: Final = {
    "date": _readable(date),
    "datetime": (*_readable(date), *_readable(datetime)),
    "duration": _readable(timedelta),
    "uuid": _readable(UUID),
}
"""The fields that can be read of them."""

_Blocks = Mapping[str, While | Race]
"""The loops and races of a chain that have names."""


@chain_finder
def check_plain_fields(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields that the type of what they are read of does not have."""
    for chain in known.checked:
        shapes = known.shapes[chain.name]
        blocks = {
            name: spot.entry
            for name, spot in known.trees[chain.name].names.items()
            if isinstance(spot.entry, While | Race)
        }
        for text in known.texts[chain.name]:
            if "." in text.text.text or "[" in text.text.text:
                yield from _faults(text, shapes, blocks)


def _faults(
    text: TypedText, shapes: Mapping[str, Shape], blocks: _Blocks
) -> Iterator[Diagnostic]:
    called = {id(n.node) for n in text.all_of(nodes.Call) if isinstance(n, nodes.Call)}
    reported = {fault.end for fault in field_faults(text.read, shapes)}
    for node in text.all_of(nodes.Getattr, nodes.Getitem):
        read = _Read.of(text, node, is_called=id(node) in called)
        at = None if read is None else text.read.tokens[read.token].end
        if read is None or at in reported or _is_of_fact(node, read.name, blocks):
            continue
        yield from read.faults()


def _is_of_fact(node: nodes.Node, name: str, blocks: _Blocks) -> bool:
    """Whether a fact of a block is read, or a slip of one, which another rule reports."""
    path = path_of(node)
    block = blocks.get(path[0]) if path and len(path) == 2 else None
    if block is None:
        return False
    is_slip = isinstance(node, nodes.Getattr) and near_fact(block, name) is not None
    return name in BLOCK_FACTS or is_slip


@dataclass(frozen=True, slots=True)
class _Read:
    """A field that is read of a value whose type is known, or a method that is called.

    `token` is the index of its name among those of the text.
    """

    text: TypedText
    node: nodes.Node
    path: str
    type: TypeRef
    name: str
    token: int
    is_called: bool

    @classmethod
    def of(cls, text: TypedText, node: nodes.Node, *, is_called: bool) -> _Read | None:
        match node:
            case nodes.Getattr(node=owner, attr=name):
                token = node.lineno + 1
            case nodes.Getitem(node=owner, arg=nodes.Const(value=str() as name)):
                token = node.arg.lineno
            case _:
                return None
        found = text.typed(owner)
        path = path_of(node)
        if path and path[0] in NAMESPACES and path_of(owner) == path[:1]:
            return None  # no value, whatever a step calls itself
        if found is not None and found[1] == RESPONSE:
            return None  # those are looked at by their steps
        if found is None or name.isdecimal() or (path and text.types.is_fact(path)):
            return None
        token = min(token, len(text.read.tokens) - 1)
        return cls(text, node, *found, name, token, is_called)

    def faults(self) -> Iterator[Diagnostic]:
        records = self.text.types.records
        members = [one for one in self.type.args if one.name != "none"]
        members = members if self.type.name == "union" else [self.type]
        methods = [*dict.fromkeys(m for one in members for m in _methods(one))]
        if self.is_called and self.name in methods:
            return
        fields = field_names(self.type, records)
        has_it = any(_has(one, self.name, records) for one in members)
        is_own = any(is_object(one) for one in members)  # which may have any method
        if has_it and (is_own or not (self.is_called and fields)):
            return
        if fields is None:
            yield self._plain(members, methods)
        elif self.is_called:
            yield self._no_method(fields)
        else:
            yield UnknownField.diagnose(
                f"`{shown(self.path)}` has no field `{shown(self.name)}`",
                self.text.token_label(self.token),
                help=f"it has {', '.join(f'`{shown(one)}`' for one in fields)}",
                meant=nearest_field(
                    self.name, fields, field_aliases(self.type, records)
                ),
            )

    def _no_method(self, fields: Sequence[str]) -> Diagnostic:
        path, name = shown(self.path), shown(self.name)
        return UnknownField.diagnose(
            f"`{path}` has no method `{name}`: it is " f"{of_type(self.type)}",
            self.text.token_label(self.token),
            help=f"read a field, `{path}.{shown(fields[0])}`; one that may be missing "
            "with `| default(...)`",
        )

    def _plain(self, members: list[TypeRef], methods: list[str]) -> Diagnostic:
        """A field of a value that has none, or a method that it lacks."""
        path, name = shown(self.path), shown(self.name)
        records = self.text.types.records
        own = (_FIELDS.get(m.name) or field_names(m, records) or () for m in members)
        known = [*dict.fromkeys(field for fields in own for field in fields)]
        if self.is_called:
            known = [f"{method}()" for method in methods] or known
        kind = "method" if self.is_called else "field"
        is_filter = ELSEWHERE.get(self.name, self.name) in FILTERS
        is_uncalled = not self.is_called and self.name in methods and not is_filter
        return UnknownField.diagnose(
            f"`{path}` has no {kind} `{name}`: it is " f"{of_type(self.type)}",
            self.text.token_label(self.token),
            help=(
                f"call the method: `{path}.{name}()`"
                if is_uncalled
                else _way_out(self.path, self.name, self.type, known, records)
            ),
            meant=None if self.is_called else nearest(self.name, known),
        )


def _methods(type_: TypeRef) -> tuple[str, ...]:
    """The methods of a type's values that expressions can call."""
    class_ = _CLASSES.get(type_.name)
    return tuple(name for name in METHODS if hasattr(class_, name))


def _has(type_: TypeRef, name: str, records: Mapping[str, TypeDef]) -> bool:
    """Whether a value of a type may have a field of a name."""
    if field_names(type_, records) is not None:
        return has_field(type_, name, records)
    return type_.name not in _FIELDS or name in _ALL.get(type_.name, ())


def _way_out(
    path: str,
    name: str,
    type_: TypeRef,
    known: list[str],
    records: Mapping[str, TypeDef],
) -> str:
    meant = ELSEWHERE.get(name, name)
    held = ("dict",) if meant in OF_MAPPINGS else ("list", "dict", "str")
    if meant in FILTERS and type_.name in held:
        return f"write `{shown(path)} | {meant}`"
    if known:
        return f"it has {', '.join(f'`{one}`' for one in known)}"
    if type_.name == "list" and name in ("key", "value"):
        return (
            f"of a pair, `{shown(path)}[0]` is the key and `{shown(path)}[1]` the value"
        )
    if type_.name == "list":
        item = type_.args[0]
        if not _has(item, name, records):
            own = field_names(item, records) or _FIELDS.get(item.name) or ()
            listed = ", ".join(f"`{shown(one)}`" for one in own) or "no fields either"
            return f"its items, such as `{shown(path)}[0]`, have {listed}"
        each = f"{path} | map(attribute='{name}') | list"
        return f"read it of an item: `{shown(path)}[0]`, or of each: `{shown(each)}`"
    return f"read `{shown(path)}` alone"
