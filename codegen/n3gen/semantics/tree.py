"""The blocks of a chain as a tree, and the place of each name in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from n3gen.semantics.needs import Schedule, needs_of
from n3gen.semantics.order import Order, block_order
from n3gen.spec.entries import known_after
from n3gen.spec.model import Chain, Entry, Stage, Step
from n3gen.spec.values import shown

__all__ = ["Block", "Spot", "Tree", "described"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of steps.

    `parent` is the place that it is a body of. `variables` are the names that entries
    around bind for it, such as loop variables. `is_round` says that it is the body of
    a `while`. `indexes` are the entries that give the names which are known in it.
    `order` is `None` where there is none, as entries wait for each other, or where it
    is not known. `last` are the entries of the last batch, whose values are that of the
    block.
    """

    entries: tuple[Entry, ...]
    schedule: Schedule
    parent: Spot | None
    variables: Mapping[str, Entry]
    is_round: bool
    indexes: Mapping[str, int]
    needs: Sequence[Sequence[int]]
    order: Order | None
    last: frozenset[int] = frozenset()

    def lookup(self, name: str) -> Spot | None:
        """Return the entry that gives a name here: of this block or of one around it."""
        if name in self.indexes:
            return Spot(self, self.indexes[name])
        return None if self.parent is None else self.parent.block.lookup(name)

    def has(self, name: str) -> bool:
        """Say whether an entry of this block or of one around it has the name itself."""
        own = self.indexes.get(name)
        if own is not None and self.entries[own].name == name:
            return True
        return self.parent is not None and self.parent.block.has(name)

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
    """The blocks of a chain, outer ones first, and where its names stand.

    `names` has the first entry of each name, wherever that is known; `doubled` are
    names that mean two entries somewhere. `variables` are the first entries that bind
    a name for their bodies; `bodies` are the blocks inside an entry.
    """

    is_whole: bool = True
    blocks: list[Block] = field(default_factory=list)
    names: dict[str, Spot] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    bodies: dict[Spot, list[Block]] = field(default_factory=dict)
    variables: dict[str, Entry] = field(default_factory=dict)

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
        variables: Mapping[str, Entry],
    ) -> None:
        owner = None if parent is None else parent.entry
        is_round = owner is not None and owner.is_round
        needs = [need.needs for need in needs_of(entries, schedule, owner)]
        order = _order(entries, schedule, owner) if self.is_whole else None
        indexes = known_after(entries)
        last = _last(entries, order)
        block = Block(
            entries, schedule, parent, variables, is_round, indexes, needs, order, last
        )
        self.blocks.append(block)
        if parent is not None:
            self.bodies.setdefault(parent, []).append(block)
        stages = Counter(entry.plan_name for entry in entries if entry.plan_name)
        self.doubled |= {name for name, count in stages.items() if count > 1}
        for index, entry in enumerate(entries):
            if entry.name is not None:
                self.names.setdefault(entry.name, Spot(block, index))
                found = block.lookup(entry.name)
                hidden = parent and parent.block.has(entry.name)
                if hidden or (found and found.index != index):
                    self.doubled.add(entry.name)
            known = {**variables, **dict.fromkeys(entry.binds, entry)}
            for name in entry.binds:
                self.variables.setdefault(name, entry)
            for body in entry.bodies:
                self._add(body, schedule, Spot(block, index), known)


def _order(
    entries: tuple[Entry, ...], schedule: Schedule, owner: Entry | None
) -> Order | None:
    try:
        return block_order(entries, schedule, owner)
    except ValueError:
        return None


def _last(entries: tuple[Entry, ...], order: Order | None) -> frozenset[int]:
    """The entries of the last batch that something of the block waits for, where one is."""
    if order is None:
        return frozenset()
    loose: frozenset[int] = frozenset()
    for batch in reversed(order.batches):
        found = [at for at in batch if not entries[order.sequence[at]].is_ending]
        waited_for = frozenset(
            order.sequence[at] for at in found if at not in order.loose
        )
        if waited_for:
            return waited_for
        loose = loose or frozenset(order.sequence[at] for at in found)
    return loose


def described(entry: Entry) -> str:
    """An entry in words: step `draft`, the `if` block, the `for` block `docs`."""
    if isinstance(entry, Step):
        return f"step `{shown(entry.name)}`"
    if isinstance(entry, Stage):
        return f"stage `{shown(entry.step.name)}`"
    name = f" `{shown(entry.name)}`" if entry.name else ""
    return f"the `{entry.word}` block{name}"
