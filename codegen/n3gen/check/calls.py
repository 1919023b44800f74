"""What steps name: connections, chains, functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import Final

from n3gen.check.file_targets import module_meant
from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import RecursiveChain, UnknownName
from n3gen.check.rules.target_rules import BadTarget
from n3gen.diagnostics import Diagnostic, Label
from n3gen.diagnostics.suggest import nearest, slip_of
from n3gen.names import is_name
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps, every_entry
from n3gen.spec.model import (
    Chain,
    ChainStep,
    Connector,
    ConnectorStep,
    Fallback,
    For,
    ModelStep,
    Place,
    PythonStep,
    Spec,
    Step,
)
from n3gen.spec.rules import MisplacedKey
from n3gen.spec.values import shown

__all__ = ["check_calls", "fallback_place"]

_SUGGESTED = 100
"""How many unknown names get a suggestion: each one is compared with all that there are."""

_COMPARED = 100
"""How many names without a definition are compared with all connectors."""

_UNLIKELY: Final = re.compile(r"[{}()\[\];\"',]")
"""What no name of a connector has, and templates, calls and code have."""

_FUNCTION: Final = re.compile(r"\w+(\.\w+)+:[\w.]+")
"""`package.module:function`, which names a function to be imported and no connector."""

_Calls = Mapping[str, list[ChainStep]]


@finder
def check_calls(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of the connections, chains and functions that steps and connectors name."""
    spec, places = known.spec, known.places
    yield from _unknown(spec, places)
    yield from _misspelled(spec, places)
    yield from _recursions(spec, places)
    yield from _streams(known)
    defined = {connector.name for connector in spec.connectors}
    connections = {connection.name for connection in spec.connections} - defined
    for step in all_steps(spec):
        if isinstance(step, ConnectorStep) and step.target in connections:
            label = places.value(step.place / "target")
            yield BadTarget.connection(shown(step.target), label)
    for connector in spec.connectors:
        yield from _tools(connector, known)
    for step in all_steps(spec):
        if isinstance(step, PythonStep | ConnectorStep):
            yield from _target(step, defined, known)
        elif isinstance(step, ModelStep):
            yield from _tools(step, known)


def _unknown(spec: Spec, places: Places) -> Iterator[Diagnostic]:
    """Find names of connections and chains that do not exist.

    Each is reported once with all of its places; one that is the name of something of
    another kind, at each of them.
    """
    kinds = {
        "connection": {connection.name for connection in spec.connections},
        "chain": {chain.name for chain in spec.chains},
        "connector": {connector.name for connector in spec.connectors},
    }
    uses: dict[tuple[str, str], list[Place]] = {}
    for what, name, place in _named(spec):
        if name not in kinds[what] and name not in spec.rejected:
            uses.setdefault((what, name), []).append(place)
    for count, ((what, name), found) in enumerate(uses.items()):
        meant = nearest(name, kinds[what]) if count < _SUGGESTED else None
        other = next((kind for kind, known in kinds.items() if name in known), None)
        if other is not None:
            for place in found:
                way_out = _way_to(other, shown(name), place)
                label = places.value(place)
                yield UnknownName.of(what, shown(name), label, None, way_out)
        elif meant is not None or not spec.lacks_files:
            first, *more = sorted(map(places.value, found), key=_position)
            yield UnknownName.of(what, shown(name), first, meant, there=more)


def _position(label: Label) -> tuple[str, int]:
    return label.file.path, label.span.start


def _way_to(kind: str, name: str, place: Place) -> str:
    """What to write in place of a key whose value is the name of another `kind`."""
    key, is_connector = place.loc[-1], place.loc[0] == "connectors"
    if is_connector:
        return f"`{name}` is a {kind}: name a connection"
    if kind == "connection":
        return f"`{name}` is a connection: write `connection: {name}`"
    if kind == "chain":
        return f"`{name}` is a chain: write `kind: chain` and `target: {name}`"
    more = " without `kind: chain`" if key == "target" else ""
    return f"`{name}` is a connector: write `target: {name}`{more}"


def _misspelled(spec: Spec, places: Places) -> Iterator[Diagnostic]:
    """Targets and fallbacks that are one edit away from a connector of the spec.

    Any other name without a definition is that of a callable which a run is given.
    """
    connectors = {connector.name for connector in spec.connectors} - spec.rejected
    meant_by: dict[str, str | None] = {}
    for name, place in _called(spec, places):
        if name in connectors or name in spec.rejected or name in meant_by:
            continue
        meant_by[name] = (
            slip_of(name, connectors) if len(meant_by) <= _COMPARED else None
        )
        meant = meant_by[name]
        if meant is not None:
            label = places.value(place)
            yield UnknownName.of("connector", shown(name), label, shown(meant))


