"""What entries of a chain read, name or cancel of what runs beside them."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.scope import ChainScope
from n3gen.plan.model import Plan
from n3gen.semantics.read_entries import texts_of_rounds
from n3gen.semantics.reads import references_in, references_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import Block, Chain, Entry, Step

__all__ = ["asked_before", "named_nodes", "read_by_results"]


def read_by_results(
    scope: ChainScope,
) -> Iterator[tuple[Entry | Chain, frozenset[str]]]:
    """What the results of a chain and of its blocks read, each by whose it is."""
    yield scope.chain, references_of(scope.chain)
    for entry in every_entry(scope.chain.steps):
        if read := references_in(scope.inner_texts(entry)):
            yield entry, read


def asked_before(block: Block) -> frozenset[str]:
    """The names that a block reads itself, before or while its bodies run."""
    return references_in((*block.outer_texts(), *texts_of_rounds(block)))


def named_nodes(plan: Plan, step: Step) -> tuple[int, ...]:
    """The indexes of the nodes that the `depends_on` of a step names."""
    indexes = known_after(tuple(node.entry for node in plan.nodes))
    return tuple(indexes[known] for known in step.depends_on if known in indexes)
