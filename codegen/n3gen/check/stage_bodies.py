"""Bodies of stages, against the types that the stages say they give."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.expression_fits import may_fit
from n3gen.check.finders import chain_finder
from n3gen.check.reading_words import of_type
from n3gen.check.rules.meant_rules import UnfitValue
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import mapping_of
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import NodeTypes
from n3gen.semantics.value_types import given_type
from n3gen.spec.entries import split_body
from n3gen.spec.model import (
    Entry,
    For,
    Parallel,
    Pipeline,
    StageStep,
    Step,
    TypeRef,
    ValueStep,
)
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_stage_bodies"]

_LIST = TypeRef(name="list", args=(TypeRef(name="any"),))


@chain_finder
def check_stage_bodies(known: Semantics) -> Iterator[Diagnostic]:
    """Find stages whose body ends with what is never of the type of the stage."""
    for chain in known.checked:
        if not isinstance(chain, Pipeline) or chain.name in known.spec.rejected:
            continue
        for stage in chain.stages:
            step = stage.step
            if not isinstance(step, StageStep) or step.output is None or stage.streams:
                continue
            entries, endings = split_body(step.steps)
            if not entries or any(one.has_value for one in endings):
                continue
            last, wanted = entries[-1], step.output
            found = _given(last, chain, known)
            if found is None or may_fit(found, wanted, known.types[chain.name].records):
                continue
            words = (
                f"it is to be of type `{shown(spelled(wanted))}`, and what its body ends "
                f"with is {of_type(found)}"
            )
            way_out = "end the body with a value of that type, or say another type"
            label = known.places.key(last.place, "this is its value")
            yield UnfitValue.of(shown(step.name), words, way_out, None, label)


def _given(last: Entry, chain: Pipeline, known: Semantics) -> TypeRef | None:
    """The type of what a body ends with, where that is one value of a known type."""
    if last.parallel or last.background or last.may_be_skipped:
        return None
    if any(clause.has_value for body in last.bodies for clause in split_body(body)[1]):
        return None
    if isinstance(last, For) and not last.has_result:
        return _LIST
    if isinstance(last, Parallel) and not last.has_result:
        names = (one.name for one in split_body(last.steps)[0])
        return mapping_of({name: None for name in names if name is not None})
    if not isinstance(last, Step) or last.keeps_error:
        return None
    if isinstance(last, ValueStep) and last.output is None:
        types = known.types[chain.name]
        return NodeTypes(types.of_path, types.records).of_data(last.value)
    return given_type(last, known.connectors)
