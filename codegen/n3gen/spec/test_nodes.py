"""Takes nothing; says what a `test` block has: a chain, a payload, mocks, what is expected."""

from __future__ import annotations

from typing import Literal

from n3gen.spec.nodes import Data, Node

__all__ = ["Expect", "ExpectedStep", "Mock", "RunStatus", "StepStatus", "Test"]

RunStatus = Literal["ok", "error", "timeout"]
"""How a run can end."""

StepStatus = Literal["ok", "error", "timeout", "cancelled", "skipped", "pending"]
"""How a step can end; `pending` is one that the run never came to."""


class Mock(Node):
    """What stands for the work of a step: after `delay` seconds an `error` or the `value`.

    `step` is a name, or a path of names such as `docs[0].classify`. An error is a
    kind of failure, a status from 400 to 599, or the words of any other; with `times`
    so many calls of a step end in it, and the next ones in the value.
    """

    step: str
    value: Data = None
    error: str | int | None = None
    delay: float = 0.0
    times: int | None = None


class ExpectedStep(Node):
    """What a step is expected to come to; what is unset is not compared.

    `error` is a text that its error has in it.
    """

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
    configured.
    """

    name: str
    chain: str
    description: str | None = None
    payload: Data = None
    parallel: bool | None = None
    mocks: tuple[Mock, ...] = ()
    expect: Expect | None = None
