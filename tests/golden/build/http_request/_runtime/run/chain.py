"""What a module registers of a chain, and what a caller may say of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from .earlier import digest_of
from .inputs import InputError
from .metrics import Metrics
from .records import RunCancelled, StepError
from .run import Run
from .run_task import in_time
from .settings import Defaults


@dataclass(frozen=True)
class Chain:
    """A chain that this module offers: what its spec says of it as a whole, and its flow.

    `timeout` is in seconds. `steps` names its steps in running order, `connectors` the
    callables that a run must be given or find registered. `versions` change with what
    the spec says of a step. `check` turns a payload into the input. `inbox`
    makes what the caller can send to by name.
    """

    name: str
    steps: tuple[str, ...]
    versions: Mapping[str, str]
    function: Callable[[Run, Any], Coroutine[Any, Any, Any]]
    description: str = ""
    timeout: float | None = None
    connectors: tuple[str, ...] = ()
    check: Callable[[Any], Any] | None = None
    inbox: Callable[[], dict[str, Any]] | None = None

    async def outcome(self, run: Run) -> Any:
        """Return the result of a run; raise `StepError` for an error that no step has."""
        try:
            if run.events is not None:
                await run.events.append(self.event(run, "start", payload=run.payload))
            run.payload = self.check(run.payload) if self.check else run.payload
            # Now, as callables may change the payload in place.
            run.payload_digest = digest_of(run.payload)
            return await in_time(run, self.function(run, run.payload))
        except (StepError, InputError, TimeoutError, RunCancelled):
            raise
        except Exception as failure:
            raise run.failure(failure, 0) from failure

    def event(self, run: Run, what: str, /, **data: Any) -> dict[str, Any]:
        """Return the event of the start of a run, or of its end by its status."""
        return run.event("chain_complete" if what == "ok" else f"chain_{what}", **data)


@dataclass(frozen=True)
class Module:
    """What all runs of a module share; those under way are in `running`."""

    source: str
    chains: Mapping[str, Chain]
    defaults: Defaults
    metrics: Metrics
    running: dict[Run, asyncio.Event] = field(default_factory=dict[Run, asyncio.Event])

    def chain(self, name: str) -> Chain:
        """Return the chain of that name; raise `LookupError` where there is none."""
        if name not in self.chains:
            known = ", ".join(self.chains)
            raise LookupError(f"no chain '{name}' in {self.source}; it has: {known}")
        return self.chains[name]


class Options(NamedTuple):
    """What a caller says of one run; `None` leaves it to chain, environment, default."""

    connectors: Mapping[str, Callable[..., Any]] | None = None
    timeout: float | None = None
    parallel: bool | None = None
    max_concurrent_llm_calls: int | None = None
    run_id: str | None = None
    resume: Any = None
    http: Any = None


def check_options(options: Options) -> None:
    """Raise `ValueError` for an option of a wrong type or value."""
    given, seconds, parallel, calls, run_id, _, _ = cast("tuple[Any, ...]", options)
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(f"connectors must be a mapping to callables, not {given!r}")
    if calls is not None and (type(calls) is not int or calls < 1):
        raise ValueError(f"max_concurrent_llm_calls must be from 1, not {calls!r}")
    if seconds is not None and (type(seconds) not in (int, float) or not seconds > 0):
        raise ValueError(f"timeout must be a number above 0, not {seconds!r}")
    if parallel is not None and type(parallel) is not bool:
        raise ValueError(f"parallel must be true or false, not {parallel!r}")
    if run_id is not None and (type(run_id) is not str or not run_id):
        raise ValueError(f"run_id must be a text that is not empty, not {run_id!r}")
