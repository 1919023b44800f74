"""What the parts of a spec need that a durable run cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.durable_rules import NotDurable
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import states_used
from n3gen.semantics.walk import Places, every_part
from n3gen.spec.model import (
    AskStep,
    CancelStep,
    Chain,
    Entry,
    For,
    SendStep,
    Stage,
    Step,
    TellStep,
)
from n3gen.spec.values import shown

__all__ = ["check_durability"]


@finder
def check_durability(known: Semantics) -> Iterator[Diagnostic]:
    """Find what another life of a run would do differently, where runs have several."""
    if not known.is_durable:
        return
    for chain in known.spec.chains:
        for part in every_part(chain):
            yield from _states(part, known.places)
            if isinstance(part, For):
                yield from _loop(part, known.places)
            elif isinstance(part, Stage) and part.streams:
                yield NotDurable.of(
                    "`stream: true`",
                    "the items on their way between two stages are not stored",
                    known.places.key(part.place / "stream"),
                    "let the stage return a list",
                )
            elif isinstance(part, Step):
                yield from _step(part, known.places)


def _loop(loop: For, places: Places) -> Iterator[Diagnostic]:
    """What a loop has that depends on the moment."""
    if loop.stream is not None:
        yield NotDurable.of(
            "`stream(...)`",
            "a generator starts over in each process",
            places.value(loop.place / "in"),
            "have a step return the items as a list",
        )
    if loop.channel is not None:
        yield NotDurable.of(
            "a channel",
            "what it holds is lost with the process",
            places.value(loop.place / "in"),
            "have a step return the items as a list",
        )
    if loop.until is not None and loop.workers is not None:
        yield NotDurable.of(
            "`until` beside `parallel`",
            "which rounds had ended by then is not stored",
            places.key(loop.place / "until"),
            "run the rounds one after another, or let them `race`",
        )


def _step(step: Step, places: Places) -> Iterator[Diagnostic]:
    """What a step is or has that depends on the moment."""
    if isinstance(step, SendStep):
        yield NotDurable.of(
            "a channel",
            "what it holds is lost with the process",
            places.name(step.place),
            "pass the items on as a list",
        )
    if isinstance(step, AskStep | TellStep):
        yield NotDurable.of(
            "an actor",
            "what it holds is lost with the process",
            places.name(step.place),
            "call a function, which keeps what it needs in a database of its own",
        )
    if isinstance(step, CancelStep):
        yield NotDurable.of(
            "`cancel`",
            "whether the other one had ended by then is not stored",
            places.name(step.place),
            "let both `race`",
        )
    if step.join is not None and step.join.count is not None:
        yield NotDurable.of(
            f"`depends_on` with `{'any' if step.join.key == 'any' else 'count'}`",
            "which steps had ended by then is not stored",
            places.key(step.place / "depends_on"),
            "let the others `race`, which keeps its winners",
        )


def _states(part: Entry | Chain, places: Places) -> Iterator[Diagnostic]:
    """The states that a part reads or changes."""
    for state in states_used(part):
        yield NotDurable.of(
            f"the state `{shown(state)}`",
            "its changes are not made exactly once when a run goes on",
            places.name(part.place),
            "pass the value on from step to step",
        )
        return
