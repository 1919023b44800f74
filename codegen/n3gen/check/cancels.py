"""What `cancel` steps name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.check.finders import chain_finder
from n3gen.check.rules.background_rules import LateCancel, NothingToCancel
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Spot, Tree, described
from n3gen.semantics.walk import Places
from n3gen.spec.model import CancelStep, Step
from n3gen.spec.rules import MisplacedKey, MissingKey
from n3gen.spec.values import shown

__all__ = ["check_cancels"]


@chain_finder
def check_cancels(known: Semantics) -> Iterator[Diagnostic]:
    """Find steps that cancel what does not run in the background, or no longer."""
    for chain in known.checked:
        tree = known.trees[chain.name]
        for spot in tree.spots():
            entry = spot.entry
            if isinstance(entry, CancelStep) and entry.cancelled not in tree.doubled:
                yield from _key_faults(entry, known.places)
                yield from _Cancel(tree, known.places, spot, entry).faults()


def _key_faults(step: CancelStep, places: Places) -> Iterator[Diagnostic]:
    """No name to cancel, or two."""
    if step.cancelled is None:
        what = f"the cancel step `{shown(step.name)}`"
        yield MissingKey.of("cancel", what, places.name(step.place))
    elif step.cancel is not None and step.target is not None:
        label = places.key(step.place / "target")
        yield MisplacedKey.beside("target", "cancel", label, "remove one of them")


@dataclass(frozen=True, slots=True)
class _Cancel:
    """One `cancel` step, at its place."""

    tree: Tree
    places: Places
    spot: Spot
    step: CancelStep

    def faults(self) -> Iterator[Diagnostic]:
        name = self.step.cancelled
        if name is None:
            return
        label = self.places.value(self.step.cancelled_at)
        found = self.spot.block.lookup(name) or self.tree.names.get(name)
        own, shown_name = shown(self.step.name), shown(name)
        if found is None:
            meant = self._meant()
            yield NothingToCancel.unknown(own, shown_name, label, meant)
            return
        place = self.places.name(found.entry.place)
        beside = next((s for s in self.spot.upward() if s.block is found.block), None)
        labels = label, place
        if beside is None:
            why, way = "is inside another block", "cancel that block, or move the step"
            yield NothingToCancel.because(own, shown_name, why, labels, way)
        elif beside.index == found.index:
            why, way = (
                "is a block around this step",
                "name something that runs beside it",
            )
            yield NothingToCancel.because(own, shown_name, why, labels, way)
        else:
            yield from self._beside(found, beside, label, place)

    def _beside(
        self, found: Spot, beside: Spot, label: Label, place: Label
    ) -> Iterator[Diagnostic]:
        """The faults of a cancellation of something that `beside` stands next to."""
        own, name = shown(self.step.name), shown(self.step.cancelled)
        order = found.block.order
        if order is None:
            return
        if not order.is_loose(found.index) or found.entry.name != self.step.cancelled:
            what = described(found.entry)
            yield NothingToCancel.plain(own, name, what, label, place)
        elif beside.entry.is_ending:
            why = "has ended, with all of its body, before a clause runs"
            way = "remove it"
            yield NothingToCancel.because(own, name, why, (label, place), way)
        elif not order.begins_before(found.index, beside.index):
            why, way = "has not begun by then", f"move it behind `{name}`"
            yield NothingToCancel.because(own, name, why, (label, place), way)
        elif order.precedes(found.index, beside.index):
            yield LateCancel.of(own, name, label, place)

    def _meant(self) -> tuple[str, Label] | None:
        """The name of what was most likely meant, and its place."""
        background = [n for n, s in self.tree.names.items() if s.entry.background]
        meant = nearest(self.step.cancelled or "", background)
        if meant is None:
            return None
        entry = self.tree.names[meant].entry
        what = "step" if isinstance(entry, Step) else "block"
        words = f"this {what} has a similar name"
        return shown(meant), self.places.name(entry.place, words)
