"""The blocks of a chain as a tree, and the place of each name in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from n3gen.semantics.order import Order, Schedule, indexes_of, needs_of, order_of
from n3gen.spec.model import Chain, Entry, For, Step, While
from n3gen.spec.values import shown

__all__ = ["Block", "Spot", "Tree", "described"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of steps.

    `parent` is the block that contains it, as a body of the entry `owner` there.
    `variables` are the loop variables that are known in it. `is_round` says that
    it is the body of a `while`. `order` is `None` where there is none, as entries
    wait for each other, or where it is not known.
    """

    entries: tuple[Entry, ...]
    schedule: Schedule
    parent: Spot | None
    variables: Mapping[str, For]
    is_round: bool
    indexes: Mapping[str, int]
    needs: Sequence[Sequence[int]]
    order: Order | None

    def is_needed(self, first: int, second: int) -> bool:
        """Whether `second` needs `first`, directly or by way of others."""
        waiting, seen = [second], {second}
        while waiting:
            for earlier in self.needs[waiting.pop()]:
                if earlier == first:
                    return True
                if earlier not in seen:
                    seen.add(earlier)
                    waiting.append(earlier)
        return False


@dataclass(frozen=True, slots=True)
class Spot:
    """An entry by its block and its index there."""

    block: Block
    index: int

    @property
    def entry(self) -> Entry:
        return self.block.entries[self.index]

    def upward(self) -> Iterator[Spot]:
        """The spot itself, then those of the blocks around it, inner ones first."""
        spot: Spot | None = self
        while spot is not None:
            yield spot
            spot = spot.block.parent


@dataclass(slots=True)
class Tree:
    """The blocks of a chain, outer ones first, and the places of its names.

    Of two entries with one name the first has it; `doubled` are such names.
    `variables` are the loops by their variables, those of all blocks.
    """

    is_whole: bool = True
    blocks: list[Block] = field(default_factory=list)
    names: dict[str, Spot] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    variables: dict[str, For] = field(default_factory=dict)

    @classmethod
    def of(cls, chain: Chain, *, is_whole: bool = True) -> Tree:
        """The tree of a chain; of one that is not whole the orders are not known."""
        tree = cls(is_whole)
        tree._add(chain.steps, chain.schedule, None, {})
        return tree

    @property
    def root(self) -> Block:
        return self.blocks[0]

    def spots(self) -> Iterator[Spot]:
        """The places of all entries."""
        for block in self.blocks:
            for index in range(len(block.entries)):
                yield Spot(block, index)

    def _add(
        self,
        entries: tuple[Entry, ...],
        schedule: Schedule,
        parent: Spot | None,
        variables: Mapping[str, For],
    ) -> None:
        is_round = parent is not None and isinstance(parent.entry, While)
        needs = needs_of(entries, schedule, is_round=is_round)
        order = _order(entries, schedule, needs) if self.is_whole else None
        indexes = indexes_of(entries)
        block = Block(
            entries, schedule, parent, variables, is_round, indexes, needs, order
        )
        self.blocks.append(block)
        for index, entry in enumerate(entries):
            known = variables
            if entry.name is not None:
                first = self.names.setdefault(entry.name, Spot(block, index))
                self.doubled |= {entry.name} if first.entry is not entry else set()
            if isinstance(entry, For):
                known = {**variables, entry.variable: entry}
                self.variables.setdefault(entry.variable, entry)
            for body in entry.bodies:
                self._add(body, schedule, Spot(block, index), known)


def _order(
    entries: Sequence[Entry], schedule: Schedule, needs: Sequence[Sequence[int]]
) -> Order | None:
    parallel = [schedule == "dag" or entry.parallel for entry in entries]
    try:
        return order_of(parallel, needs)
    except ValueError:
        return None


def described(entry: Entry) -> str:
    """An entry in words: step `draft`, the `if` block, the `for` block `docs`."""
    if isinstance(entry, Step):
        return f"step `{shown(entry.name)}`"
    name = f" `{shown(entry.name)}`" if entry.name else ""
    return f"the `{type(entry).__name__.lower()}` block{name}"
