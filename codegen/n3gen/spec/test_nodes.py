"""The nodes of a `test` block: a chain, a payload, mocks, and what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    Expression,
    Flag,
    ListOf,
    Mapping,
    Name,
    Number,
    OneOf,
    OrTemplate,
    Text,
    Whole,
)
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Data, Node
from n3gen.spec.texts import Text as SpecText
from n3gen.spec.texts import data_texts, expression
from n3gen.spec.zero_durations import DurationOrZero

__all__ = [
    "Expect",
    "ExpectedScore",
    "ExpectedStep",
    "Mock",
    "RunStatus",
    "StepStatus",
    "Test",
]

RunStatus = Literal["ok", "error", "timeout"]
"""How a run can end."""

StepStatus = Literal["ok", "error", "timeout", "cancelled", "skipped", "pending"]
"""How a step can end; `pending` is one that the run never came to."""


_STEP_STATUS = Choice("ok", "error", "timeout", "cancelled", "skipped", "pending")


class Mock(Node):
    """What stands for the work of a step: after `delay` seconds an `error` or the `value`.

    `step` is a name, or a path of names such as `docs[0].classify`. An error is a
    kind of failure, a status from 400 to 599, or the words of any other; with `times`
    so many calls of a step end in it, and the next ones in the value.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("value", AnyData(), "the result of the step"),
        Key("error", OneOf(Text(), Whole(400, 599)), "the failure that it ends in"),
        Key("delay", DurationOrZero(), "how long it takes", 0.0),
        Key("times", Whole(), "how many calls end in the error before the value comes"),
    )

    step: str
    value: Data = None
    error: str | int | None = None
    delay: float = 0.0
    times: int | None = None


class ExpectedStep(Node):
    """What a step is expected to come to; what is unset is not compared.

    `error` is a text that its error has in it.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("status", OrTemplate(_STEP_STATUS), "how it ends"),
        Key("attempts", OrTemplate(Whole()), "how often it was tried"),
        Key("cached", OrTemplate(Flag()), "whether its result came from the cache"),
        Key("error", OneOf(Text(), Whole()), "a text that its error has in it"),
        Key("result", AnyData(), "its result", also=("output",)),
    )

    step: str
    status: StepStatus | None = None
    attempts: int | None = None
    cached: bool | None = None
    error: str | None = None
    result: Data = None
    has_result: bool = False


class ExpectedScore(Node):
    """What a score is expected to come to over all rows; the bounds themselves are outside."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("mean_above", Number(), "what the mean over all rows is above"),
        Key("mean_below", Number(), "what the mean over all rows is below"),
        Key("min_above", Number(), "what the score of every row is above"),
        Key("min_below", Number(), "what the lowest score is below"),
        Key("max_above", Number(), "what the highest score is above"),
        Key("max_below", Number(), "what the score of every row is below"),
    )

    score: str
    mean_above: float | None = Field(None, allow_inf_nan=False)
    mean_below: float | None = Field(None, allow_inf_nan=False)
    min_above: float | None = Field(None, allow_inf_nan=False)
    min_below: float | None = Field(None, allow_inf_nan=False)
    max_above: float | None = Field(None, allow_inf_nan=False)
    max_below: float | None = Field(None, allow_inf_nan=False)


class Expect(Node):
    """What a run is expected to come to; the times are seconds.

    Without a `status`, it ends `ok`, or otherwise where an `error` is expected.
    `scores` are about all runs of a test with `rows`, each under its own name.
    """

    SCORE: ClassVar[Record] = Record(
        "expected_score", ExpectedScore.KEYS, "the score expected over all rows"
    )

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("status", OrTemplate(Choice("ok", "error", "timeout")), "how the run ends"),
        Key("error", OneOf(Text(), Whole()), "a text that its error has in it"),
        Key("result", AnyData(), "its result", also=("output", "return")),
        Key("elapsed_below", OrTemplate(Duration()), "the time that it stays below"),
        Key(
            "elapsed_above",
            OrTemplate(DurationOrZero()),
            "a time that it takes longer than",
        ),
        Key(
            "steps",
            Mapping(
                OneOf(
                    OrTemplate(_STEP_STATUS),
                    Record(
                        "expected_step", ExpectedStep.KEYS, "what is expected of a step"
                    ),
                )
            ),
            "what is expected of steps, by their names",
        ),
    )

    status: RunStatus | None = None
    error: str | None = None
    result: Data = None
    has_result: bool = False
    elapsed_below: float | None = None
    elapsed_above: float | None = None
    steps: tuple[ExpectedStep, ...] = ()
    scores: tuple[ExpectedScore, ...] = ()


class Test(Node):
    """`test NAME of CHAIN:` one run of a chain and what it is to come to, or one per row.

    `parallel` says whether its parallel steps run together; unset, that is as
    configured. `env` are environment variables. `send` are
    what the caller sends to channels. `rows` are data, or the name of a file of
    them. `template` are the parts of which each row makes its own, as their texts are
    templates: all with data. `score` are expressions by name.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("chain", Name("chains"), "the chain that runs", needed=True),
        Key("description", Text(), "what it shows"),
        Key(
            "payload",
            AnyData(),
            "the payload of the run",
            also=("input", "inputs"),
        ),
        Key(
            "rows",
            OneOf(Text(), ListOf(), called="a file or a list"),
            "data of which each row makes a run: a `.jsonl`, `.json`, `.csv` or `.tsv` "
            "file, relative to the spec, or a list; texts below `payload`, `env`, `send`, "
            "`state`, `mock` and `expect` read `row`",
        ),
        Key("parallel", Flag(), "whether parallel steps run together"),
        Key(
            "env",
            Mapping(Text()),
            "environment variables of the run; an empty text unsets one",
        ),
        Key(
            "send",
            Mapping(OrTemplate(ListOf())),
            "the items that the caller sends to channels, by their names, before it "
            "closes them",
        ),
        Key(
            "state",
            Mapping(),
            "the first values of states, by their names, instead of those of the spec",
            also=("states",),
        ),
        Key(
            "mock",
            Mapping(),
            "what replaces the work of steps, by their names: a result, or a mapping of "
            "`value`, `error`, `delay`, `times`",
        ),
        Key(
            "expect",
            Record(
                "expect", Expect.KEYS, "what is expected of a run", others=Expect.SCORE
            ),
            "what is expected of the run; the names of scores are keys too",
            also=("assert", "expected"),
        ),
        Key(
            "score",
            Mapping(Expression()),
            "a number, or true or false, for each row, by name; reads `result`, `row` "
            "and `run`, which is the run's record",
            also=("scores",),
        ),
    )

    name: str
    chain: str
    description: str | None = None
    payload: Data = None
    parallel: bool | None = None
    env: dict[str, str] = Field(default_factory=dict)
    send: dict[str, tuple[Data, ...]] = Field(default_factory=dict)
    state: dict[str, Data] = Field(default_factory=dict)
    mocks: tuple[Mock, ...] = ()
    expect: Expect | None = None
    rows: str | tuple[Data, ...] | None = None
    score: dict[str, str] = Field(default_factory=dict)
    template: dict[str, Data] = Field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        """Whether each of several rows makes a run."""
        return self.rows is not None

    def texts(self) -> Iterator[SpecText]:
        """Yield the texts that each row fills in."""
        yield from data_texts(self.template)
        for name, text in self.score.items():
            yield expression(text, "score", name)
