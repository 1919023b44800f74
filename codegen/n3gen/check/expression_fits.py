"""Values of steps that are expressions, against the type that the step says it gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from n3gen.check.finders import chain_finder
from n3gen.check.reading_words import of_type
from n3gen.check.rules.meant_rules import UnfitValue
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import MAPPING, Records, choices_of
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import NodeTypes
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import EmitStep, TypeRef, ValueStep
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_unfit_expressions", "may_fit"]

_PLAIN: Final = ("str", "int", "float", "bool")
_NUMBERS: Final = ("int", "float", "bool")
_HELD: Final = ("list", "dict", MAPPING)


@chain_finder
def check_unfit_expressions(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions that are the value of a step and never of the type that it gives."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        types = known.types[chain.name]
        read = NodeTypes(types.of_path, types.records)
        for step in every_entry(chain.steps):
            if not isinstance(step, ValueStep | EmitStep) or step.output is None:
                continue
            key = "value" if isinstance(step, ValueStep) else "emit"
            data = step.value if isinstance(step, ValueStep) else step.emit
            if not isinstance(data, str) or "{" not in data:
                continue  # what is written out is looked at elsewhere
            found, wanted = read.of_data(data), step.output
            if found is None or may_fit(found, wanted, types.records):
                continue
            words = (
                f"this is to be of type `{shown(spelled(wanted))}`, and is "
                f"{of_type(found)}"
            )
            label = known.places.value(step.place / key)
            way_out = _way_out(found, wanted, types.records)
            yield UnfitValue.of(shown(step.name or ""), words, way_out, None, label)


def _way_out(found: TypeRef, wanted: TypeRef, records: Records) -> str:
    if wanted.name == "str" and found.name in _NUMBERS:
        return "make it a text with `| string`"
    if wanted.name == "str" and found.name == "list":
        return "make it a text with `| join(', ')` or `| tojson`"
    if wanted.name == "str" and found.name in _HELD:
        return "make it a text with `| tojson`, or give a field of it"
    if wanted.name == "int" and found.name == "bool":
        return "make it a number with `| int`"
    if found.name == "str" and wanted.name in _HELD:
        return (
            "write one expression that is it, `{{ ... }}`, with `| fromjson` for JSON"
        )
    return f"give a value of type `{shown(spelled(wanted))}`, or say another `output`"


def may_fit(found: TypeRef, wanted: TypeRef, records: Records) -> bool:
    """Whether a value of one type may be read as one of another, as results are."""
    if found.name == "union":
        return not found.args or any(
            may_fit(one, wanted, records) for one in found.args
        )
    if wanted.name == "union":
        return any(may_fit(found, one, records) for one in wanted.args)
    if found.name == "one of":
        return any(_may_be(value, wanted, records) for value in found.values)
    if found.name == "none":
        return wanted.name in ("none", "any")
    is_record = found.name in records
    if not is_record and found.name not in (*_PLAIN, *_HELD):
        return True
    match wanted.name:
        case "str" | "file":
            return found.name == "str"
        case "int":
            return found.name in ("str", "int", "float")
        case "float" | "bool":
            return found.name in _PLAIN
        case "list":
            return found.name == "list"
        case "dict":
            return is_record or found.name in ("dict", MAPPING)
        case "one of":
            return any(_is_of(value, found.name) for value in choices_of(wanted))
        case "none":
            return False
        case name if name in records:
            return is_record or found.name in ("dict", MAPPING)
        case _:
            return True


def _may_be(value: object, wanted: TypeRef, records: Records) -> bool:
    """Whether a literal may be read as a value of a type."""
    if wanted.name == "one of":
        return value in wanted.values
    name = type(value).__name__
    return may_fit(TypeRef(name=name), wanted, records)


def _is_of(value: object, name: str) -> bool:
    return type(value).__name__ == name or (
        name in _NUMBERS and isinstance(value, int | float)
    )
