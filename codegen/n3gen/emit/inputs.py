"""Takes a chain's declared input; hands on its TypedDict and the function that checks it."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.module import Function
from n3gen.emit.scope import ModuleScope, Variable
from n3gen.emit.texts import doc
from n3gen.emit.types import annotation, declared_types, type_text
from n3gen.expressions import literal
from n3gen.semantics.shapes import shapes_of
from n3gen.spec.model import Chain, InputField, TypeRef

__all__ = ["ChainInput", "chain_input"]

_SCALARS = {
    "str": "STR",
    "int": "INT",
    "float": "FLOAT",
    "bool": "BOOL",
    "any": "ANY",
    "none": "NONE",
}


@dataclass(frozen=True, slots=True)
class ChainInput:
    """What a chain's input becomes; without one, the payload is anything."""

    payload: Variable
    functions: tuple[Function, ...] = ()
    check: str | None = None


def chain_input(module: ModuleScope, chain: Chain) -> ChainInput:
    """The classes and functions for the input of `chain`."""
    if chain.input is None:
        return ChainInput(Variable("payload"))
    record = module.class_name(chain, "Input")
    check = module.unique(f"_check_{module.public_name(chain)}_input")
    fields = [
        f"{field.name}: {annotation(module, field.type)}" for field in chain.input
    ]
    taken = [f"{literal(field.name)}: {_take(module, field)}" for field in chain.input]
    title = doc(chain.name)
    declared = Function(
        f"class {record}(TypedDict):",
        f"The input of chain `{title}`.",
        tuple(fields) or ("pass",),
    )
    checked = Function(
        f"def {check}(payload: Any) -> {record}:",
        f"The input of chain `{title}`; raises `InputError` with every fault in it.",
        (
            f"fields = Fields({literal(chain.name)}, payload)",
            f"checked: {record} = {{{', '.join(taken)}}}",
            "fields.finish()",
            "return checked",
        ),
    )
    return ChainInput(
        Variable("payload", record, shapes_of(chain, module.spec).get("payload")),
        (declared, checked),
        check,
    )


def _take(module: ModuleScope, field: InputField) -> str:
    parts = [literal(field.name), _kind(module, field.type)]
    if not field.required:
        parts.append(literal(field.default))
    return f"fields.take({', '.join(parts)})"


def _kind(module: ModuleScope, type_: TypeRef) -> str:
    if declared_types(type_):
        return f"kind_of({literal(type_text(type_))}, {annotation(module, type_)})"
    if type_.name in _SCALARS:
        return _SCALARS[type_.name]
    arguments = [_kind(module, argument) for argument in type_.args]
    if type_.name == "one of":
        arguments = [literal(value) for value in type_.values]
    function = {"one of": "one_of", "union": "union_of"}.get(type_.name)
    return f"{function or f'{type_.name}_of'}({', '.join(arguments)})"
