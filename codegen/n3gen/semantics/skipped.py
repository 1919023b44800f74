"""The names whose values are none where steps are skipped, no branch is taken, no round runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from jinja2 import nodes

from n3gen.expressions import parse_template
from n3gen.semantics.needs import Schedule
from n3gen.semantics.order import block_order
from n3gen.semantics.passed_names import conditions_of, passed_on
from n3gen.semantics.reads import references_in, references_of
from n3gen.semantics.tree import Spot, Tree
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import (
    Block,
    Chain,
    ChainStep,
    Entries,
    Entry,
    For,
    Parallel,
    Pipeline,
    Step,
    ValueStep,
    While,
)
from n3gen.spec.texts import expression

__all__ = [
    "ChainEnds",
    "cancelled_within",
    "has_no_round",
    "maybe_absent",
    "maybe_replaced",
    "maybe_skipped",
    "maybe_skipped_parts",
    "maybe_skipped_rounds",
    "maybe_unreached",
    "needed_by",
    "needed_by_skipped",
    "steps_counted",
    "unreached_names",
]


def maybe_skipped(chain: Chain, ends: ChainEnds) -> Mapping[str, Entry]:
    """What makes values none, by their names: the entry itself, or one that it ends with.

    Of a step that runs another chain, it is the step, whatever that chain `ends` with.
    """
    causes = _Causes(chain, ends)
    return {
        entry.name: cause
        for entry in every_entry(chain.steps)
        if entry.name is not None and (cause := causes.of(entry)) is not None
    }


def maybe_skipped_rounds(chain: Chain, ends: ChainEnds) -> Mapping[str, Entry]:
    """What makes values of rounds none, by the names of the loops that collect them."""
    causes = _Causes(chain, ends)
    return {
        entry.name: cause
        for entry in every_entry(chain.steps)
        if isinstance(entry, For) and entry.name is not None and not entry.has_result
        if (cause := causes.last(entry.steps, entry)) is not None
    }


def maybe_skipped_parts(chain: Chain, ends: ChainEnds) -> Mapping[str, Entry]:
    """What makes parts of values none, by their paths: `both.a` of a member, `y.k` of data.

    They are those of `parallel` blocks, and of what `value` steps make of names.
    """
    causes = _Causes(chain, ends)
    found: dict[str, Entry | None] = {}
    for entry in every_entry(chain.steps):
        if entry.name is None or entry.may_be_skipped:
            continue
        if isinstance(entry, Parallel) and not entry.has_result:
            for member in entry.steps:
                if member.name is not None and not member.is_ending:
                    found[f"{entry.name}.{member.name}"] = causes.of(member)
        elif isinstance(entry, ValueStep):
            for text, name in passed_on(entry):
                if text.keys[1:] and all(isinstance(key, str) for key in text.keys):
                    path = ".".join(map(str, (entry.name, *text.keys[1:])))
                    found[path] = causes.read(entry, name)
    return {path: cause for path, cause in found.items() if cause is not None}


def maybe_replaced(chain: Chain) -> frozenset[str]:
    """The names that a block gives, one of whose bodies has clauses that may run instead.

    Facts about blocks, such as `NAME.exhausted`, are known in any case.
    """
    entries = [*every_entry(chain.steps)]
    known = {name for one in entries if isinstance(one, Block) for name in one.facts}
    return frozenset(
        name
        for entry in entries
        if any(
            inner.is_ending and inner.has_value
            for body in entry.bodies
            for inner in body
        )
        for name in entry.gives
        if name not in known
    )


def needed_by_skipped(chain: Chain) -> dict[int, list[Entry]]:
    """The entries that each step with `on_skip: skip` depends on or reads, by its `id`."""
    steps = (one for one in every_entry(chain.steps) if isinstance(one, Step))
    if all(step.on_skip == "run" for step in steps):
        return {}
    return {
        id(spot.entry): needed_by(spot.entry, spot)
        for spot in Tree.of(chain, is_whole=False).spots()
        if isinstance(spot.entry, Step) and spot.entry.on_skip == "skip"
    }


def needed_by(step: Step, spot: Spot) -> list[Entry]:
    """Return the entries that the step at `spot` depends on or reads."""
    found: dict[int, Entry] = {}
    for name in (*step.depends_on, *sorted(references_of(step))):
        known = None if name in spot.block.variables else spot.block.lookup(name)
        if known is not None and known.entry is not step:
            found[id(known.entry)] = known.entry
    return list(found.values())


def steps_counted(entry: Entry) -> Iterator[Step]:
    """Yield the steps that say whether an entry was skipped: itself, or those in a block.

    What runs last runs all the same, so it says nothing.
    """
    if isinstance(entry, Step):
        yield entry
    else:
        for body in entry.bodies:
            for inner in body:
                if inner.has_value or not inner.is_ending:
                    yield from steps_counted(inner)


def maybe_absent(chain: Chain) -> Mapping[str, tuple[Entry, Step]]:
    """The entries that may end without a value, by name, each with the step that allows it.

    That is one that cancels them, or one that does not need all of them to succeed.
    """
    entries = {e.name: e for e in every_entry(chain.steps) if e.name is not None}
    found: dict[str, tuple[Entry, Step]] = {}
    for step in every_entry(chain.steps):
        if not isinstance(step, Step):
            continue
        members = () if step.join is None else step.depends_on
        for name in (step.cancelled, *members):
            if name is not None and name in entries:
                found.setdefault(name, (entries[name], step))
    return found


def cancelled_within(entries: Iterable[Entry]) -> frozenset[str]:
    """The names that entries cancel, those inside their blocks too."""
    return frozenset(
        entry.cancelled
        for entry in every_entry(entries)
        if isinstance(entry, Step) and entry.cancelled is not None
    )


def maybe_unreached(spot: Spot) -> dict[str, Entry]:
    """The entries that need not have run by the names that a step reads of them.

    The step at `spot` runs after the end of others, be it by a failure of the body.
    """
    step, block = spot.entry, spot.block
    if not isinstance(step, Step) or not step.waits_for_ends:
        return {}
    named = {block.indexes[name] for name in step.depends_on if name in block.indexes}
    return {
        name: block.entries[at]
        for name, at in block.indexes.items()
        if name in references_of(step)
        and not (block.order and all(block.order.precedes(at, end) for end in named))
    }


def unreached_names(chain: Chain) -> set[str]:
    """The names that steps read which run after a failure, of what need not have run."""
    steps = (entry for entry in every_entry(chain.steps) if isinstance(entry, Step))
    if not any(step.waits_for_ends for step in steps):
        return set()
    return {n for spot in Tree.of(chain).spots() for n in maybe_unreached(spot)}


def has_no_round(loop: While) -> bool:
    """Whether a `while` may have no round: its condition is asked before the first."""
    return (
        not references_in([expression(loop.condition)]) & known_after(loop.steps).keys()
    )


class ChainEnds:
    """What makes the results of chains none, each worked out once."""

    def __init__(self, chains: Iterable[Chain]) -> None:
        self.chains = {chain.name: chain for chain in chains}
        self.known: dict[str, Entry | None] = {}

    def of(self, name: str | None) -> Entry | None:
        """The entry that makes the result of a chain none, if any does.

        Those that it runs are looked at first; in a circle, nothing is known of one.
        """
        waiting = [(name or "", False)]
        while waiting:
            called, is_open = waiting.pop()
            chain = self.chains.get(called)
            if chain is None or isinstance(chain, Pipeline):
                continue
            if is_open:
                self.known[called] = self._found(chain)
            elif called not in self.known:
                self.known[called] = None
                waiting.append((called, True))
                waiting.extend((one, False) for one in chain.calls)
        return self.known.get(name or "")

    def _found(self, chain: Chain) -> Entry | None:
        causes = _Causes(chain, self)
        if not chain.has_result:
            return causes.last(chain.steps, None)
        if not isinstance(chain.result, str):
            return None
        read = parse_template(chain.result)
        name = read.tree.name if isinstance(read.tree, nodes.Name) else None
        at = known_after(chain.steps).get(name or "") if read.is_single else None
        entry = None if at is None else chain.steps[at]
        return causes.of(entry) if entry is not None and entry.name == name else None


class _Causes:
    """Follows values of a chain to what they come from, each entry once."""

    def __init__(self, chain: Chain, ends: ChainEnds) -> None:
        self.chain = chain
        self.schedule: Schedule = chain.schedule
        self.ends = ends
        self.known: dict[int, Entry | None] = {}

    @cached_property
    def spots(self) -> Mapping[int, Spot]:
        """The places of the entries, by their `id`."""
        tree = Tree.of(self.chain, is_whole=False)
        return {id(spot.entry): spot for spot in tree.spots()}

    def of(self, entry: Entry) -> Entry | None:
        """The entry that makes the value of one none, if any does."""
        if id(entry) not in self.known:
            self.known[id(entry)] = None  # what entries read in a circle says nothing
            self.known[id(entry)] = self._found(entry)
        return self.known[id(entry)]

    def _found(self, entry: Entry) -> Entry | None:
        if entry.may_be_skipped or (isinstance(entry, While) and has_no_round(entry)):
            return entry
        if isinstance(entry, ChainStep) and entry.output is None:
            return None if self.ends.of(entry.target) is None else entry
        if isinstance(entry, ValueStep):
            return self._passed(entry)
        if not isinstance(entry, Block) or entry.has_result or entry.is_collection:
            return None
        causes = (self.last(body, entry) for body in entry.bodies)
        return next((cause for cause in causes if cause is not None), None)

    def _passed(self, entry: ValueStep) -> Entry | None:
        """The same of a step that passes on what it reads, be it by way of many others."""
        if entry.output is not None:
            return None
        waiting, before = [entry], dict[int, ValueStep]()
        while waiting:
            step = waiting.pop()
            for _, name in passed_on(step):
                source = self._source(step, name)
                if not isinstance(source, ValueStep) or id(source) in self.known:
                    continue
                if id(source) not in before:
                    before[id(source)] = source
                    waiting.append(source)
        # The farthest first, so that a long line of steps is no deep recursion.
        for step in reversed(before.values()):
            self.of(step)
        whole = (name for text, name in passed_on(entry) if not text.keys[1:])
        causes = (self.read(entry, name) for name in whole)
        return next((cause for cause in causes if cause is not None), None)

    def read(self, step: Step, name: str) -> Entry | None:
        """The entry that makes a name none which a step reads, unless that is asked for."""
        source = self._source(step, name)
        cause = self.of(source) if source is not None else None
        if cause is None:
            return None
        above = [spot.entry for spot in self.spots[id(step)].upward()]
        asked = conditions_of(above)
        is_asked = asked & (conditions_of([cause]) | {(name,), (cause.name or "",)})
        return None if is_asked or cause in above else cause

    def _source(self, step: Step, name: str) -> Entry | None:
        """The entry whose value a name is, where a step reads it."""
        block = self.spots[id(step)].block
        found = block.lookup(name) if name not in block.variables else None
        return found.entry if found is not None and found.entry.name == name else None

    def last(self, body: Entries, owner: Entry | None) -> Entry | None:
        """The same of the entry that a body ends with, if it is one alone."""
        try:
            order = block_order(body, self.schedule, owner)
        except ValueError:  # reported elsewhere
            return None
        last = order.batches[-1] if order.batches else ()
        return self.of(body[order.sequence[last[0]]]) if len(last) == 1 else None
