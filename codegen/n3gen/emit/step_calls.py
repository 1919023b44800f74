"""How steps and members of groups are called, and how their results are read."""

from __future__ import annotations

from typing import NamedTuple, TypeGuard

from n3gen.emit.nodes import Watch
from n3gen.expressions import Code
from n3gen.plan.model import PlanNode
from n3gen.spec.model import Step, ValueStep

__all__ = ["StepCall", "is_inline", "results_of"]


class StepCall(NamedTuple):
    """The call of what runs a step or a member; with `watch` its step is made before."""

    function: str
    arguments: tuple[Code, ...]
    watch: Watch | None = None


def is_inline(step: Step) -> TypeGuard[ValueStep]:
    """Whether a step is a value of which nothing more is asked."""
    tried = step.retry or step.fallback or step.cache
    asked = step.when or step.output or step.timeout or step.options or tried
    return isinstance(step, ValueStep) and not asked


def results_of(
    node: PlanNode, given: tuple[str, ...], result: str, *, is_used: bool
) -> dict[str, str]:
    """How the names of a member of a group are read from its result."""
    names = (node.name, *given) if is_used or not given else given
    if len(names) == 1:
        return {names[0]: result}
    return {known: f"{result}[{index}]" for index, known in enumerate(names)}
