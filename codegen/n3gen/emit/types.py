"""Takes types of a spec; hands on their annotations and the pydantic models of a module."""

from __future__ import annotations

from n3gen.emit.module import Function
from n3gen.emit.scope import ChainScope, ModuleScope
from n3gen.emit.texts import sentence
from n3gen.expressions import literal
from n3gen.semantics.shapes import shapes_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Step, TypeDef, TypeField, TypeRef

__all__ = [
    "annotation",
    "declare_results",
    "declared_types",
    "type_model",
    "type_text",
]

_SCALARS = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "any": "Any",
    "none": "None",
}


def annotation(module: ModuleScope, type_: TypeRef) -> str:
    """The Python annotation of a type."""
    parts = [annotation(module, argument) for argument in type_.args]
    match type_.name:
        case "list" | "dict":
            return f"{type_.name}[{', '.join(parts)}]"
        case "union":
            return " | ".join(parts)
        case "one of":
            return f"Literal[{', '.join(map(literal, type_.values))}]"
        case name:
            return _SCALARS.get(name) or module.types[name]


def type_text(type_: TypeRef) -> str:
    """A type as the spec writes it, for messages."""
    parts = ", ".join(type_text(argument) for argument in type_.args)
    match type_.name:
        case "list" | "dict":
            return f"{type_.name}[{parts}]"
        case "union":
            return parts.replace(", ", " | ")
        case "one of":
            return f"one of {', '.join(map(literal, type_.values))}"
        case name:
            return name


def declared_types(type_: TypeRef) -> set[str]:
    """The names of declared types in a type."""
    if type_.name not in ("list", "dict", "union", "one of", *_SCALARS):
        return {type_.name}
    return set().union(*map(declared_types, type_.args))


def declare_results(scope: ChainScope) -> None:
    """Gives the variables of a chain's steps the types of their results."""
    shapes = shapes_of(scope.chain, scope.module.spec)
    for entry in every_entry(scope.chain.steps):
        if not isinstance(entry, Step):
            continue
        type_ = scope.output(entry)
        shape = shapes.get(entry.name)
        result = "str" if scope.gives_text(entry) else "Any"
        if type_ is not None:
            result = annotation(scope.module, type_)
        if entry.when is not None:
            result, shape = "Any" if result == "Any" else f"{result} | None", None
        scope.declare(entry.name, result, shape)


def type_model(module: ModuleScope, type_: TypeDef) -> Function:
    """The pydantic model of a declared type."""
    fields = [_field(module, field) for field in type_.fields]
    return Function(
        f"class {module.types[type_.name]}(BaseModel):",
        sentence(type_.description or f"Type `{type_.name}`."),
        tuple(fields),
    )


def _field(module: ModuleScope, field: TypeField) -> str:
    default = "" if field.required else f" = {literal(field.default)}"
    return f"{field.name}: {annotation(module, field.type)}{default}"
