"""A plan: nodes in running order, batches, what waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.spec.model import Entry

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
