"""Reading connectors, types and the fields of inputs."""

from __future__ import annotations

from typing import Any

from n3gen.source import Loc
from n3gen.spec.fields import read_fields
from n3gen.spec.keys import built
from n3gen.spec.limits import read_limit_uses
from n3gen.spec.model import Connector, InputField, TypeDef, TypeField
from n3gen.spec.model_calls import BELONGS, read_call
from n3gen.spec.policies import read_cache, read_fallback, read_retry
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedKey, NotBuiltYet, WrongType
from n3gen.spec.values import shown

__all__ = [
    "read_connector",
    "read_input",
    "read_type",
]


def read_connector(reader: Reader, loc: Loc, name: str, data: Any) -> Connector | None:
    """The connector at `loc`; without a connection of its own it takes the file's only one."""
    what = f"connector `{shown(name)}`"
    items = reader.mapping(loc, data, what)
    values = reader.known(
        loc, _own(reader, loc, items, what), built(Connector.KEYS), what
    )
    reader.duration(loc, values, "timeout")
    reader.data(loc, values, "options")
    if values.get("options") is None:
        values.pop("options", None)
    if values.get("output") is not None:
        values["output"] = reader.type_of((*loc, "output"), values["output"])
    if values.get("connection") is None:
        values["connection"] = reader.connection or ""
    read_call(reader, loc, values, what)
    read_retry(reader, loc, values)
    read_fallback(reader, loc, values)
    read_cache(reader, loc, values)
    read_limit_uses(reader, loc, values)
    return reader.build(Connector, loc, {"name": name, **values}, what)


def _own(reader: Reader, loc: Loc, items: dict[str, Any], what: str) -> dict[str, Any]:
    """The items without those that this version does not build or others have."""
    later = {key.name for key in Connector.KEYS if key.later}
    for key in items:
        label = reader.document.key_label((*loc, key))
        if key in later:
            reader.report(NotBuiltYet.of(f"`{key}`", label))
        elif key in BELONGS:
            reader.report(MisplacedKey.belongs(key, what, BELONGS[key], label))
    return {k: v for k, v in items.items() if k not in later and k not in BELONGS}


def read_type(reader: Reader, loc: Loc, name: str, data: Any) -> TypeDef | None:
    """The declared type at `loc`: each key is a field."""
    what = f"type `{shown(name)}`"
    fields = [
        reader.build(TypeField, at, values, what)
        for at, values in read_fields(reader, loc, reader.mapping(loc, data, what))
    ]
    if not data:
        label = reader.document.key_label(loc)
        reader.report(WrongType.plainly(f"{what} has no fields", label))
    known = tuple(field for field in fields if field is not None)
    return reader.build(TypeDef, loc, {"name": name, "fields": known}, what)


def read_input(reader: Reader, loc: Loc, data: Any) -> tuple[InputField, ...]:
    """The fields of a chain's input at `loc`."""
    fields = [
        reader.build(InputField, at, values, "an input field")
        for at, values in read_fields(reader, loc, reader.mapping(loc, data, "`input`"))
    ]
    return tuple(field for field in fields if field is not None)
