"""What the budget of a chain leaves of what it is expected to come to, or may at worst.

A request begins while less is used than the budget allows, so the last ones pass it: one,
or as many as are under way together. Those count by their prompts until they have ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from n3gen.plan.expected import Expected, Request
from n3gen.plan.model import Plan, PlanNode
from n3gen.spec.model import Budget, ChainStep, For, If, Match

__all__ = ["at_once", "capped", "cut"]

_DIGITS: Final = 9
"""Digits of a fraction that count; floats add others."""

Measure = Callable[[Request], float]

_MEASURES: Final[Mapping[str, Measure]] = {
    "tokens": lambda one: one.input_tokens + one.output_tokens,
    "input_tokens": lambda one: one.input_tokens,
    "output_tokens": lambda one: one.output_tokens,
    "cost": lambda one: one.cost,
}


def cut(found: Expected, budget: Budget) -> Expected:
    """The part of a run that is over when its budget is spent, in whole calls."""
    part = 1.0
    for most, own in (
        (budget.requests, found.calls),
        (budget.tokens, found.tokens),
        (budget.cost, found.cost),
    ):
        if most is not None and own > most:
            part = min(part, most / own)
    if part == 1:
        return found
    left = found.scaled(_ceil(found.calls * part) / found.calls)
    return left._replace(cost=round(left.cost, _DIGITS))


def capped(found: Expected, budget: Budget, together: int) -> Expected:
    """The most of each measure that the budget allows, of which so many run `together`.

    What is dear may come last, behind many cheap calls, or first: each measure is that
    of the requests that are the worst for it.
    """
    requests = sum(found.requests.values())
    number: float = requests
    if budget.requests is not None:
        number = min(number, budget.requests)
    spent = [
        (most, full, asked)
        for most, full, asked in (
            (budget.tokens, _MEASURES["tokens"], _MEASURES["input_tokens"]),
            (budget.cost, _MEASURES["cost"], lambda one: one.asking),
        )
        if most is not None
    ]
    for most, full, asked in spent:
        begun = _ceil(_most(found, _one, full, most)) + together - 1
        number = min(number, begun, _ceil(_most(found, _one, asked, most)))
    if number >= requests:
        return found
    measures: dict[str, float] = {}
    for name, measure in _MEASURES.items():
        bounds = [getattr(found, name), _most(found, measure, _one, number)]
        last = max(map(measure, found.requests))
        for most, full, _ in spent:
            bounds.append(_most(found, measure, full, most) + together * last)
        measures[name] = round(min(bounds), _DIGITS)
    # One that gets no answer spends nothing, and may be made again.
    made = requests if budget.requests is None else min(requests, budget.requests)
    kept = {one: min(count, made) for one, count in found.requests.items()}
    calls = found.calls - requests + made
    given: dict[str, Any] = {**measures}
    return found._replace(calls=calls, requests=kept, **given)


def _most(found: Expected, gain: Measure, weight: Measure, room: float) -> float:
    """The most that requests gain whose weights have room, the last of them in part."""
    gained = 0.0
    weighed = [(gain(one), weight(one), n) for one, n in found.requests.items()]
    for each, heavy, number in sorted(weighed, key=_worth, reverse=True):
        taken = min(number, room / heavy) if heavy else number
        gained += each * taken
        room -= heavy * taken
    return gained


def _worth(weighed: tuple[float, float, float]) -> float:
    gain, weight, _ = weighed
    return gain / weight if weight else math.inf


def _one(_: Request) -> float:
    return 1.0


def _ceil(number: float) -> int:
    """The whole number that is not below, but for what floats add to it."""
    return math.ceil(round(number, _DIGITS))


def at_once(
    plan: Plan, plans: Mapping[str, Plan], most: int, around: tuple[str, ...] = ()
) -> int:
    """How many calls of a plan may be under way together; never more than `most`."""
    nodes = [_node(one, plans, most, around) for one in plan.nodes]
    widths = [sum(nodes[index] for index in region) for region in plan.regions]
    if any(one.entry.background for one in plan.nodes):
        widths.append(sum(nodes))
    widths += [_node(one, plans, most, around) for one in plan.endings]
    return min(max(widths, default=1), most)


def _node(
    node: PlanNode, plans: Mapping[str, Plan], most: int, around: tuple[str, ...]
) -> int:
    entry = node.entry
    target = entry.target if isinstance(entry, ChainStep) else None
    if target is not None and target in plans:
        inner = (*around, target)
        return most if target in around else at_once(plans[target], plans, most, inner)
    bodies: Sequence[int] = [at_once(one, plans, most, around) for one in node.bodies]
    if isinstance(entry, If | Match):
        return max(bodies, default=1)
    workers = (entry.workers or 1) if isinstance(entry, For) else 1
    return sum(bodies or [1]) * (most if workers == "max" else workers)
