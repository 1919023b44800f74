"""Stages that do not fit together, and those that cannot stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from n3gen.check.finders import finder
from n3gen.check.names import type_names
from n3gen.check.rules.stage_rules import NothingToStream, StagesDoNotMeet
from n3gen.check.types import type_place
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.asked import model_call
from n3gen.semantics.known import Semantics
from n3gen.semantics.stage_types import handed_type, has_items, meets
from n3gen.semantics.value_types import given_type
from n3gen.semantics.walk import Places
from n3gen.spec.model import (
    Connector,
    ConnectorStep,
    InputField,
    Pipeline,
    PythonStep,
    Stage,
    TypeRef,
)
from n3gen.spec.rules import MisplacedKey
from n3gen.spec.types import TYPE_WORDS, spelled
from n3gen.spec.values import shown

__all__ = ["check_pipelines", "way_to_argument"]

_STR = TypeRef(name="str")


@finder
def check_pipelines(known: Semantics) -> Iterator[Diagnostic]:
    """Find stages whose types do not meet, and those that stream and cannot."""
    rejected = known.spec.rejected
    known_types = {*TYPE_WORDS, *(record.name for record in known.spec.types)}
    connectors = {
        name: one for name, one in known.connectors.items() if name not in rejected
    }
    for chain in known.spec.chains:
        if not isinstance(chain, Pipeline) or chain.name in rejected:
            continue
        for stage in chain.stages:
            if stage.streams and not stage.per_item:
                yield from _streamed(stage, connectors, known.places)
        for before, stage in pairwise(chain.stages):
            wanted = type_names(*(one.type for one in stage.parameters))
            if known_types.issuperset(wanted):
                yield from _meeting(before, stage, connectors, known.places)


def _meeting(
    before: Stage, stage: Stage, connectors: Mapping[str, Connector], places: Places
) -> Iterator[Diagnostic]:
    given = handed_type(before, connectors)
    if given is None or not stage.parameters:
        return
    (parameter,) = stage.parameters
    if meets(given, parameter.type):
        return
    stages = shown(before.step.name), shown(stage.step.name)
    types = shown(spelled(given)), shown(spelled(parameter.type))
    taken = places.value(type_place(parameter, places))
    way_out, step = None, before.step
    if step.keeps_error or (step.may_be_skipped and not before.streams):
        what = "leave the record of its error" if step.keeps_error else "be skipped"
        way_out = f"`{stages[0]}` may {what}: let `{stages[1]}` take `{types[0]}`"
    yield StagesDoNotMeet.of(
        stages, types, taken, _given_label(before, connectors, places), way_out
    )


def _given_label(
    stage: Stage, connectors: Mapping[str, Connector], places: Places
) -> Label:
    """Where the type of what a stage gives is written, or else the stage."""
    step = stage.step
    called = connectors.get(step.called or "")
    if step.output is not None:
        return places.value(step.place / "output", "this is what it receives")
    if called is not None and called.output is not None:
        return places.value(called.place / "output", "this is what it receives")
    return places.name(step.place, "this is a text")


def _streamed(
    stage: Stage, connectors: Mapping[str, Connector], places: Places
) -> Iterator[Diagnostic]:
    step, name = stage.step, shown(stage.step.name)
    if not has_items(stage, connectors):
        given = given_type(step, connectors)
        written = shown(spelled(given)) if given is not None else "value"
        yield NothingToStream.of(name, written, places.key(step.place / "stream"))
    call = model_call(step, connectors)
    is_text = call is not None and given_type(step, connectors) == _STR
    if call is not None and is_text and (call.cache or step.cache) is not None:
        why = "a text from a cache has no pieces"
        owner = step if step.cache is not None else call
        label = places.key(owner.place / "cache")
        yield MisplacedKey.beside("cache", "stream: true", label, why)
    is_given = isinstance(step, ConnectorStep) and step.target not in connectors
    if is_given or isinstance(step, PythonStep):
        for key, asked in (("retry", step.retry), ("fallback", step.fallback)):
            if asked:
                why = "items that have been passed on cannot be taken back"
                label = places.key(step.place / key)
                yield MisplacedKey.beside(key, "stream: true", label, why)


def way_to_argument(stage: Stage, parameter: InputField) -> str:
    """How what a parameter holds is read outside of its stage."""
    if stage.before is None:
        return f"read `payload.{shown(parameter.key)}`"
    if stage.per_item:
        return f"let `{shown(stage.step.name)}` make what others need of the item"
    return f"read `{shown(stage.before)}`, the stage whose value it is"
