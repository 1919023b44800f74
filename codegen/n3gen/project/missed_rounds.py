"""Mocks of rounds that a test's run did not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from n3gen.project.outcomes import Fault
from n3gen.semantics.step_paths import NamedRound, StepPath
from n3gen.spec.model import For, While
from n3gen.spec.test_nodes import Test

__all__ = ["missed_rounds"]

_SHOWN = 5
"""How many keys a message shows."""


def missed_rounds(
    test: Test, record: Mapping[str, Any], steps: Mapping[str, StepPath]
) -> Iterator[Fault]:
    """The mocks whose rounds a run that ended well did not have; `steps` are theirs by path.

    Where a condition ends a loop, or the loop did not run, a mock may be for what could
    have come.
    """
    if record["status"] != "ok" or "dropped_steps" in record["metadata"]:
        return
    paths = [step.get("path", step["name"]) for step in record["steps"]]
    for mock in test.mocks:
        step = steps.get(mock.step)
        for named in step.named_rounds() if step is not None else ():
            why = _why_missed(named, paths)
            if why:
                told = f"no round `{named.name}[{named.round}]` ran"
                yield Fault(f"{told}: {why}", mock.place.loc, "never ran")
                break


def _why_missed(named: NamedRound, paths: Sequence[str]) -> str:
    loop = named.loop
    if isinstance(loop, While) or (isinstance(loop, For) and loop.until is not None):
        return ""
    matches = (named.rounds.match(path) for path in paths)
    known = dict.fromkeys(match[1] for match in matches if match)
    if not known or named.round in known:
        return ""
    if isinstance(loop, For) and loop.key is not None:
        keys = ", ".join(f"`{named.name}[{key}]`" for key in [*known][:_SHOWN])
        more = ", ..." if len(known) > _SHOWN else ""
        return f"rounds of `{named.name}` are known by their keys, {keys}{more}"
    last = max(map(int, known))
    return f"the last one is `{named.name}[{last}]`" if int(named.round) > last else ""
