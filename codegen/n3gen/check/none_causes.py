"""Which names may be none where a part of a chain reads them, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from n3gen.diagnostics import Label
from n3gen.expressions import parse_expression
from n3gen.names import target_parts
from n3gen.semantics.known import Semantics
from n3gen.semantics.skipped import (
    maybe_absent,
    maybe_skipped,
    maybe_skipped_parts,
    maybe_skipped_rounds,
    maybe_unreached,
)
from n3gen.semantics.tree import Spot
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import (
    AskStep,
    CancelStep,
    Chain,
    ChainStep,
    Entry,
    Match,
    PythonStep,
    Step,
    TellStep,
    WaitStep,
    While,
)
from n3gen.spec.values import shown

__all__ = ["NoneCause", "NoneCauses", "single_names", "unsure_names", "why_skipped"]

T = TypeVar("T")


class NoneCause(NamedTuple):
    """Why a name is none: `entry` gives it or is what skips it, `there` a place that says so.

    It `is_skipped` where a condition of its own decides. Of what gives nothing however it
    ends, `instead` says what to do.
    """

    entry: Entry
    why: str
    there: Label
    is_skipped: bool
    instead: str = ""


@dataclass(frozen=True, slots=True)
class NoneCauses:
    """What makes names of a chain none: steps that are skipped, and what others do to them.

    `absent` are the entries that a step cancels, or does not need to have succeeded,
    `empty` those that never give anything. `parts` and `rounds` are the paths of parts of
    values, and the loops, of which one is none.
    """

    skipped: Mapping[str, Entry]
    absent: Mapping[str, tuple[Entry, Step]]
    empty: Mapping[str, Step]
    places: Places
    parts: Mapping[str, Entry]
    rounds: Mapping[str, Entry]

    @classmethod
    def of(
        cls, chain: Chain, known: Semantics, *, is_single: bool = False
    ) -> NoneCauses:
        """What is known of a chain; `is_single` leaves out names of several entries."""
        skipped: Mapping[str, Entry] = {
            name: entry
            for name, entry in maybe_skipped(chain, known.ends).items()
            if not _is_sure(entry, chain, known)
        }
        absent, places = maybe_absent(chain), known.places
        steps = (one for one in every_entry(chain.steps) if isinstance(one, Step))
        nothing = {one.name: one for one in steps if _is_empty(one, known)}
        empty = single_names(chain, nothing)
        if is_single:
            skipped, absent = single_names(chain, skipped), single_names(chain, absent)
        parts = maybe_skipped_parts(chain, known.ends)
        rounds = single_names(chain, maybe_skipped_rounds(chain, known.ends))
        return cls(skipped, absent, empty, places, parts, rounds)

    @property
    def are_none(self) -> bool:
        """Whether there are no causes but what may not have run."""
        found = self.skipped, self.absent, self.empty, self.parts, self.rounds
        return not any(found)

    def part_cause(self, name: str, part: str) -> NoneCause | None:
        """Why a part of a value may be none: an item, or what is under a path of names."""
        is_item = not part.startswith(".")
        path = name if is_item else name + part
        entry = (self.rounds if is_item else self.parts).get(path)
        if entry is None:
            return None
        why, there = why_skipped(path, entry, self.places)
        return NoneCause(entry, why, there, is_skipped=True)

    def cause(
        self, name: str, spot: Spot | None, unsure: Mapping[str, Entry]
    ) -> NoneCause | None:
        """Why a name may be none at a spot, where `unsure` are its `unsure_names`."""
        if name in self.empty:
            return self._nothing(self.empty[name])
        if name in unsure:
            entry = unsure[name]
            why = "where its body has ended before it"
            there = self.places.name(entry.place, "it may not have run")
            return NoneCause(entry, why, there, is_skipped=False)
        if name in self.skipped:
            entry = self.skipped[name]
            why, there = why_skipped(name, entry, self.places)
            return NoneCause(entry, why, there, is_skipped=True)
        if name in self.absent:
            entry, cause = self.absent[name]
            why, there = self._absence(cause, spot)
            return NoneCause(entry, why, there, is_skipped=False)
        return None

    def _nothing(self, step: Step) -> NoneCause:
        """Why the value of a step is none however it ends."""
        why = f"a `{step.kind}` step gives nothing"
        there = self.places.name(step.place, "this step")
        instead = "read a step that gives something"
        if isinstance(step, TellStep):
            instead = "`ask:` in place of `tell:` waits for the answer, and gives it"
        elif isinstance(step, PythonStep):
            why = (
                f"function `{shown(target_parts(step.target or '')[1])}` says `-> None`"
            )
            there = self.places.value(step.place / "target", "what it calls")
            instead = "let it return a value, and say of which type"
        elif isinstance(step, AskStep):
            why = f"method `{shown(step.method)}` says `-> None`"
            there = self.places.value(step.message_at, "what it calls")
            instead = "let it return a value, and say of which type"
        return NoneCause(step, why, there, is_skipped=False, instead=instead)

    def _absence(self, cause: Step, spot: Spot | None) -> tuple[str, Label]:
        """When a value is none that `cause` cancels, or does not need."""
        at, name = cause.place / "depends_on", shown(cause.name)
        if isinstance(cause, CancelStep):
            why, at = f"where `{name}` cancels it", cause.cancelled_at
        elif cause.join is not None and cause.join.count is None:
            why = "where it has failed"
        elif spot is not None and spot.entry is cause:
            why = "where it has not succeeded when this starts"
        else:
            why = f"where it has failed and `{name}` needs only others"
        return why, self.places.value(at)


def _is_empty(step: Step, known: Semantics) -> bool:
    """Whether a step gives nothing, unless it fails."""
    if step.keeps_error or any(clause.has_value for clause in step.endings):
        return False
    is_pause = isinstance(step, WaitStep) and step.signal is None
    if is_pause or isinstance(step, CancelStep | TellStep):
        return True
    given = known.calls.returned(step) if step.output is None else None
    return given is not None and given.name == "none"


def _is_sure(entry: Entry, chain: Chain, known: Semantics) -> bool:
    """Whether an entry has a value after all, as every value there is has a case."""
    seen: set[str] = set()
    while isinstance(entry, ChainStep) and not entry.may_be_skipped:
        target, end = entry.target, known.ends.of(entry.target)
        if target is None or end is None or target in seen:
            return False
        seen.add(target)
        entry, chain = end, known.chains[target]
    return isinstance(entry, Match) and _has_all(entry, known.types[chain.name])


def _has_all(match: Match, types: ValueTypes) -> bool:
    """Whether the cases of a `match` are all values that its type lists."""
    tree = parse_expression(match.subject).tree
    found = types.of_node(tree) if tree is not None else None
    if found is None or found[1].name != "one of":
        return False
    cases = [value for case in match.cases for value in case.values]
    return all(value in cases for value in found[1].values)


def single_names(chain: Chain, found: Mapping[str, T]) -> Mapping[str, T]:
    """What is found of the names that stand for one entry and nothing else anywhere."""
    names: Counter[str] = Counter()
    for entry in every_entry(chain.steps):
        names.update((*entry.binds, *((entry.name,) if entry.name else ())))
    return {name: one for name, one in found.items() if names[name] == 1}


def unsure_names(spot: Spot) -> Mapping[str, Entry]:
    """The entries that need not have run at a spot, after a failure of their body, by name."""
    found: dict[str, Entry] = {}
    for above in spot.upward():
        if above.entry.is_ending:
            block = above.block
            found |= {name: block.entries[at] for name, at in block.indexes.items()}
    unreached = maybe_unreached(spot)
    named = spot.entry.depends_on if isinstance(spot.entry, Step) else ()
    return found | {n: entry for n, entry in unreached.items() if n not in named}


def why_skipped(name: str, entry: Entry, places: Places) -> tuple[str, Label]:
    """When the value of a name is none, by what makes it so, and a label under that."""
    owner = "its step" if entry.name == name else f"step `{entry.name}`"
    if isinstance(entry, ChainStep) and not entry.may_be_skipped:
        why = f"where chain `{shown(entry.target)}` gives none"
        there = places.value(entry.place / "target", "what it ends with may be skipped")
    elif isinstance(entry, Step) and entry.when is None:
        why = f"where {owner} is skipped"
        key = "on_error" if entry.on_error == "skip" else "on_skip"
        there = places.value(entry.place / key, "skipped by this")
    elif isinstance(entry, Step):
        why, at = f"where {owner} is skipped", entry.place / "when"
        there = places.value(at, "its condition")
    elif isinstance(entry, While):
        why = "where there is no round"
        there = places.name(entry.place, "its condition is asked before the first one")
    else:
        why = "where no branch is taken"
        there = places.name(entry.place, "it has no `else`")
    return why, there
