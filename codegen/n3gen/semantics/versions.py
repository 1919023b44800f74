"""Versions of steps: what changes with whatever the spec says of their results.

A run that continues from the record of an earlier one keeps the steps whose versions are
the same. Times, tries, permits, caches and the order of steps are not part of them, so
that these can be mended. What a step gets from steps before it is none either: the run
itself knows which of those it had to run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

from n3gen.semantics.asked import asked_by, called_connector
from n3gen.semantics.digests import digest, written
from n3gen.semantics.order import block_order
from n3gen.semantics.reads import references_of, states_used
from n3gen.semantics.value_types import state_type
from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.entries import split_body
from n3gen.spec.model import (
    Block,
    Chain,
    ChainStep,
    Entries,
    Entry,
    For,
    HttpStep,
    MessageStep,
    ModelStep,
    Spec,
    StageStep,
    Step,
    TypeRef,
)

__all__ = ["Versions"]

_TYPED: Final = "t"
"""Ends the version of a step whose result a type brings back from JSON."""

_TEXTS: Final = frozenset(
    ("str", "date", "datetime", "duration", "uuid", "file", "one of")
)
"""Types of which JSON has texts; values of `one of` may be numbers too."""

_SCALARS: Final = frozenset(("none", "bool", "int", "float"))
"""Types that JSON distinguishes from each other, and from all else."""


class Versions:
    """The versions of the steps of one spec.

    Where `by_json` is true, each result is brought back from JSON as it is kept.
    """

    def __init__(self, spec: Spec, *, by_json: bool = False) -> None:
        self.by_json = by_json
        self.chains = {chain.name: chain for chain in spec.chains}
        self.connections = {found.name: found for found in spec.connections}
        self.connectors = {found.name: found for found in spec.connectors}
        self.types = {type_.name: type_ for type_ in spec.types}
        self.states = {state.name: state for state in spec.states}
        self.actors = {actor.name: actor for actor in spec.actors}
        self._known: dict[str, dict[int, str]] = {}
        self._called: dict[str, str] = {}

    def of(self, chain: Chain, line: Callable[[Step], int]) -> dict[str, str]:
        """Return the versions of a chain's steps by name, behind which stands the line
        of a name that several have.

        Steps of one name on one line have none.
        """
        own = self._own(chain)
        steps = [step for step, _ in _placed(chain.steps)]
        names = Counter(step.name for step in steps)
        keys = [
            step.name if names[step.name] == 1 else f"{step.name}:{line(step)}"
            for step in steps
        ]
        alike = Counter(keys)
        return {
            key: own[id(step)] + self._inside(step, own) + self._mark(step)
            for key, step in zip(keys, steps, strict=True)
            if alike[key] == 1
        }

    def whole(self, chain: Chain) -> str:
        """Return what changes with whatever the spec says of a chain's result.

        Unlike the version of a step, that is also what becomes of steps that fail.
        """
        return self._reached(chain.name)

    def inside(self, chain: Chain, step: Step) -> str:
        """Return what changes with whatever the spec says of what runs inside of a step.

        That is the body of a stage, or the chain that a step of `chain` runs.
        """
        return self._inside(step, self._own(chain))

    def _own(self, chain: Chain) -> dict[int, str]:
        """What the versions of a chain's steps say of the steps themselves, by `id`."""
        if chain.name in self._known:
            return self._known[chain.name]
        found = self._known[chain.name] = {}
        given = digest([written(field) for field in chain.input or ()])
        blocks = _blocks_by_name(chain)
        numbers: Counter[str] = Counter()
        for step, loops in _placed(chain.steps):
            numbers[step.name] += 1
            names = sorted(references_of(step) & blocks.keys())
            found[id(step)] = digest(
                (
                    *(given, step.name, numbers[step.name]),
                    self._asked(step),
                    [_items(loop) for loop in loops],
                    [blocks[name] for name in names],
                )
            )
        return found

    def _asked(self, step: Step) -> list[Any]:
        """A step with what it asks, by which connections, and the types of its results."""
        asked = asked_by(step, self.connectors)
        outputs = [call.output for call in (step, *asked) if call.output is not None]
        states = [self.states[n] for n in states_used(step) if n in self.states]
        outputs += [state.type for state in states]
        actor = self.actors.get(step.actor) if isinstance(step, MessageStep) else None
        connections = {
            call.connection or next(iter(self.connections)) for call in asked
        }
        return [
            written(step),
            [written(call) for call in asked if call is not step],
            [written(self.connections[name]) for name in sorted(connections)],
            self._declared(outputs),
            *([[written(state) for state in states]] if states else []),
            *([written(actor)] if actor is not None else []),
        ]

    def _declared(self, types: Sequence[TypeRef]) -> list[Any]:
        """The declared types that some types consist of."""
        names = {part.name for type_ in types for part in self._parts(type_)}
        return [written(self.types[name]) for name in sorted(names & self.types.keys())]

    def _parts(self, type_: TypeRef) -> list[TypeRef]:
        """A type and all types in it, those of the fields of declared ones too."""
        found, waiting, declared = list[TypeRef](), [type_], set[str]()
        while waiting:
            current = waiting.pop()
            found.append(current)
            waiting += current.args
            if current.name in self.types and current.name not in declared:
                declared.add(current.name)
                waiting += [field.type for field in self.types[current.name].fields]
        return found

    def _inside(self, step: Step, own: dict[int, str]) -> str:
        """What the version of a step says of its body, and of the chain that it runs."""
        if isinstance(step, StageStep):
            inner = [
                own[id(one)] + self._inside(one, own)
                for one in every_entry(step.steps)
                if isinstance(one, Step)
            ]
            return digest([inner, self._flow(step)])
        if not isinstance(step, ChainStep):
            return ""
        target = step.target or ""
        if target not in self._called:
            self._called[target] = self._reached(target)
        return self._called[target]

    def _reached(self, target: str) -> str:
        """A digest of a chain and of all that it runs."""
        return digest(
            [
                (
                    *(found.name, found.result, found.has_result),
                    self._declared([field.type for field in found.typed_fields]),
                    [*self._own(found).values()],
                    self._flow(found),
                )
                for found in self._chains_from(target)
            ]
        )

    def _flow(self, owner: Chain | StageStep) -> list[Any]:
        """What decides which steps of a chain or of a stage's body run, and what they and
        the bodies around them come to.
        """
        entries = [*every_entry(owner.steps)]
        blocks = [entry for entry in entries if isinstance(entry, Block)]
        states = {name for part in (owner, *entries) for name in states_used(part)}
        schedule = owner.schedule if isinstance(owner, Chain) else "file"
        open_bodies: list[tuple[Entries, Block | None]] = [
            (body, block)
            for block in blocks
            if not block.has_result
            for body in block.bodies
        ]
        if not (isinstance(owner, Chain) and owner.has_result):
            open_bodies.append((owner.steps, None))
        return [
            [written(block) for block in blocks],
            [self._end(entry) for entry in entries if isinstance(entry, Step)],
            [_last(body, schedule, block) for body, block in open_bodies],
            [written(self.states[n]) for n in sorted(states & self.states.keys())],
        ]

    def _end(self, step: Step) -> list[Any]:
        """What becomes of a step that fails or need not run, and of what it has kept."""
        asked = (step, *asked_by(step, self.connectors))
        caches = [call.cache for call in asked if call.cache is not None]
        needed = step.depends_on if step.on_skip == "skip" else ()
        kept = [cache.key for cache in caches if cache.has_key]
        return [step.on_error, step.on_skip, needed, kept]

    def _chains_from(self, target: str) -> list[Chain]:
        """A chain and all that it runs, by their names."""
        called = self.chains.get(target)
        found = [] if called is None else with_called([called], self.chains)
        return sorted(found, key=lambda chain: chain.name)

    def _mark(self, step: Step) -> str:
        """What says that the result of a step comes back from JSON as it was."""
        asked = called_connector(step, self.connectors)
        output = step.output or (asked.output if asked is not None else None)
        if output is None:
            types = {name: state.type for name, state in self.states.items()}
            output = state_type(step, types)
        if output is not None:
            is_typed = self.by_json or not self.is_open(step, output)
            return _TYPED if is_typed else ""
        call = asked or step
        is_text = call is asked or isinstance(call, ModelStep)
        return _TYPED if is_text and getattr(call, "embed", None) is None else ""

    def is_open(self, step: Step, output: TypeRef) -> bool:
        """Whether JSON may bring the result of a step back as something else.

        What a model or a server answers was JSON before it was of the type.
        """
        if isinstance(step, ModelStep | HttpStep):
            return False
        if called_connector(step, self.connectors) is not None:
            return False
        return any(map(_is_ambiguous, self._parts(output)))


