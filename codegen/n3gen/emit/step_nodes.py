"""The nodes of steps: their functions and what these do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from n3gen.emit.nodes import Node, Place
from n3gen.expressions import Code

__all__ = [
    "Ask",
    "Cached",
    "CallConnector",
    "CallFunction",
    "Cancel",
    "Emit",
    "Fail",
    "Fallbacks",
    "HttpRequest",
    "ModelTries",
    "Remade",
    "Rendered",
    "RunStateWork",
    "Spare",
    "SpareFunction",
    "SpareModel",
    "StateWork",
    "Stop",
    "SubChain",
    "Value",
    "Work",
    "WorkPermit",
]


@dataclass(frozen=True, slots=True)
class WorkPermit:
    """What work waits for, and the time that it may take from then on."""

    limiter: Code | None = None
    timeout: Code | None = None

    @property
    def parts(self) -> tuple[Code, ...]:
        """The arguments of a `Permit` besides its step."""
        return tuple(part for part in (self.limiter, self.timeout) if part is not None)

    def __bool__(self) -> bool:
        """Whether the work waits for anything, or has a time of its own."""
        return bool(self.parts)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A field of a step that is rendered before the work; with a place it may fail."""

    variable: str
    value: Code
    place: Place | None
    annotation: Code | None = None


@dataclass(frozen=True, slots=True)
class Work(Node):
    """What a step does: an expression that its kind's template writes.

    Where it `is_statement` the template writes statements that end the step; one that
    `ends_chain` raises what ends the chain behind them.

    Its result depends on what is in `key`. `permit` are its limit and its time.
    `summary` says what it is where the step has no description. Work that
    `may_fail_anyhow` fails in ways that only its author knows. A run that is resumed
    does what is not `is_worth_keeping` again. What it writes `reads_step`, the variable.
    """

    is_awaited: ClassVar[bool] = True
    is_statement: ClassVar[bool] = False
    ends_chain: ClassVar[bool] = False
    is_worth_keeping: ClassVar[bool] = True
    may_fail_anyhow: ClassVar[bool] = False
    reads_step: ClassVar[bool] = True

    key: tuple[Code, ...]
    permit: WorkPermit
    summary: str


@dataclass(frozen=True, slots=True)
class CallConnector(Work):
    """The call of a callable that the run is given."""

    template = "steps/connector.py.j2"
    may_fail_anyhow = True

    name: str
    options: Code


@dataclass(frozen=True, slots=True)
class CallFunction(Work):
    """The call of a Python function, in the event loop, a thread or another process."""

    template = "steps/python.py.j2"
    may_fail_anyhow = True

    function: Code
    arguments: tuple[Code, ...]
    options: Code | None
    in_process: bool


@dataclass(frozen=True, slots=True)
class HttpRequest(Work):
    """A request; `parts` are its headers, its query and its body."""

    template = "steps/http.py.j2"

    method: str
    url: Code
    parts: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class SubChain(Work):
    """The run of another chain, of which `facts` are known.

    `check` is the function that checks its input, `most` how many of its runs may stand
    in each other.
    """

    template = "steps/chain.py.j2"
    may_fail_anyhow = True

    facts: str
    source: str
    function: str
    check: str | None
    payload: Code
    most: int | None
    is_pipeline: bool


@dataclass(frozen=True, slots=True)
class Value(Work):
    """A value that is computed."""

    template = "steps/value.py.j2"
    is_awaited = False
    is_worth_keeping = False

    value: Code


@dataclass(frozen=True, slots=True)
class Emit(Work):
    """An event with a value."""

    template = "steps/emit.py.j2"
    is_worth_keeping = False

    value: Code


@dataclass(frozen=True, slots=True)
class Fail(Work):
    """An error with a message."""

    template = "steps/fail.py.j2"
    is_statement = True
    reads_step = False
    is_worth_keeping = False

    message: Code


@dataclass(frozen=True, slots=True)
class Cancel(Work):
    """The cancellation of a task, which is awaited."""

    template = "steps/cancel.py.j2"
    is_statement = True
    is_worth_keeping = False

    task: Code


@dataclass(frozen=True, slots=True)
class StateWork(Work):
    """What is done with a state, the constant `state`; the value is the new one.

    `change` is what becomes of it: the key in the spec, none where it is read alone.
    With an `entry` that is about one of a mapping. `value` is what the key says; that of
    `update`, over the old value, has a place if it can fail. What outlives a run is kept.
    """

    template = "steps/state.py.j2"
    is_awaited = False

    state: str
    change: str | None
    value: Code | None
    place: Place | None
    entry: Code | None
    is_stored: bool


@dataclass(frozen=True, slots=True)
class RunStateWork(StateWork):
    """The same with a state of one run, which another run does not find again."""

    is_worth_keeping = False


@dataclass(frozen=True, slots=True)
class Stop(Work):
    """A value that ends the chain."""

    template = "steps/stop.py.j2"
    is_statement = True
    ends_chain = True
    is_worth_keeping = False

    value: Code


@dataclass(frozen=True, slots=True)
class Ask(Work):
    """The call of a model, which `call` describes and `model_call` is the variable of.

    `parts` are its limit, its type, its time and its tries, `memory` the state that
    remembers what is said.
    """

    template = "steps/llm.py.j2"

    verb: str
    call: Code
    parts: tuple[Code | Node, ...]
    is_typed: bool
    memory: str | None = None


@dataclass(frozen=True, slots=True)
class SpareModel(Node):
    """The call of another model where the work has failed."""

    template = "steps/spare_model.py.j2"

    verb: str
    call: Code
    parts: tuple[Code | Node, ...]


@dataclass(frozen=True, slots=True)
class SpareFunction(Node):
    """A function that calls a callable of the run where the work has failed."""

    template = "steps/spare_function.py.j2"

    function: str
    work: CallConnector
    permit: WorkPermit
    type: Code | None


@dataclass(frozen=True, slots=True)
class Spare:
    """A connector that is called where the work has failed, after the failures `on`."""

    name: Code
    on: Code | None
    call: SpareModel | Code


@dataclass(frozen=True, slots=True)
class Fallbacks(Node):
    """What is called where the work has failed, in this order."""

    template = "steps/fallbacks.py.j2"

    spares: tuple[Spare, ...]


@dataclass(frozen=True, slots=True)
class ModelTries(Node):
    """How often a model is asked: its retries and its fallbacks."""

    template = "steps/tries.py.j2"

    parts: tuple[Code | Node, ...]


@dataclass(frozen=True, slots=True)
class Remade(Node):
    """What makes a result that a cache does not have; `tries` as in `StepFunction`."""

    template = "steps/remade.py.j2"

    work: Work
    tries: tuple[Code | Node, ...] | None


@dataclass(frozen=True, slots=True)
class Cached(Node):
    """The cache of a step's results; `type` is what a kept one is read as, or its `check`.

    `connectors` are those of the spec whose answers are in them.
    """

    template = "steps/cached.py.j2"

    constant: str
    key: Code
    is_awaited: bool
    make: Remade
    type: Code | None
    check: Code | None
    connectors: tuple[str, ...]
