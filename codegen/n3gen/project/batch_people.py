"""Steps that wait for people, whom a batch does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.project.errors import ProjectError
from n3gen.project.outcomes import duration_text
from n3gen.semantics.signals import signals_of
from n3gen.spec.entries import every_entry
from n3gen.spec.model import (
    Chain,
    ChainStep,
    Do,
    Entries,
    Spec,
    Step,
    StopStep,
    WaitStep,
)

__all__ = ["without_people"]


def without_people(chain: Chain, spec: Spec) -> list[str]:
    """Return what becomes of steps that wait for people; each is a warning.

    Raises `ProjectError` where every row comes to one that has no default.
    """
    chains = {one.name: one for one in spec.chains}
    for step in _surely(chain.steps, chains, {chain.name}):
        if not _goes_on(step):
            raise ProjectError(
                f"nobody answers in a batch, and every row comes to step `{step.name}`, "
                f"which waits for `{step.signal}`: give it a `timeout` and a `default`, "
                "or start the runs by `start_chain` of the module"
            )
    waiting = signals_of(chain, chains)
    return [_words(step) for steps in waiting.values() for step in steps]


def _goes_on(step: WaitStep) -> bool:
    return step.has_default and step.timeout is not None


def _words(step: WaitStep) -> str:
    about = f"nobody answers in a batch: step `{step.name}`, which waits for `{step.signal}`,"
    if not _goes_on(step):
        return f"{about} fails in each row that comes to it"
    return f"{about} takes its default after {duration_text(step.timeout or 0.0)}"


def _surely(
    entries: Entries, chains: Mapping[str, Chain], above: set[str]
) -> Iterator[WaitStep]:
    """Yield the steps for people that every run comes to, and whose failure is the run's."""
    if any(entry.is_ending and entry.has_value for entry in entries):
        return
    if any(isinstance(entry, StopStep) for entry in every_entry(entries)):
        return
    for entry in entries:
        if isinstance(entry, Do):
            yield from _surely(entry.steps, chains, above)
        if not isinstance(entry, Step) or entry.may_be_skipped or entry.keeps_error:
            continue
        if entry.endings or entry.fallback or entry.join is not None:
            continue
        if isinstance(entry, WaitStep) and entry.signal is not None:
            yield entry
        elif isinstance(entry, ChainStep) and entry.target in chains.keys() - above:
            called = chains[entry.target]
            yield from _surely(called.steps, chains, {*above, called.name})
