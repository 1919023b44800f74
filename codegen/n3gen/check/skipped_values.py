"""Values of steps that may be skipped, printed into texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from n3gen.check.finders import finder
from n3gen.check.printed_names import Printed, passed_names, printed_names
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.asked import called_connector
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.skipped import maybe_absent, maybe_skipped, maybe_unreached
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import Places
from n3gen.spec.model import CancelStep, Connector, Entry, Step, While
from n3gen.spec.values import shown

__all__ = ["check_skipped_values", "unsure_names", "why_none"]

_Options = Mapping[str, Mapping[str, Printed]]
"""By the names of connectors: the options that their texts print, and where."""


@finder
def check_skipped_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts that print the value of a step which may be skipped."""
    options = {one.name: _printed_options(one) for one in known.spec.connectors}
    for chain in known.spec.chains:
        skipped, absent = maybe_skipped(chain), maybe_absent(chain)
        conditions = _Conditions()
        for spot in known.trees[chain.name].spots():
            unsure = unsure_names(spot)
            if not skipped and not unsure and not absent:
                continue
            for printed in printed_names(spot.entry):
                entry = unsure.get(printed.name) or skipped.get(printed.name)
                if entry is not None and not conditions.require(printed, entry, spot):
                    is_unsure = printed.name in unsure
                    yield _prints_none(printed, entry, known.places, is_unsure)
                elif entry is None and printed.name in absent:
                    entry, cause = absent[printed.name]
                    if not conditions.require(printed, entry, spot):
                        yield _prints_absent(printed, cause, spot, known.places)
            for passed, there in _passed(spot.entry, options, known):
                entry = unsure.get(passed.name) or skipped.get(passed.name)
                if entry is not None and not conditions.require(passed, entry, spot):
                    yield _prints_none(
                        passed, entry, known.places, passed.name in unsure, there
                    )
        for printed in printed_names(chain):
            if printed.name in skipped:
                yield _prints_none(printed, skipped[printed.name], known.places)
            elif printed.name in absent:
                _, cause = absent[printed.name]
                yield _prints_absent(printed, cause, None, known.places)


def _printed_options(connector: Connector) -> Mapping[str, Printed]:
    return {
        printed.name.removeprefix("options."): printed
        for printed in printed_names(connector)
        if printed.name.startswith("options.")
    }


def _passed(
    entry: Entry, options: _Options, known: Semantics
) -> Iterator[tuple[Printed, Label]]:
    """The names that a step passes to a connector which prints them, and where it does."""
    called = (
        called_connector(entry, known.connectors) if isinstance(entry, Step) else None
    )
    for option, there in (options[called.name] if called is not None else {}).items():
        label = known.places.part(there.place, there.start, there.end)
        for passed in passed_names(entry, option):
            yield passed, Label(label.file, label.span, "printed here")


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


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What the conditions of entries read and say, worked out once for each entry."""

    known: dict[Spot, tuple[Set[str], Set[str]]] = field(
        default_factory=dict[Spot, tuple[Set[str], Set[str]]]
    )

    def require(self, printed: Printed, cause: Entry, spot: Spot) -> bool:
        """Whether what runs at `spot` runs only where what it prints is not none."""
        own = cause.when if isinstance(cause, Step) else None
        for above in spot.upward():
            names, texts = self._of(above)
            if printed.name in names or own in texts:
                return True
        return False

    def _of(self, spot: Spot) -> tuple[Set[str], Set[str]]:
        """The names that the conditions of an entry read, and the conditions themselves."""
        if spot not in self.known:
            found = [text for text in spot.entry.texts() if text.form == "expression"]
            names = {read.name for text in found for read in parsed(text).references}
            self.known[spot] = names, {text.text.strip() for text in found}
        return self.known[spot]


def _prints_none(
    printed: Printed,
    entry: Entry,
    places: Places,
    is_unsure: bool = False,
    *printed_at: Label,
) -> Diagnostic:
    label = places.part(printed.place, printed.start, printed.end)
    if is_unsure:
        why = "where its body has ended before it"
        there = places.name(entry.place, "it may not have run")
    else:
        why, there = why_none(printed.name, entry, places)
    return PrintsNone.of(shown(printed.name), why, label, there, *printed_at)


def why_none(name: str, entry: Entry, places: Places) -> tuple[str, Label]:
    """When the value of a name is none, by what makes it so, and a label under that."""
    owner = "its step" if entry.name == name else f"step `{entry.name}`"
    if isinstance(entry, Step) and entry.when is None:
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


def _prints_absent(
    printed: Printed, cause: Step, spot: Spot | None, places: Places
) -> Diagnostic:
    """The value of a step is printed that `cause` cancels, or does not need."""
    label = places.part(printed.place, printed.start, printed.end)
    at, name = cause.place / "depends_on", shown(cause.name)
    if isinstance(cause, CancelStep):
        why, at = f"where `{name}` cancels it", cause.cancelled_at
    elif cause.join is not None and cause.join.count is None:
        why = "where it has failed"
    elif spot is not None and spot.entry is cause:
        why = "where it has not succeeded when this starts"
    else:
        why = f"where it has failed and `{name}` needs only others"
    return PrintsNone.of(shown(printed.name), why, label, places.value(at))
