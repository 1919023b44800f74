"""A plan: nodes in running order, batches, what waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.spec.model import Entry, Stage

__all__ = ["Plan", "PlanNode"]


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One entry of a block of steps.

    `after` are the indexes (into `Plan.nodes`) of the nodes it waits for
    directly, reduced: no index that another one implies. `bodies` are the plans
    of a block's branches, in the order of the spec, `else` last.
    """

    entry: Entry
    name: str
    after: tuple[int, ...]
    bodies: tuple[Plan, ...] = ()

    @property
    def is_shell(self) -> bool:
        """Whether it is nothing but the one entry inside it, as a stage is its step."""
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
    as a mapping by name where `is_mapping` is true.
    """

    nodes: tuple[PlanNode, ...]
    batches: tuple[tuple[int, ...], ...]
    regions: tuple[tuple[int, ...], ...]
    values: tuple[int, ...]
    is_mapping: bool
