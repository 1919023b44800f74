"""The nodes of a `test` block: a chain, a payload, mocks, and what is expected."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    Flag,
    Mapping,
    Name,
    OneOf,
    Text,
    Whole,
)
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Data, Node

__all__ = ["Expect", "ExpectedStep", "Mock", "RunStatus", "StepStatus", "Test"]

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
        Key("delay", Duration(), "how long it takes", 0.0),
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
        Key("status", _STEP_STATUS, "how it ends"),
        Key("attempts", Whole(), "how often it was tried"),
        Key("cached", Flag(), "whether its result came from the cache"),
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


class Expect(Node):
    """What a run is expected to come to; the times are seconds.

    Without a `status`, it ends `ok`, or otherwise where an `error` is expected.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("status", Choice("ok", "error", "timeout"), "how the run ends"),
        Key("error", OneOf(Text(), Whole()), "a text that its error has in it"),
        Key("result", AnyData(), "its result", also=("output", "return")),
        Key("elapsed_below", Duration(), "the time that it stays below"),
        Key("elapsed_above", Duration(), "the time that it takes at least"),
        Key(
            "steps",
            Mapping(
                OneOf(
                    _STEP_STATUS,
                    Record("expected_step", ExpectedStep.KEYS, "what a step comes to"),
                )
            ),
            "what steps come to, by their names",
        ),
    )

    status: RunStatus | None = None
    error: str | None = None
    result: Data = None
    has_result: bool = False
    elapsed_below: float | None = None
    elapsed_above: float | None = None
    steps: tuple[ExpectedStep, ...] = ()


class Test(Node):
    """`test NAME of CHAIN:` one run of a chain and what it is to come to.

    `parallel` says whether its parallel steps run together; unset, that is as
    configured. `env` are environment variables.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("chain", Name(), "the chain that runs", needed=True),
        Key("description", Text(), "what it shows"),
        Key(
            "payload",
            AnyData(),
            "the payload of the run",
            also=("input", "inputs"),
        ),
        Key("parallel", Flag(), "whether parallel steps run together"),
        Key(
            "env",
            Mapping(Text()),
            "environment variables of the run; an empty text unsets one",
        ),
        Key(
            "mock",
            Mapping(),
            "what replaces the work of steps, by their names: a result, or a mapping of "
            "`value`, `error`, `delay`, `times`",
        ),
        Key(
            "expect",
            Record("expect", Expect.KEYS, "what a run comes to"),
            "what the run comes to",
            also=("assert", "expected"),
        ),
    )

    name: str
    chain: str
    description: str | None = None
    payload: Data = None
    parallel: bool | None = None
    env: dict[str, str] = Field(default_factory=dict)
    mocks: tuple[Mock, ...] = ()
    expect: Expect | None = None
