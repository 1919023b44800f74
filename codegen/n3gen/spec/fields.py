"""Reading the fields of types and inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from n3gen.names import is_name, python_name
from n3gen.source import Loc
from n3gen.spec.field_nodes import InputField
from n3gen.spec.keys import key_names, meant_key
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadName, BadType, WrongType
from n3gen.spec.schema_types import (
    fields_written,
    foreign_key,
    type_written,
    way_of_type,
)
from n3gen.spec.types import FieldType
from n3gen.spec.values import shown
from n3gen.syntax.block_rules import DuplicateKey

__all__ = ["read_fields", "report_second_default"]


def read_fields(
    reader: Reader, loc: Loc, items: Mapping[Any, Any]
) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """Read the fields at `loc`: yield the place and the values of each that can be read."""
    inner: Any = items.get("type")
    is_wrapped = len(items) == 1 and isinstance(inner, dict)
    if written := fields_written(inner if is_wrapped else items):
        label = reader.document.key_label(
            (*loc, "type" if is_wrapped else "properties")
        )
        reader.report(BadType.schema_of_fields(written, label))
        return
    for key, data in items.items():
        at = (*loc, key)
        if isinstance(key, str) and _MARKED.fullmatch(key):
            label = reader.document.key_label(at)
            reader.report(BadName.marked_field(shown(key), _written_type(data), label))
            continue
        if not isinstance(key, str) or key.startswith("_") or not python_name(key):
            reader.report(BadName.field(shown(key), reader.document.key_label(at)))
            continue
        values = _field(reader, at, key, data)
        if values is not None:
            yield at, {**_names(key), **values}


_MARKED = re.compile(r"[^\W\d][\w-]*[?!]")
"""The name of a field with a mark of TypeScript behind it."""


def _written_type(data: Any) -> str:
    """The type of a field, if it is written as one text or a mapping with one."""
    type_ = data.get("type") if isinstance(data, dict) else data
    return shown(type_) if isinstance(type_, str) else "str"


def _names(key: str) -> dict[str, Any]:
    """The Python name for a field, and its name in JSON where that is another one."""
    name = python_name(key)  # Python takes `µ` for `μ`, and `ﬁ` for `fi`
    if name.startswith(
        "_"
    ):  # as for `3d`, which pydantic takes for a private attribute
        name = f"field{name}"
    return (
        {"name": key} if is_name(key) and name == key else {"name": name, "alias": key}
    )


def _field(reader: Reader, at: Loc, key: str, data: Any) -> dict[str, Any] | None:
    if not isinstance(data, dict) or list(data) == ["one of"]:
        return _type(reader, at, data)
    what = f"field `{shown(key)}`"
    if foreign := foreign_key(data):
        label = reader.document.key_label((*at, foreign))
        meant, fields = type_written(data, key), fields_written(data)
        written = f"{shown(key)}: {meant}"
        reader.report(BadType.schema(what, written, meant, fields, label))
        return None
    keys = InputField.KEYS
    if data and not any(
        one in key_names(keys) or meant_key(shown(one), keys) for one in data
    ):
        label = reader.document.label(at)
        given, way_out = "a mapping of fields", way_of_type(data)
        reader.report(WrongType.of(what, "of one type", given, label, way_out))
        return None
    values = reader.known(at, data, keys, what)
    reader.data(at, values, "default")
    _alias(reader, at, values)
    if "type" not in values:
        reader.missing(at, "type", what, "say what it holds, such as `type: str`")
        return None
    read = reader.field_type((*at, "type"), values.pop("type"))
    if read is None:
        return None
    typed = _values(read)
    if "default" in values:
        report_second_default(reader, at, read)
        return {**typed, **values, "required": False}
    return {**values, **typed}


def _type(reader: Reader, at: Loc, data: Any) -> dict[str, Any] | None:
    read = reader.field_type(at, data)
    return None if read is None else _values(read)


def _values(read: FieldType) -> dict[str, Any]:
    return {"type": read.type, "required": read.required, "default": read.default}


def report_second_default(reader: Reader, at: Loc, typed: FieldType) -> None:
    """Report the key `default` at `at` where the type beside it has one too."""
    if typed.default_at is not None:
        first = reader.document.text_label((*at, "type"), *typed.default_at)
        second = reader.document.key_label((*at, "default"))
        reader.report(DuplicateKey.at("default", second, first))


def _alias(reader: Reader, at: Loc, values: dict[str, Any]) -> None:
    """Take out an alias that cannot be a key of JSON."""
    alias = values.get("alias")
    if isinstance(alias, str) and not (alias and alias.isprintable()):
        del values["alias"]
        label = reader.document.label((*at, "alias"))
        reader.report(
            WrongType.plainly("an alias is a text of printable characters", label)
        )
