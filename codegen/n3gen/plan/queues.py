"""Upper bounds of chains whose steps wait for each other's permits.

Where the way through a chain does not go on, all permits of a limit are taken, by work
of other steps. There is no more of that than all work under the limit, less what is on
the way itself, over the permits. So a chain takes no longer than each step of its longest
way without its part of such work, and all of the parts. The slots of `max_parallel` are a
limit like others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from n3gen.plan.asked import calls_of
from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody, Bounds, Calls, ends_of
from n3gen.plan.depths import Around, deeper, inside
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.taken_permits import permits_of
from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.limits import LLM
from n3gen.spec.model import Chain, ChainStep, For, Spec, Stage, Step

__all__ = ["QueuedBounds"]

_SLOTS: Final = "max_parallel of "
"""What is in front of the name of a chain where its slots are meant."""


@dataclass(frozen=True, slots=True)
class _Queue:
    """A limit whose permits may all be taken; a step that wants `most` waits for longest."""

    name: str
    permits: int
    most: int

    def part(self, taken: Mapping[str, int]) -> float:
        """The part of a full limit that the holder of so many permits has."""
        return taken.get(self.name, 0) / (self.permits - self.most + 1)


class QueuedBounds:
    """What chains come to, with what their steps wait for permits of each other."""

    def __init__(
        self, plans: Mapping[str, Plan], spec: Spec, model_calls_at_once: int
    ) -> None:
        self.bounds = Bounds(plans, spec)
        self._spec = spec
        self._limits = {limit.name: limit for limit in spec.limits}
        self._permits = {limit.name: limit.permits for limit in spec.limits}
        self._permits[LLM] = model_calls_at_once
        for chain in spec.chains:
            if chain.max_parallel is not None:
                self._permits[_SLOTS + chain.name] = chain.max_parallel

    def chain(self, chain: Chain) -> Bound:
        """What a run of a chain comes to."""
        seconds, calls = self.bounds.chain(chain)
        if seconds in (0.0, self.bounds.deadline(chain)):
            return seconds, calls
        if queues := tuple(self._queues(chain)):
            seconds = _Walk(self, queues).chain(chain)
            seconds += sum(
                _Walk(self, (one,), adds=True).chain(chain) for one in queues
            )
        return min(seconds, self.bounds.deadline(chain)), calls

    def taken(self, step: Step, inside: Sequence[str]) -> dict[str, int]:
        """The permits that a step takes, `inside` of chains with `max_parallel`."""
        taken = self._held(step, inside)
        for spare in calls_of(step, self._spec)[1]:
            for use in spare.model_call.limits if spare.model_call is not None else ():
                taken[use.name] = max(taken.get(use.name, 0), use.number)
        return taken

    def _held(self, step: Step, inside: Sequence[str]) -> dict[str, int]:
        """Those of them that it takes all at once."""
        held = permits_of(step, self.bounds.connectors, self._limits)
        if step.takes_slot:
            held |= {_SLOTS + name: 1 for name in inside}
        return held

    def _queues(self, chain: Chain) -> Iterator[_Queue]:
        """The limits of which the steps of a chain may want more than there is."""
        chains = tuple(with_called([chain], self.bounds.chains))
        inside = [one.name for one in chains if one.max_parallel is not None]
        takers: dict[str, list[tuple[int, dict[str, int]]]] = {}
        for one in chains:
            for entry in every_entry(one.steps):
                if isinstance(entry, Step):
                    held = self._held(entry, inside)
                    for name, number in self.taken(entry, inside).items():
                        takers.setdefault(name, []).append((number, held))
        slots = {_SLOTS + name for name in inside if name != chain.name}
        for name, found in tuple(takers.items()):
            permits, most = self._permits[name], max(number for number, _ in found)
            if any(
                self._permits[other] * most <= permits
                and all({name, other} <= held.keys() for _, held in found)
                for other in takers.keys() - slots - {name}
            ):
                del takers[name]  # All that take of it wait for the other one first.
                continue
            within = self.bounds.chains.get(name.removeprefix(_SLOTS), chain)
            if _Width(self, name).chain(within) > permits >= most:
                yield _Queue(name, permits, most)


class _Measure:
    """A measure of chains; those that call themselves have it as deep as they may."""

    def __init__(self, queued: QueuedBounds) -> None:
        self.bounds = queued.bounds
        self.taken = queued.taken
        self.around: Around = ()
        self.inside: tuple[str, ...] = ()
        self._known: dict[tuple[str, Around, tuple[str, ...]], float] = {}

    def chain(self, chain: Chain) -> float:
        """The measure of a run of a chain."""
        before = self.around, self.inside
        if (chain.name, *before) not in self._known:
            inner = deeper(self.around, chain)
            if inner is None:
                return 0.0
            if chain.max_parallel is not None and chain.name not in self.inside:
                self.inside = (*self.inside, chain.name)
            with inside(inner) as self.around:
                found = self.plan(self.bounds.plans[chain.name])
            self.around, self.inside = before
            found = min(found, self.most(chain))
            self._known[chain.name, *before] = found
        return self._known[chain.name, *before]

    def called(self, step: Step) -> float:
        """The measure of the chain that a step calls, if it calls one."""
        target = step.target if isinstance(step, ChainStep) else None
        return self.chain(self.bounds.chains[target]) if target is not None else 0.0

    def plan(self, plan: Plan) -> float:
        """The measure of the steps of a plan."""
        raise NotImplementedError

    def most(self, chain: Chain) -> float:
        """A bound of what a chain has."""
        return math.inf


class _Width(_Measure):
    """How many permits of one limit steps may want at once, if not fewer."""

    def __init__(self, queued: QueuedBounds, name: str) -> None:
        super().__init__(queued)
        self._name = name

    def plan(self, plan: Plan) -> float:
        """The most that a step and all that is not before or behind it may want."""
        widths = [self._node(node) for node in plan.nodes]
        # Sets of nodes are whole numbers, a bit for each: chains may have thousands.
        wanting: dict[float, int] = {}
        before = [1 << at for at in range(len(widths))]
        for at, (node, width) in enumerate(zip(plan.nodes, widths, strict=True)):
            if width:
                wanting[width] = wanting.get(width, 0) | 1 << at
            for earlier in node.after:
                before[at] |= before[earlier]
        behind = [1 << at for at in range(len(widths))]
        for at in reversed(range(len(widths))):
            for earlier in plan.nodes[at].after:
                behind[earlier] |= behind[at]
        found = [
            own
            + sum(
                width * (nodes & ~before[at] & ~behind[at]).bit_count()
                for width, nodes in wanting.items()
                if nodes & ~before[at] & ~behind[at]
            )
            for at, own in enumerate(widths)
            if own
        ]
        return max((*found, *map(self._node, plan.endings)), default=0.0)

    def _node(self, node: PlanNode) -> float:
        entry = node.entry
        found = max(map(self.plan, node.own_bodies), default=0.0)
        if isinstance(entry, For | Stage) and found:
            found *= math.inf if entry.workers == "max" else entry.workers or 1
        if not isinstance(entry, Step):
            return found
        found = max(found, self.called(entry))
        found += self.taken(entry, self.inside).get(self._name, 0)
        last = 0.0 if node.clauses is None else self.plan(node.clauses)
        return max(found, last)


class _Walk(_Measure):
    """The seconds of the longest way, less what is work under a limit; or of all that work."""

    def __init__(
        self, queued: QueuedBounds, queues: Sequence[_Queue], *, adds: bool = False
    ) -> None:
        super().__init__(queued)
        self._queues = queues
        self._adds = adds

    def most(self, chain: Chain) -> float:
        return self.bounds.deadline(chain)

    def plan(self, plan: Plan) -> float:
        lengths = [self._node(node) for node in plan.nodes]
        if self._adds:
            seconds = sum(lengths)
        else:
            seconds = max(ends_of(plan, lengths, at_worst=True), default=0.0)
        return seconds + self._endings(plan)

    def _endings(self, plan: Plan) -> float:
        """One of the clauses of a body, and what runs last."""
        clauses = [self._node(one) for one in plan.endings if one.entry.has_value]
        lasts = [self._node(one) for one in plan.endings if not one.entry.has_value]
        return max(clauses, default=0.0) + sum(lasts)

    def _node(self, node: PlanNode) -> float:
        if isinstance(node.entry, Step):
            body = sum(map(self.plan, node.own_bodies)) + self.called(node.entry)
            seconds = self._step(node.entry, body, is_held=bool(node.own_bodies))
            return seconds + (self.plan(node.clauses) if node.clauses else 0.0)
        bodies = [
            BoundBody((self.plan(body), Calls()), [(0.0, Calls()) for _ in body.nodes])
            for body in node.own_bodies
        ]
        return BLOCK_BOUNDS[type(node.entry)](node.entry, bodies)[0]

    def _step(self, step: Step, body: float, *, is_held: bool) -> float:
        """A step, in which there may be others, which count for themselves."""
        bounds = self.bounds
        taken = self.taken(step, self.inside)
        part = sum(queue.part(taken) for queue in self._queues)
        if not is_held and not isinstance(step, ChainStep):
            seconds, _ = bounds.step(step)
            part = part if self._adds else max(1.0 - part, 0.0)
            return seconds * part if part else 0.0
        if not self._adds:
            return bounds.step(step, (body, Calls()))[0]
        within, pauses = (bounds.step(step, (one, Calls()))[0] for one in (body, 0.0))
        held = bounds.step(step)[0] * part if part else 0.0
        return within - pauses + held
