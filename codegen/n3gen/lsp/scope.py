"""The names that expressions can read at a place, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.expressions import STEP_FACTS, Shape
from n3gen.expressions.facts import ROUND_FIELDS
from n3gen.expressions.paths import RUN_FIELDS
from n3gen.names import state_of
from n3gen.semantics.shapes import shapes_of
from n3gen.semantics.tree import Spot, Tree, described
from n3gen.source import Loc
from n3gen.spec.load import load_spec
from n3gen.spec.model import Chain, Entry, Spec, Step
from n3gen.syntax.document import Document

__all__ = ["Known", "Scope", "edited_spec", "scope_at"]

_INNER = ("result", "until", "key", "while")
"""Keys whose texts are read at the end of the bodies of their block."""


@dataclass(frozen=True, slots=True)
class Known:
    """A name that can be read, and what it is in words."""

    name: str
    about: str
    is_before: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """What can be read at one place of a chain."""

    spec: Spec
    chain: Chain | None
    tree: Tree | None
    spot: Spot | None
    loc: Loc

    @property
    def step(self) -> Step | None:
        """The step that the place is in."""
        entry = self.spot.entry if self.spot else None
        return entry if isinstance(entry, Step) else None

    def names(self) -> Iterator[Known]:
        """The names of steps, blocks and variables, the nearest ones first."""
        if self.tree is None:
            return
        if self.spot is None:
            yield from _entries(self.tree.root.entries, None)
            return
        if self._is_inner(self.spot):
            for body in self.tree.bodies.get(self.spot, ()):
                yield from _entries(body.entries, None)
            for name in self.spot.entry.binds:
                yield Known(name, f"of {described(self.spot.entry)}")
        for around in self.spot.upward():
            yield from _entries(around.block.entries, around.index)
        for name, owner in self.spot.block.variables.items():
            yield Known(name, f"of {described(owner)}")

    def _is_inner(self, spot: Spot) -> bool:
        below = self.loc[len(spot.entry.place.loc) :]
        return bool(below) and below[0] in _INNER

    def beside(self) -> Iterator[Known]:
        """The names of the same body, which a step can wait for."""
        block = self.spot.block if self.spot else None
        for entry in block.entries if block else ():
            if entry.name and self.spot and entry is not self.spot.entry:
                yield Known(entry.name, described(entry))

    def fields(self, path: tuple[str, ...]) -> Iterator[Known]:
        """What can be read behind `path.`, where that is known."""
        if path[0] == "steps" and len(path) == 1:
            yield from (one for one in self.names() if one.name.isidentifier())
        elif path[0] == "steps" and len(path) == 2:
            yield from (Known(name, "of the step's record") for name in STEP_FACTS)
        elif path[0] == "loop":
            yield from (Known(name, "of the round") for name in ROUND_FIELDS)
        elif path == ("state",):
            yield from (Known(one.name, "a state") for one in self.spec.states)
        elif path == ("run",):
            yield from (Known(name, "of the run") for name in RUN_FIELDS)
        elif path == ("options",):
            options = self.step.options if self.step else {}
            yield from (Known(str(name), "an option") for name in options)
        else:
            yield from self._typed(path)

    def _typed(self, path: tuple[str, ...]) -> Iterator[Known]:
        if self.chain is None:
            return
        shapes = shapes_of(self.chain, self.spec)
        first, *fields = path
        if first == "state" and fields:
            first = state_of(fields.pop(0))
        shape: Shape | None = shapes.get("payload" if first == "input" else first)
        for field in fields:
            shape = None if shape is None else shape.fields.get(shape.own(field))
        if shape is not None:
            for name, inner in shape.fields.items():
                yield Known(name, inner.kind if inner is not None else "a field")


def _entries(entries: tuple[Entry, ...], at: int | None) -> Iterator[Known]:
    for index, entry in enumerate(entries):
        if entry.name is not None and index != at:
            yield Known(entry.name, described(entry), at is None or index < at)


def edited_spec(document: Document, known: Spec | None) -> Spec:
    """The spec of a definition that is being edited, among all that is known of its file."""
    found, _ = load_spec(document, {})
    if found is None:
        return known or Spec(path=document.source.path)
    if known is None:
        return found
    changed: dict[str, object] = {}
    for section in ("chains", "connections", "connectors", "types", "states", "limits"):
        own = getattr(found, section)
        names = {one.name for one in own}
        others = (one for one in getattr(known, section) if one.name not in names)
        changed[section] = (*own, *others)
    return known.model_copy(update={**changed, "rejected": frozenset()})


def scope_at(spec: Spec, path: str, loc: Loc) -> Scope:
    """What can be read at a place of a document that the spec was read from."""
    name = loc[1] if len(loc) > 1 and loc[0] in ("chains", "pipelines") else None
    chain = next(
        (c for c in spec.chains if c.name == name and c.place.path == path), None
    )
    if chain is None:
        return Scope(spec, None, None, None, loc)
    tree = Tree.of(chain, is_whole=False)
    best: Spot | None = None
    for spot in tree.spots():
        at = spot.entry.place.loc
        deeper = best is None or len(at) > len(best.entry.place.loc)
        if deeper and loc[: len(at)] == at:
            best = spot
    return Scope(spec, chain, tree, best, loc)
