"""A plan: nodes in running order, batches, what waits for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from n3gen.spec.model import Entry, Stage, Step

__all__ = ["Plan", "PlanNode"]


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One entry of a block of steps.

    `after` are the indexes (into `Plan.nodes`) of the nodes it waits for
    directly, reduced: no index that another one implies. `bodies` are the plans
    of a block's branches, in the order of the spec, `else` last. The `begun` need only
    have begun. Of the `members` of a join it waits for `count`; they need not all have
    begun by then. What comes after a loose one does not wait for it by its place.
    """

    entry: Entry
    name: str
    after: tuple[int, ...]
    bodies: tuple[Plan, ...] = ()
    begun: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    count: int | None = None
    is_loose: bool = False

    def starts(self, ends: Sequence[float], *, at_worst: bool = False) -> float:
        """When it starts, by when those before it end; `at_worst` only the last is of use."""
        return max(
            (ends[i] for i in self.awaited(ends, at_worst=at_worst)), default=0.0
        )

    def awaited(
        self, ends: Sequence[float], *, at_worst: bool = False
    ) -> tuple[int, ...]:
        """Those that it waits for, by when these end."""
        if self.count is None or (self.count == 0 and not at_worst):
            return self.after
        by_end = sorted(self.members, key=ends.__getitem__)
        return (*self.after, by_end[-1 if at_worst else self.count - 1])

    @property
    def clauses(self) -> Plan | None:
        """The plan of the clauses among the keys of a step, if it has any."""
        has_clauses = isinstance(self.entry, Step) and self.entry.endings
        return self.bodies[-1] if has_clauses else None

    @property
    def own_bodies(self) -> tuple[Plan, ...]:
        """The plans of its bodies, those clauses aside."""
        return self.bodies if self.clauses is None else self.bodies[:-1]

    @property
    def is_shell(self) -> bool:
        """Whether it is only the one entry inside it, as a stage is its step."""
        return isinstance(self.entry, Stage)

    @property
    def core(self) -> PlanNode:
        """The node itself, or what it is the shell of."""
        return self.bodies[0].nodes[0] if self.is_shell else self


@dataclass(frozen=True, slots=True)
class Plan:
    """A block of steps in running order.

    `nodes` is an order in which they may run one after another. `batches` are
    the groups that a reader would draw. `regions` cuts `nodes` into runs of
    neighbours with a full barrier between two runs and none inside: a region of
    one is awaited, one of several is started together, each node when those it
    is `after` are done. `values` are the nodes whose values make that of the block,
    as a mapping by name where `is_mapping` is true. `endings` are the clauses behind
    the steps, each with the plan of its own; the plan of those of one step has no nodes.
    """

    nodes: tuple[PlanNode, ...]
    batches: tuple[tuple[int, ...], ...]
    regions: tuple[tuple[int, ...], ...]
    values: tuple[int, ...]
    is_mapping: bool
    endings: tuple[PlanNode, ...] = ()

    def begin_late(self, region: Sequence[int]) -> frozenset[int]:
        """The members of joins of a region that begin once others in it are done.

        A join may be reached before they begin.
        """
        late: set[int] = set()
        for index in region:
            node = self.nodes[index]
            needed = {*region} & {*node.after, *node.begun}
            if any(not self.nodes[at].is_loose or at in late for at in needed):
                late.add(index)
        members = (at for index in region for at in self.nodes[index].members)
        return frozenset(late.intersection(members))

    @property
    def has_groups(self) -> bool:
        """Whether parallel steps run together, here or in a block of it."""
        return any(len(region) > 1 for region in self.regions) or any(
            body.has_groups for node in self.nodes for body in node.bodies
        )

    @property
    def value_names(self) -> tuple[str, ...]:
        """The names whose values make that of the block."""
        return tuple(self.nodes[index].name for index in self.values)
