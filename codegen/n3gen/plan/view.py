"""A chain's plan and estimate for readers: as text, and as data for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from n3gen.plan.estimate import Calls, Estimate
from n3gen.plan.model import Plan, PlanNode
from n3gen.spec.model import Chain, Stage, Step
from n3gen.spec.values import duration, shown

__all__ = ["plan_data", "plan_text", "summary", "waits_of"]

_NAMED: Final = 6
"""How many names are written out behind an arrow."""

_WITH_PARALLEL: Final = ", with ENABLE_PARALLEL_STEPS=true"
"""What parallel steps need to run together where the configuration does not enable them."""

_COLUMN: Final = 24
"""The widest that the column of names gets; a longer name pushes the rest aside."""


def plan_text(
    chain: Chain, plan: Plan, estimate: Estimate, *, is_parallel: bool = True
) -> str:
    """The plan as lines: numbered batches, what waits for what, and the estimate.

    A `<-` is followed by what a step waits for directly; a step without one waits
    for nothing. Blocks have their branches indented below. `is_parallel` says whether
    parallel steps run together without a further word.
    """
    limits = [] if chain.timeout is None else [duration(chain.timeout)]
    if chain.max_parallel is not None:
        limits.append(f"{chain.max_parallel} at once")
    limit = f" (at most {', '.join(limits)})" if limits else ""
    lines = [f"{chain.word} {shown(chain.name)}{limit}"]
    lines += [f"  {line}" for line in _block(plan)]
    lines.append("")
    needs = "" if is_parallel or not plan.has_groups else _WITH_PARALLEL
    for label, value in summary(estimate):
        value += needs if label == "ideal speed-up" else ""
        lines.append(f"  {label:<16}{value}")
    return "\n".join(lines) + "\n"


def plan_data(
    chain: Chain, plan: Plan, estimate: Estimate, *, is_parallel: bool
) -> dict[str, Any]:
    """The plan as plain data: `steps` in running order, `batches` of their names.

    Times are seconds, and so are `sequential` and `parallel` where `in_seconds`
    says so; without, they count steps. What has no bound is `None`. `is_parallel` is
    what the configuration says of parallel steps.
    """
    return {
        "chain": chain.name,
        "description": chain.description,
        "timeout": chain.timeout,
        "schedule": chain.schedule,
        "max_parallel": chain.max_parallel,
        "enable_parallel_steps": is_parallel,
        **_block_data(plan),
        "critical_path": list(estimate.critical_path),
        "in_seconds": estimate.in_seconds,
        "sequential": estimate.sequential,
        "parallel": estimate.parallel,
        "speed_up": round(estimate.speed_up, 3),
        "worst_case": estimate.worst_case,
        "times_out": estimate.late is not None,
        "model_calls": estimate.model_calls._asdict(),
    }


def summary(estimate: Estimate) -> Iterator[tuple[str, str]]:
    """Yield what a chain costs, each part with a word for it."""
    path = [shown(name) for name in estimate.critical_path]
    yield "critical path", _listed(path, " -> ")
    if estimate.in_seconds:
        times = (_seconds(estimate.sequential), _seconds(estimate.parallel))
        weighed = f"{times[0]} of {estimate.weighed} in {times[1]}"
    else:
        steps = "step" if estimate.sequential == 1 else "steps"
        weighed = (
            f"{estimate.sequential:g} {steps} in the time of {estimate.parallel:g}"
        )
    yield "ideal speed-up", f"{round(estimate.speed_up, 1):g}x ({weighed})"
    bound = estimate.worst_case
    yield "worst case", "no bound" if bound is None else _seconds(bound)
    if (late := estimate.late) is not None:
        times = (_seconds(late.expected), _seconds(late.deadline))
        yield "times out", f"always: {times[0]} are expected, the deadline is {times[1]}"
    yield "calls", f"{_calls(estimate.model_calls)} of models and connectors"


def _calls(calls: Calls) -> str:
    if calls.most is None:
        return f"{calls.least} or more"
    if calls.least == calls.most:
        return str(calls.least)
    return f"{calls.least} to {calls.most}"


def _seconds(seconds: float) -> str:
    return f"{seconds:g}s"


def _listed(names: Sequence[str], separator: str = ", ") -> str:
    """The names, those in the middle left out where there are many."""
    if len(names) <= _NAMED + 1:
        return separator.join(names)
    left = f"({len(names) - _NAMED} more)"
    return separator.join([*names[: _NAMED - 1], left, names[-1]])


def _block(plan: Plan) -> Iterator[str]:
    """The lines of one block of steps."""
    width = max((len(shown(node.name)) for node in plan.nodes), default=0)
    width = min(width, _COLUMN)
    margin = len(str(len(plan.batches)))
    for number, batch in enumerate(plan.batches, start=1):
        for index in batch:
            node = plan.nodes[index]
            head = f"{number if index == batch[0] else '':>{margin}}"
            line = f"{head}  {shown(node.name):<{width}}  {_what(node)}"
            yield f"{line}{_waits(plan, node)}"
            for label, body in _branches(node):
                yield f"{'':{margin}}    {label}"
                yield from (f"{'':{margin}}      {line}" for line in _block(body))
            if (clauses := node.core.clauses) is not None:
                yield from (f"{'':{margin}}    {line}" for line in _block(clauses))
    for node in plan.endings:
        for label, body in _branches(node):
            yield label
            yield from (f"    {line}" for line in _block(body))


def waits_of(plan: Plan, node: PlanNode) -> tuple[str, ...]:
    """Return what a node waits for directly, in words."""
    named = _ended(node)
    names = [plan.nodes[index].name for index in node.after]
    waits = [f"{shown(n)} (ended)" if n in named else shown(n) for n in names]
    if node.count:
        members = [shown(plan.nodes[index].name) for index in node.members]
        waits.append(f"{node.count} of {_listed(members)}")
    return tuple(waits)


def _waits(plan: Plan, node: PlanNode) -> str:
    waits = waits_of(plan, node)
    return f"  <- {_listed(waits)}" if waits else ""


def _ended(node: PlanNode) -> tuple[str, ...]:
    """The names of which a node waits for the end, whatever becomes of them."""
    entry = node.entry
    if not isinstance(entry, Step) or entry.join is None:
        return ()
    return () if entry.join.count is not None else entry.depends_on


def _what(node: PlanNode) -> str:
    """What a node does, in a few words."""
    entry = node.core.entry
    words = node.entry.about
    if isinstance(entry, Step) and entry.when is not None:
        words += f" when {shown(entry.when)}"
    if isinstance(entry, Step) and entry.on_error != "stop":
        words += f", on_error {entry.on_error}"
    return f"{words} in the background" if entry.background else words


def _branches(node: PlanNode) -> Iterator[tuple[str, Plan]]:
    """The bodies of a block, each with what leads into it."""
    core = node.core
    return zip(core.entry.labels, core.own_bodies, strict=True)


def _block_data(plan: Plan) -> dict[str, Any]:
    names = [node.name for node in plan.nodes]
    return {
        "batches": [[names[index] for index in batch] for batch in plan.batches],
        "steps": [_node_data(node, names) for node in plan.nodes],
        **_endings_data(plan),
    }


def _endings_data(plan: Plan) -> dict[str, Any]:
    """What runs after a failure and at the end, where there is anything."""
    if not plan.endings:
        return {}
    found = [branch for node in plan.endings for branch in _branches(node)]
    return {"endings": [{"label": label, **_block_data(body)} for label, body in found]}


def _node_data(node: PlanNode, names: Sequence[str]) -> dict[str, Any]:
    entry = node.core.entry
    data: dict[str, Any] = {
        "name": node.name,
        "kind": entry.kind if isinstance(entry, Step) else entry.word,
        "parallel": node.entry.parallel,
        "background": node.entry.background,
        "after": [names[index] for index in node.after],
    }
    if node.count is not None:
        data["some_of"] = [names[index] for index in node.members]
        data["count"] = node.count
    if isinstance(node.entry, Stage):
        data["streams"] = node.entry.streams
        data["per_item"] = node.entry.per_item
    if isinstance(entry, Step):
        data["target"] = getattr(entry, "target", None)
        data["timeout"] = entry.timeout
        if (clauses := node.core.clauses) is not None:
            data |= _endings_data(clauses)
        if not entry.labels:
            return data
    data["branches"] = [
        {"label": label, **_block_data(body)} for label, body in _branches(node)
    ]
    return data
