"""Reading one pipeline: its stages, each a step with the value of the one before."""

from __future__ import annotations

from typing import Any, Final

from n3gen.source import Loc
from n3gen.spec.blocks.stage import UNFIT, Stage
from n3gen.spec.bodies import read_body, read_ending, with_endings
from n3gen.spec.definitions import read_input
from n3gen.spec.endings import in_order
from n3gen.spec.key_rules import MisplacedKey, UnknownKey
from n3gen.spec.keys import key_names
from n3gen.spec.model import Entries, Entry, InputField, Pipeline, StageStep, Step
from n3gen.spec.policies import read_budget, whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.rules import NoSteps, WrongType
from n3gen.spec.stage_rules import TooManyParameters
from n3gen.spec.step_reader import read_step
from n3gen.spec.values import described, is_int, number_or_kind, shown

__all__ = ["read_pipeline"]

_OWN: Final = key_names(Stage.KEYS)
_FIELDS: Final = {"stream": "streams", "buffer": "buffer", "parallel": "workers"}
"""The fields of a stage that hold the values of keys."""


_UNDER_STAGES: Final = "write its stages under `stages:`"


def read_pipeline(reader: Reader, loc: Loc, name: str, data: Any) -> Pipeline | None:
    """Read the pipeline at `loc`, without what is wrong in it."""
    what = f"pipeline `{shown(name)}`"
    items = reader.mapping(loc, data, what, _UNDER_STAGES)
    values = reader.known(loc, items, Pipeline.KEYS, "a pipeline")
    reader.duration(loc, values, "timeout")
    reader.data(loc, values, "result")
    read_budget(reader, loc, values)
    whole_number(reader, loc, values, "max_parallel")
    values["has_result"] = "result" in items
    stages = _stages(reader, (*loc, "stages"), values.pop("stages", None), what)
    first = stages[0] if stages else None
    if isinstance(first, Stage) and first.parameters:
        values["input"] = first.parameters
    values |= {"name": name, "steps": stages}
    return reader.build(Pipeline, loc, values, what)


def _stages(reader: Reader, loc: Loc, data: Any, what: str) -> Entries:
    """The stages of a pipeline, and the clauses behind them."""
    is_reported = (loc[:-1], "stages") in reader.slips or loc[:-1] in reader.misread
    if data is None and is_reported:
        reader.rejected = True
        return ()
    if not isinstance(data, list) or not data:
        label = reader.document.key_label(
            loc if loc in reader.document.keys else loc[:-1]
        )
        if data is None or data == []:
            reader.report(NoSteps.of(what, label, "stage"))
        else:
            label = reader.document.label(loc)
            reader.report(WrongType.of("`stages`", "a list", described(data), label))
        reader.rejected = True
        return ()
    found: list[Entry] = []
    before: Stage | None = None
    for index, item in enumerate(data):
        is_ending, entry = read_ending(reader, (*loc, index), item)
        if not is_ending:
            entry = before = _stage(reader, (*loc, index), item, before)
        if entry is None:
            reader.rejected = True
            return ()
        found.append(entry)
    if before is not None and before.streams:
        _check_last(reader, before)
    return in_order(reader, found)


def _stage(reader: Reader, loc: Loc, data: Any, before: Stage | None) -> Stage | None:
    if not isinstance(data, dict):
        label = reader.document.label(loc)
        wanted = "a mapping with a `name`"
        reader.report(WrongType.of("a stage", wanted, described(data), label))
        return None
    own = {key: data[key] for key in data if key in _OWN and data[key] is not None}
    step = _step(reader, loc, {key: data[key] for key in data if key not in _OWN}, own)
    if step is None:
        return None
    what = f"stage `{shown(step.name)}`"
    values: dict[str, Any] = {
        "parameters": _parameters(reader, loc, own, step, before),
        "before": None if before is None else before.step.name,
        "per_item": before is not None and before.streams,
        "steps": (step,),
    }
    whole_number(reader, loc, own, "buffer")
    _check_workers(reader, loc, own)
    for key, field in _FIELDS.items():
        if key in own:
            values[field] = own[key]
    stage = reader.build(Stage, loc, values, what)
    if stage is not None:
        _check_keys(reader, loc, own, stage)
    return stage


