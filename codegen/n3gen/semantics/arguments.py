"""What becomes of the argument of a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from n3gen.semantics.reads import reads_within
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import ConnectorStep, Entry, PythonStep, Stage, Step

__all__ = ["passes_argument", "takes_argument"]


def takes_argument(
    stage: Stage, reads: Callable[[Iterable[Entry]], frozenset[str]] = reads_within
) -> bool:
    """Whether anything in a stage reads its argument, or is given it in the payload.

    `reads` gives the names that entries read from around them.
    """
    names = {parameter.name for parameter in stage.parameters}
    return bool(names) and (
        passes_argument(stage.step) or not names.isdisjoint(reads((stage.step,)))
    )


def passes_argument(step: Step) -> bool:
    """Whether a step, or one in its body, calls something that is given the payload."""
    steps = (entry for entry in every_entry((step,)) if isinstance(entry, Step))
    return any(
        (isinstance(one, ConnectorStep | PythonStep) and one.with_ is None)
        or bool(one.fallback)
        for one in steps
    )
