"""Versions of steps: what changes with whatever the spec says of their results.

A run that goes on from the record of an earlier one keeps the steps whose versions are
the same. Times, tries, permits, caches and the order of steps are not part of them, so
that these can be mended. What a step gets from steps before it is none either: the run
itself knows which of those it had to run again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel

from n3gen.semantics.asked import asked_by, called_connector
from n3gen.semantics.reads import references_of, states_used
from n3gen.semantics.value_types import state_type
from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.model import (
    Block,
    Chain,
    ChainStep,
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

_LEFT_OUT: Final = frozenset(
    (
        *("place", "description", "parallel", "depends_on"),
        *("timeout", "timeouts", "retry", "cache", "rate_limit", "on_error", "on_skip"),
        *("limited", "limits", "priority", "workers", "tolerate", "until"),
        *("mailbox", "runs"),
        *("api_key", "idempotency_header"),
    )
)
"""Fields of nodes that results do not depend on."""

_TYPED: Final = "t"
"""Ends the version of a step whose result a type brings back from JSON."""

_TEXTS: Final = frozenset(
    ("str", "date", "datetime", "duration", "uuid", "file", "one of")
)
"""Types of which JSON has texts; values of `one of` may be numbers too."""

_SCALARS: Final = frozenset(("none", "bool", "int", "float"))
"""Types that JSON tells apart from each other, and from all else."""


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
        """Return what changes with whatever the spec says of a chain's result."""
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
        given = _digest([_written(field) for field in chain.input or ()])
        blocks = _blocks_by_name(chain)
        numbers: Counter[str] = Counter()
        for step, loops in _placed(chain.steps):
            numbers[step.name] += 1
            names = sorted(references_of(step) & blocks.keys())
            found[id(step)] = _digest(
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
        types = {type_.name for out in outputs for type_ in self._parts(out)}
        connections = {
            call.connection or next(iter(self.connections)) for call in asked
        }
        return [
            _written(step),
            [_written(call) for call in asked if call is not step],
            [_written(self.connections[name]) for name in sorted(connections)],
            [_written(self.types[name]) for name in sorted(types & self.types.keys())],
            *([[_written(state) for state in states]] if states else []),
            *([_written(actor)] if actor is not None else []),
        ]

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
            return _digest([inner, _blocks(step)])
        if not isinstance(step, ChainStep):
            return ""
        target = step.target or ""
        if target not in self._called:
            self._called[target] = self._reached(target)
        return self._called[target]

    def _reached(self, target: str) -> str:
        """A digest of a chain and of all that it runs."""
        return _digest(
            [
                (found.name, found.result, [*self._own(found).values()], _blocks(found))
                for found in self._chains_from(target)
            ]
        )

    def _chains_from(self, target: str) -> list[Chain]:
        """A chain and all that it runs, by their names."""
        called = self.chains.get(target)
        found = [] if called is None else with_called([called], self.chains)
        return sorted(found, key=lambda chain: chain.name)

    def _mark(self, step: Step) -> str:
        """What tells that the result of a step comes back from JSON as it was."""
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


def _blocks(owner: Chain | StageStep) -> list[Any]:
    """The blocks of a chain or of a stage's body as data, which decide what runs in it."""
    entries = every_entry(owner.steps)
    return [_written(entry) for entry in entries if isinstance(entry, Block)]


def _blocks_by_name(chain: Chain) -> dict[str, list[str]]:
    """Digests of the blocks of a chain by the names that they give to what follows."""
    found: dict[str, list[str]] = {}
    for entry in every_entry(chain.steps):
        names = (entry.name, *entry.gives) if isinstance(entry, Block) else ()
        digest = _digest(_written(entry)) if any(names) else ""
        for name in names:
            if name is not None:
                found.setdefault(name, []).append(digest)
    return found


def _items(loop: For) -> list[Any]:
    """What decides which item a round is of."""
    return [loop.variable, loop.items, loop.stream, loop.batch, loop.key]


def _written(node: BaseModel) -> list[Any]:
    """A node as data: what is not its default, and of the steps inside their names."""
    fields = type(node).model_fields
    values = ((key, getattr(node, key)) for key in fields if key not in _LEFT_OUT)
    return [
        type(node).__name__,
        {k: _data(value) for k, value in values if value != fields[k].default},
    ]


def _data(value: Any) -> Any:
    if isinstance(value, Step):
        return value.name
    if isinstance(value, BaseModel):
        return _written(value)
    if isinstance(value, dict):
        return {str(key): _data(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_data(part) for part in value]
    return value


def _digest(data: Any) -> str:
    """Eight hexadecimal digits that change with the data."""
    text = json.dumps(data, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:8]
