"""Names: twice, reserved, unused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from n3gen.check.finders import chain_finder, finder
from n3gen.check.rules.name_rules import (
    ReservedName,
    SamePythonName,
    UnusedDefinition,
    VariableTaken,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.diagnostics.suggest import slip_of
from n3gen.names import TAKEN, class_name, python_name
from n3gen.semantics.actors import used_actors
from n3gen.semantics.known import Semantics
from n3gen.semantics.reached import used_states
from n3gen.semantics.walk import Places, all_steps, every_entry
from n3gen.spec.limits import LLM
from n3gen.spec.model import (
    Actor,
    Chain,
    Channel,
    Connection,
    Connector,
    Entries,
    Entry,
    For,
    InputField,
    Limit,
    ModelStep,
    Place,
    SendStep,
    Spec,
    Stage,
    State,
    Step,
    TypeDef,
    TypeRef,
)
from n3gen.spec.rules import DuplicateName
from n3gen.spec.types import TYPE_WORDS
from n3gen.spec.values import shown

__all__ = ["RESERVED", "check_names", "type_names"]

RESERVED: Final = frozenset(
    ("payload", "input", "steps", "options", "env", "run", "state", "loop")
)
"""Names that expressions have a meaning for."""

_COMPARED: Final = 100
"""So many targets that are given at run time are compared with a name."""

_LITERALS: Final = frozenset(("true", "false", "none"))

_TOLD: Final = {"type": TYPE_WORDS, "limit": (LLM, "none")}
"""Names that a definition cannot have, which other rules report."""

_Named = tuple[str, Place]

_function: Final = partial(python_name, reserved=TAKEN)


@chain_finder
def check_inner_names(known: Semantics) -> Iterator[Diagnostic]:
    """Find names in a chain that meet, or are reserved."""
    for chain in known.checked:
        yield from _body_names(chain.steps, {}, {}, known.places)
        yield from _spelled_alike(chain, known.places)
        fields = chain.input or ()
        yield from _meeting("input field", fields, python_name, known.places)


@finder
def check_names(known: Semantics) -> Iterator[Diagnostic]:
    """Find definitions whose names meet, or that nothing uses."""
    spec, places = known.spec, known.places
    yield from _meeting("chain", spec.chains, _function, places)
    yield from _meeting("connection", spec.connections, python_name, places)
    yield from _meeting("connector", spec.connectors, python_name, places)
    yield from _meeting("type", spec.types, class_name, places)
    yield from _meeting("limit", spec.limits, python_name, places)
    yield from _meeting("state", spec.states, python_name, places)
    yield from _meeting("actor", spec.actors, python_name, places)
    yield from _unused(spec, places)


def _meeting(
    what: str,
    nodes: Iterable[
        Chain | Connection | Connector | TypeDef | InputField | Limit | State | Actor
    ],
    spelled: Callable[[str], str],
    places: Places,
) -> Iterator[Diagnostic]:
    """Definitions whose different names become one in Python."""
    seen: dict[str, _Named] = {}
    for node in nodes:
        first = seen.setdefault(spelled(node.name), (node.name, node.place))
        if first[0] != node.name:
            yield SamePythonName.of(
                (shown(first[0]), shown(node.name)),
                shown(spelled(node.name)),
                places.key(node.place, f"this {what}"),
                places.key(first[1], f"and this {what}"),
            )


def _body_names(
    entries: Entries,
    outer: Mapping[str, _Named],
    variables: Mapping[str, Place],
    places: Places,
) -> Iterator[Diagnostic]:
    """Names that a body has twice, or that hide those of the bodies around it.

    `variables` are those that the entries around it bind, such as loop variables.
    """
    known = dict(outer)
    for entry in entries:
        if entry.name is not None:
            yield from _reserved(entry.name, places.value(entry.place / "name"))
        own_name = entry.name or entry.plan_name
        if own_name is not None:
            name, place = known.setdefault(
                python_name(own_name), (own_name, entry.place)
            )
            if place != entry.place and name == own_name:
                labels = places.name(entry.place), places.name(place, "the first one")
                what = "stage" if isinstance(entry, Stage) else "step"
                yield DuplicateName.of(what, shown(name), *labels)
    for entry in entries:
        if isinstance(entry, Stage):
            # Its step has its name.
            known = {
                **known,
                python_name(entry.step.name): (entry.step.name, entry.place),
            }
        for name, key in entry.binds.items():
            yield from _bound(entry, name, key, (known, variables), places)
        own = {name: entry.place / key for name, key in entry.binds.items()}
        for body in entry.bodies:
            yield from _body_names(body, known, {**variables, **own}, places)


def _spelled_alike(chain: Chain, places: Places) -> Iterator[Diagnostic]:
    """Different names of a chain that become one in Python, wherever they stand."""
    seen: dict[str, _Named] = {}
    for entry in every_entry(chain.steps):
        if entry.name is None:
            continue
        variable = python_name(entry.name)
        first, place = seen.setdefault(variable, (entry.name, entry.place))
        if first != entry.name:
            names = (shown(first), shown(entry.name))
            labels = places.name(entry.place), places.name(place, "the first one")
            yield SamePythonName.of(names, shown(variable), *labels)


def _bound(
    entry: Entry,
    name: str,
    key: str,
    around: tuple[Mapping[str, _Named], Mapping[str, Place]],
    places: Places,
) -> Iterator[Diagnostic]:
    """What a name that an entry binds for its bodies stands for already."""
    place, (steps, variables) = entry.place / key, around
    label, what = places.value(place), "loop variable"
    around_it = "an outer loop" if key == "for" else "an outer clause or loop"
    if entry.is_ending:
        what = "error"
    elif isinstance(entry, Stage):
        label, what = places.key(place / name), "parameter"
    yield from _reserved(name, label)
    if name in variables:
        if "input" in variables[name].loc:
            around_it = "a parameter of its stage"
        other = places.value(variables[name], "it is this already")
        yield VariableTaken.of(what, name, around_it, label, other)
        return
    step = steps.get(python_name(name), (name, None))[1]
    for inner in every_entry(entry for body in entry.bodies for entry in body):
        if step is None and python_name(inner.name or "") == python_name(name):
            step = inner.place
    if step is not None:
        other = places.name(step, "the step")
        yield VariableTaken.of(what, name, "a step", label, other)


def _reserved(name: str, label: Label) -> Iterator[Diagnostic]:
    if {name, python_name(name)} & RESERVED:
        yield ReservedName.of(shown(name), label)
    elif name in _LITERALS:
        yield ReservedName.literal(name, label)


def type_names(*types: TypeRef | None) -> Iterator[str]:
    """All names in types, those inside of others too."""
    for found in types:
        if found is not None:
            yield found.name
            yield from type_names(*found.args)


def _unused(spec: Spec, places: Places) -> Iterator[Diagnostic]:
    """Definitions of the file itself that none of its chains uses.

    Where a name of a kind is unknown, the definition that was meant would only
    seem unused, so that kind is left alone.
    """
    own = [chain for chain in spec.chains if chain.place.path == spec.path]
    if not own or spec.rejected:
        return
    groups: tuple[
        tuple[
            str,
            Iterable[
                Connection | Connector | TypeDef | Limit | Channel | State | Actor
            ],
            set[str],
        ],
        ...,
    ]
    groups = (
        ("connection", spec.connections, _used_connections(spec)),
        ("connector", spec.connectors, _used_connectors(spec)),
        ("type", spec.types, _used_types(spec)),
        ("limit", spec.limits, _used_limits(spec)),
        ("channel", spec.channels, _used_channels(spec)),
        ("state", spec.states, used_states(spec)),
        ("actor", spec.actors, used_actors(spec)),
    )
    suggestions = iter(range(_COMPARED))
    for what, nodes, used in groups:
        known = {node.name for node in nodes}
        unknown = sorted(used - known)[:_COMPARED]
        if what != "connector" and not used <= known:
            continue
        if what == "connection" and _lacks_connection(spec):
            continue
        for node in nodes:
            if node.name in _TOLD.get(what, ()):
                continue  # its name is reported already
            if node.name not in used and node.place.path == spec.path:
                meant = None
                if what == "connector":
                    if slip_of(node.name, unknown) is not None:
                        continue  # the misspelt name has a message already
                    if next(suggestions, None) is not None:
                        meant = nearest(node.name, unknown)
                label = places.key(node.place)
                yield UnusedDefinition.of(
                    what, shown(node.name), label, meant and shown(meant)
                )


def _lacks_connection(spec: Spec) -> bool:
    """Whether a model call names no connection, and may mean any of them."""
    steps = (step for step in all_steps(spec) if isinstance(step, ModelStep))
    named = [step.connection for step in steps]
    return not all((*named, *(one.connection for one in spec.connectors)))


def _used_connections(spec: Spec) -> set[str]:
    """The connections of model calls, and those that a target names by mistake."""
    steps = list(all_steps(spec))
    targets = {step.called for step in steps}
    mistaken = {one.name for one in spec.connections if one.name in targets}
    named: set[str | None] = {*mistaken}
    named |= {step.connection for step in steps if isinstance(step, ModelStep)}
    named |= {connector.connection for connector in spec.connectors}
    return {name for name in named if name}


def _used_connectors(spec: Spec) -> set[str]:
    """The connectors that steps ask, and their fallbacks, also without their commas."""
    steps = list(all_steps(spec))
    used = {step.called for step in steps if step.called is not None}
    callers: tuple[Connector | Step, ...] = (*steps, *spec.connectors)
    for caller in callers:
        for fallback in caller.fallback:
            used |= {fallback.connector, *fallback.connector.split()}
    return used


def _used_limits(spec: Spec) -> set[str]:
    """The limits that steps and connectors take, and those around them."""
    takers: tuple[Connector | Step, ...] = (*all_steps(spec), *spec.connectors)
    used = {use.name for taker in takers for use in taker.limits} - {LLM}
    around = {limit.name: limit.within for limit in spec.limits}
    waiting = list(used)
    while waiting:
        outer = around.get(waiting.pop())
        if outer is not None and outer not in used:
            used.add(outer)
            waiting.append(outer)
    return used


def _used_channels(spec: Spec) -> set[str]:
    """The channels that steps send to and loops receive from, also without `channel`."""
    known = {channel.name for channel in spec.channels}
    used = {step.channel for step in all_steps(spec) if isinstance(step, SendStep)}
    for chain in spec.chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, For):
                used.add(entry.channel)
                used |= known & {entry.items.strip()}
    return {name for name in used if name is not None}


def _used_types(spec: Spec) -> set[str]:
    used = set(type_names(*(step.output for step in all_steps(spec))))
    used.update(type_names(*(connector.output for connector in spec.connectors)))
    used.update(type_names(*(state.type for state in spec.states)))
    for chain in spec.chains:
        used.update(type_names(*(field.type for field in chain.typed_fields)))
    for record in spec.types:
        inner = set(type_names(*(field.type for field in record.fields)))
        used |= inner - {record.name}
    return used - (set(TYPE_WORDS) - {record.name for record in spec.types})
