"""`stage NAME(argument: type) -> type`: a part of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from n3gen.spec.entries import Block, Entries, Step
from n3gen.spec.field_nodes import FIELD, InputField
from n3gen.spec.key_shapes import Choice, Flag, JsonSchema, OneOf, Shape, Steps, Whole
from n3gen.spec.key_shapes import Mapping as AnyMapping
from n3gen.spec.keys import Key, Record, built
from n3gen.spec.texts import Text, expression
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.values import shown

__all__ = ["BUFFER", "UNFIT", "Clauses", "Stage", "stage_record"]

BUFFER = 16
"""How many items wait between two stages where a stage does not say."""


UNFIT = frozenset(("depends_on", "background", "on_skip"))
"""Keys of steps that say when these run, which the order of stages says already."""


class Stage(Block):
    """A stage: one step, with the value of the stage before it as its argument.

    `before` is the name of that stage, `None` in the first one, whose `parameters` are
    the pipeline's input. A stage that `streams` passes on its items as
    they come, through a channel that holds `buffer` of them. One that is `per_item`
    runs once for each item of the stage before, `workers` of them at once.
    """

    word = "stage"
    in_stages = True

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "input",
            AnyMapping(FIELD),
            "its parameters: those of the first stage are the pipeline's input, and that "
            "of any other is the value of the stage before",
            also=("parameters", "args", "arguments"),
        ),
        Key(
            "stream",
            Flag(),
            "passes on its items as they come, and the next stage runs once for each",
            False,
        ),
        Key(
            "buffer",
            Whole(1),
            "how many items may wait for the next stage; then a stage that streams waits",
            BUFFER,
        ),
        Key(
            "parallel",
            OneOf(Whole(1), Choice("max")),
            "behind a stage that streams: for how many items it runs at once, in their "
            "order; `max` is as many as model calls",
            1,
        ),
        Key("steps", Steps(), "its body, in place of a kind of step", also=("do",)),
    )

    parameters: tuple[InputField, ...] = ()
    before: str | None = None
    streams: bool = False
    buffer: int = BUFFER
    workers: int | Literal["max"] = 1
    per_item: bool = False
    steps: Entries

    @property
    def step(self) -> Step:
        """The step that the stage runs."""
        step = self.steps[0]
        assert isinstance(step, Step)
        return step

    @property
    def is_in_line(self) -> bool:
        """Whether it runs at the same time as the stages beside it."""
        return self.streams or self.per_item

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def binds(self) -> Mapping[str, str]:
        return {parameter.name: "input" for parameter in self.parameters}

    @property
    def bound_types(self) -> Mapping[str, TypeRef]:
        return {parameter.name: parameter.type for parameter in self.parameters}

    @property
    def gives(self) -> tuple[str, ...]:
        own = () if self.per_item else self.step.gives
        return (self.step.name, *own)

    @property
    def plan_name(self) -> str:
        return self.step.name

    @property
    def about(self) -> str:
        taken = ", ".join(parameter.name for parameter in self.parameters)
        each = " for each item" if self.per_item else ""
        many = f", {self.workers} at once" if self.workers != 1 else ""
        handed = ", streams" if self.streams else ""
        return f"{self.step.about}({shown(taken)}){each}{many}{handed}"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("",)

    def outer_texts(self) -> Iterator[Text]:
        if self.before is not None and self.parameters and not self.per_item:
            yield expression(f"steps[{self.before!r}]", "name")


class StageRecord(Record):
    """The keys of a stage: those of any kind of step, and its own."""

    @property
    def words(self) -> str:
        return "a stage"

    @property
    def plural(self) -> str:
        return "stages"

    def definition(self) -> dict[str, Any]:
        found = super().definition()
        name = found["properties"]["name"]
        needed = [key for key in found["required"] if key != "name"]
        return {
            **found,
            "properties": {"stage": name, **found["properties"]},
            "required": needed,
            "oneOf": [{"required": ["name"]}, {"required": ["stage"]}],
        }


class Clauses(Shape):
    """A clause behind the last stage of a pipeline."""

    @property
    def words(self) -> str:
        return "a clause"

    @property
    def plural(self) -> str:
        return "clauses"

    def schema(self) -> JsonSchema:
        words = ("on_error", "finally")
        return {"anyOf": [{"$ref": f"#/$defs/{word}_block"} for word in words]}


def stage_record(kinds: Mapping[str, type[Step]]) -> StageRecord:
    """Return the record of a stage, which may be a step of any of the kinds."""
    unfit = {key.name for key in Stage.KEYS} | UNFIT
    common = [key for key in built(Step.COMMON) if key.name not in unfit]
    shapes: dict[str, list[Key]] = {}
    for kind in kinds.values():
        for key in built(kind.KEYS):
            if key.name not in {one.name for one in common}:
                shapes.setdefault(key.name, []).append(key)
    own = [_any_of(keys) for keys in shapes.values()]
    keys = (*common, *Stage.KEYS, *own)
    return StageRecord("stage", keys, "a part of a pipeline: a step, or a body of them")


def _any_of(keys: list[Key]) -> Key:
    """One key for those of several kinds of steps that have its name."""
    shapes = tuple({repr(key.shape.schema()): key.shape for key in keys}.values())
    shape = shapes[0] if len(shapes) == 1 else OneOf(*shapes)
    return Key(keys[0].name, shape, keys[0].about)