def _called(spec: Spec, places: Places) -> Iterator[tuple[str, Place]]:
    """The connectors that steps call, and the fallbacks of all, with their places."""
    callers: list[Step | Connector] = [*spec.connectors]
    for step in all_steps(spec):
        callers.append(step)
        if isinstance(step, ConnectorStep) and step.target is not None:
            yield step.target, step.place / "target"
    for caller in callers:
        for fallback in caller.fallback:
            yield fallback.connector, fallback_place(fallback, places)


def fallback_place(fallback: Fallback, places: Places) -> Place:
    """The place of the name of a fallback."""
    place = fallback.place
    is_mapping = isinstance(places.data(place), dict)
    return place / "connector" if is_mapping else place


def _named(spec: Spec) -> Iterator[tuple[str, str, Place]]:
    for connector in spec.connectors:
        if connector.connection:
            place = connector.place / "connection"
            yield "connection", connector.connection, place
    for step in all_steps(spec):
        if isinstance(step, ChainStep) and step.target is not None:
            yield "chain", step.target, step.place / "target"
        if isinstance(step, ModelStep) and step.connection is not None:
            yield "connection", step.connection, step.place / "connection"


def _target(
    step: PythonStep | ConnectorStep, connectors: Set[str], known: Semantics
) -> Iterator[Diagnostic]:
    target, place, places = step.target, step.place / "target", known.places
    if target is None:
        return
    if isinstance(step, PythonStep):
        if meant := module_meant(target, known.python):
            yield BadTarget.file(shown(target), places.value(place), meant)
        elif not _is_function(target):
            yield BadTarget.python(shown(target), places.value(place))
    elif (
        _UNLIKELY.search(target)
        or not target.isprintable()
        or _FUNCTION.fullmatch(target)
    ):
        yield BadTarget.connector(shown(target), places.value(place))
    elif target in connectors:
        for key, given in (("with", step.with_), ("executor", step.executor)):
            if given not in (None, "thread"):
                what = f"a step of the connector `{shown(target)}`, a model call"
                label = places.key(step.place / key)
                meant = "options" if key == "with" and not step.options else None
                yield MisplacedKey.of(key, what, label, ("python",), meant)


def _streams(known: Semantics) -> Iterator[Diagnostic]:
    """Streams whose target is no function of a module."""
    for chain in known.spec.chains:
        for entry in every_entry(chain.steps):
            target = entry.stream if isinstance(entry, For) else None
            if target is None:
                continue
            place = entry.place / "in"
            is_bare = ":" not in target and "." not in target
            if meant := module_meant(target, known.python):
                at = str(known.places.data(place)).find(target)
                label = known.places.part(place, at, at + len(target))
                yield BadTarget.file(shown(target), label, meant)
            elif is_bare or not _is_function(target):
                yield BadTarget.stream(shown(target), known.places.value(place))


def _tools(call: Connector | ModelStep, known: Semantics) -> Iterator[Diagnostic]:
    places = known.places
    for tool in call.tools:
        place = tool.place
        if isinstance(places.data(place), dict):
            place = place / "target"
        is_bare = ":" not in tool.target and "." not in tool.target
        if meant := module_meant(tool.target, known.python):
            yield BadTarget.file(shown(tool.target), places.value(place), meant)
        elif is_bare or not _is_function(tool.target):
            words = tool.target.replace(",", " ").split()
            is_list = len(words) > 1 and "{{" not in tool.target
            several = f"[{', '.join(map(shown, words))}]" if is_list else ""
            yield BadTarget.tool(shown(tool.target), places.value(place), several)


def _is_function(target: str) -> bool:
    """Whether `target` is a name, a dotted name, or `package.module:name`."""
    module, colon, function = target.partition(":")
    parts = module.split(".") + (function.split(".") if colon else [])
    return all(is_name(part) for part in parts)


def _recursions(spec: Spec, places: Places) -> Iterator[Diagnostic]:
    """Chains that run themselves, directly or through others; each way round once.

    Those with a `max_depth` end every way round that they are on.
    """
    calls = {
        chain.name: _calls(chain) if chain.max_depth is None else []
        for chain in spec.chains
    }
    done: set[str] = set()
    for chain in spec.chains:
        if chain.name not in done:
            yield from _search(chain.name, calls, done, places)


def _calls(chain: Chain) -> list[ChainStep]:
    return [e for e in every_entry(chain.steps) if isinstance(e, ChainStep)]


def _search(
    start: str, calls: _Calls, done: set[str], places: Places
) -> Iterator[Diagnostic]:
    """Follow the calls from `start`; a call back into the path is a recursion."""
    way: dict[str, ChainStep | None] = {start: None}
    waiting = [iter(calls[start])]
    while waiting:
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
            done.add(way.popitem()[0])
            continue
        target = step.target or ""
        if target in way:
            names = list(way)
            circle = names[names.index(target) :]
            steps = [way[name] for name in circle[1:]]
            labels = [places.value(s.place / "target") for s in (*steps, step) if s]
            yield RecursiveChain.of([*circle, target], labels)
        elif target in calls and target not in done:
            way[target] = step
            waiting.append(iter(calls[target]))