def _step(
    reader: Reader, loc: Loc, data: dict[str, Any], own: dict[str, Any]
) -> Step | None:
    """The step of a stage: one of a kind, or its body."""
    _misplaced(reader, loc, data)
    kind = StageStep.kind if "steps" in own else None
    step = read_step(reader, loc, data, kind)
    if step is None:
        return None
    what = f"stage `{shown(step.name)}`"
    if kind is None:
        return with_endings(reader, loc, data, step)
    for key in ("on_error", "finally"):
        if isinstance(data.get(key), list):
            label = reader.document.key_label((*loc, key))
            where = "the end of its `steps`"
            reader.report(MisplacedKey.belongs(key, what, where, label))
    return step.model_copy(update={"steps": read_body(reader, loc, "steps", own, what)})


def _misplaced(reader: Reader, loc: Loc, data: dict[str, Any]) -> None:
    for key in sorted(UNFIT & data.keys()):
        del data[key]
        label = reader.document.key_label((*loc, key))
        reader.report(MisplacedKey.of(key, "a stage", label, ("step",)))
    if "result" in data:
        del data["result"]
        label = reader.document.key_label((*loc, "result"))
        why = "a stage gives what its keys say, or its last step"
        reader.report(UnknownKey.needless("result", "a stage", why, label))


def _parameters(
    reader: Reader, loc: Loc, own: dict[str, Any], step: Step, before: Stage | None
) -> tuple[InputField, ...]:
    """The parameters of a stage: behind the first one there is one at most."""
    if "input" not in own:
        return ()
    found = read_input(reader, (*loc, "input"), own["input"])
    if before is None:
        return found
    for field in found:
        _check_plain(reader, field)
    if len(found) < 2:
        return found
    at = before.place.loc
    reader.report(
        TooManyParameters.of(
            shown(step.name),
            len(found),
            reader.document.label((*loc, "name")),
            reader.document.label((*at, "name"), "this gives the value"),
        )
    )
    return found[:1]


def _check_plain(reader: Reader, field: InputField) -> None:
    """Report what a parameter cannot have, as its value comes from another stage."""
    what = f"parameter `{shown(field.name)}`, which gets the value of a stage"
    # The `?` of a type is a part of the type, and a default of none besides.
    has_default = not field.required and field.default is not None
    found = [*field.bounds, *(["default"] if has_default else ())]
    for key in found:
        at = (*field.place.loc, key)
        label = reader.document.label(at if at in reader.document.values else at[:-1])
        where = "the first stage, whose arguments come from outside"
        reader.report(MisplacedKey.belongs(key, what, where, label))


def _check_workers(reader: Reader, loc: Loc, own: dict[str, Any]) -> None:
    """Drop what does not say on how many items a stage works at once."""
    value = own.get("parallel")
    if value is None or value == "max":
        return
    if is_int(value):
        whole_number(reader, loc, own, "parallel")
        return
    label = reader.document.label((*loc, "parallel"))
    wanted = "a whole number or `max`"
    reader.report(WrongType.of("`parallel`", wanted, number_or_kind(value), label))
    del own["parallel"]


def _check_keys(reader: Reader, loc: Loc, own: dict[str, Any], stage: Stage) -> None:
    """Report keys of a stage that do nothing where it stands."""
    name = shown(stage.step.name)

    def label(key: str) -> Any:
        return reader.document.key_label((*loc, key))

    if "buffer" in own and not stage.streams:
        why = "only a stage that streams has items waiting for the next one"
        reader.report(
            MisplacedKey.without("buffer", "stream: true", label("buffer"), why)
        )
    if "parallel" in own and not stage.per_item:
        where = "a stage behind one with `stream: true`, which runs for each item"
        what = f"stage `{name}`, which runs once"
        reader.report(MisplacedKey.belongs("parallel", what, where, label("parallel")))


def _check_last(reader: Reader, stage: Stage) -> None:
    """Report that the last stage has nobody to pass on its items to."""
    label = reader.document.key_label((*stage.place.loc, "stream"))
    what = f"stage `{shown(stage.step.name)}`, which is the last"
    where = "a stage that another one follows"
    reader.report(MisplacedKey.belongs("stream", what, where, label))
