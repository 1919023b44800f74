"""The declared input of a chain: its record, and the function that checks it."""

from __future__ import annotations

from n3gen.emit.code import constant, keyword, name, parameter, support_call
from n3gen.emit.module_nodes import Input
from n3gen.emit.module_nodes import InputField as FieldNode
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.texts import doc, shown
from n3gen.emit.types import (
    annotation,
    checked_type,
    declared_types,
    field_default,
    optional,
    type_text,
)
from n3gen.expressions import Code
from n3gen.names import class_name
from n3gen.spec.model import Chain, InputField, TypeRef

__all__ = ["chain_input", "kind_code"]

_SCALARS = {
    "str": name("STR", "STR"),
    "int": name("INT", "INT"),
    "float": name("FLOAT", "FLOAT"),
    "bool": name("BOOL", "BOOL"),
    "any": name("ANY", "ANY"),
    "none": name("NONE", "NONE"),
    "date": name("DATE", "DATE"),
    "datetime": name("DATETIME", "DATETIME"),
    "duration": name("DURATION", "DURATION"),
    "uuid": name("UUID_TEXT", "UUID_TEXT"),
    "file": name("FILE", "FILE"),
}

_COMPOSED = {
    "one of": "one_of",
    "union": "union_of",
    "list": "list_of",
    "dict": "dict_of",
}


def chain_input(module: ModuleScope, chain: Chain) -> Input | None:
    """The input of `chain`; without one, its payload is anything."""
    if chain.input is None:
        return None
    fields = {field.name: _field(module, field) for field in chain.input}
    required_first = sorted(chain.input, key=lambda field: not field.required)
    return Input(
        record=module.unique(f"{class_name(chain.name)}Input"),
        check=module.unique(f"_check_{module.public_name(chain)}_input"),
        chain=chain.name,
        word=chain.word,
        title=doc(chain.name),
        fields=tuple(fields.values()),
        parameters=tuple(fields[field.name].parameter for field in required_first),
        has_aliases=any(field.alias is not None for field in chain.input),
    )


def _field(module: ModuleScope, field: InputField) -> FieldNode:
    type_ = annotation(module, field.type)
    default = field_default(field)
    is_mutable = not field.required and isinstance(field.default, list | dict)
    return FieldNode(
        name=field.name,
        key=constant(field.key),
        annotation=type_,
        kind=_bounded(field, kind_code(module, field.type)),
        default=default,
        parameter=(
            parameter(field.name, optional(type_), constant(None))
            if is_mutable
            else parameter(field.name, type_, default)
        ),
        is_mutable=is_mutable,
        about=shown(field.description or ""),
    )


def _bounded(field: InputField, kind: Code) -> Code:
    """The kind of a field, which has to be within the field's bounds."""
    bounds = [keyword(_BOUNDS[b], constant(v)) for b, v in field.bounds.items()]
    return support_call("within", kind, *bounds) if bounds else kind


_BOUNDS = {
    "min": "least",
    "max": "most",
    "min_length": "shortest",
    "max_length": "longest",
    "pattern": "pattern",
}


def kind_code(module: ModuleScope, type_: TypeRef) -> Code:
    """What checks values of a type, and reads them."""
    if declared_types(type_):
        text = constant(type_text(type_))
        return support_call("kind_of", text, checked_type(module, type_))
    if type_.name in _SCALARS:
        return _SCALARS[type_.name]
    parts = [kind_code(module, argument) for argument in type_.args]
    parts += map(constant, type_.values)
    return support_call(_COMPOSED[type_.name], *parts)