def _is_ambiguous(type_: TypeRef) -> bool:
    """Whether a type may take JSON for something else than it was written from."""
    if type_.name != "union":
        return type_.name == "any"
    others = [one.name for one in type_.args if one.name not in _SCALARS]
    texts = [known for known in others if known in _TEXTS]
    return len(texts) > 1 or len(others) > len(texts) + 1


def _placed(
    entries: Sequence[Entry], loops: tuple[For, ...] = ()
) -> Iterator[tuple[Step, tuple[For, ...]]]:
    """The steps of a body and of its blocks, with the `for` blocks around each."""
    for entry in entries:
        if isinstance(entry, Step):
            yield entry, loops
        around = (*loops, entry) if isinstance(entry, For) else loops
        for body in entry.bodies:
            yield from _placed(body, around)


def _last(
    body: Entries, schedule: Literal["file", "dag"], owner: Block | None
) -> list[str | None]:
    """The names of the entries whose values are that of a body without a `result`."""
    main, _ = split_body(body)
    order = block_order(main, schedule, owner)
    return [main[order.sequence[at]].name for at in order.values]


def _blocks_by_name(chain: Chain) -> dict[str, list[str]]:
    """Digests of the blocks of a chain by the names that they give to what follows."""
    found: dict[str, list[str]] = {}
    for entry in every_entry(chain.steps):
        names = (entry.name, *entry.gives) if isinstance(entry, Block) else ()
        own = digest(written(entry)) if any(names) else ""
        for name in names:
            if name is not None:
                found.setdefault(name, []).append(own)
    return found


def _items(loop: For) -> list[Any]:
    """What decides which item a round is of."""
    return [loop.variable, loop.items, loop.stream, loop.batch, loop.key]
