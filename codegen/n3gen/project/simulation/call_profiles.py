"""What is known of calls: how long they take, how they fail, what they give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.project.simulation.call_failures import CallFailure, parse_failures
from n3gen.project.simulation.latencies import Latency, parse_latency
from n3gen.project.targets import streams_of
from n3gen.semantics.asked import asked_by, called_connector
from n3gen.semantics.channels import fed_channels
from n3gen.spec.model import (
    Chain,
    ChainStep,
    Entry,
    For,
    MessageStep,
    Spec,
    StageStep,
    Step,
    WaitStep,
    While,
)
from n3gen.spec.values import Fault

__all__ = [
    "ALL",
    "CallProfile",
    "Profiles",
    "Subject",
    "given_profiles",
    "known_names",
    "merged",
    "subjects_of",
    "unknown_name",
]

ALL: Final = "*"
"""The name of what holds for all calls that nothing else is said of."""


@dataclass(frozen=True, slots=True)
class CallProfile:
    """What is known of the calls of a step, a connector or a connection."""

    latency: Latency | None = None
    failures: tuple[CallFailure, ...] | None = None
    values: tuple[Any, ...] | None = None


Profiles = dict[str, CallProfile]
"""Profiles by the names of steps, connectors, connections and functions."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A step that calls something.

    `path` has no rounds, `names` are those it goes by. `loop` is the innermost loop that
    it is in, as a report says it.
    """

    path: str
    step: Step
    names: tuple[str, ...]
    loop: str = ""

    @property
    def kind(self) -> str:
        """What it calls: a `model`, `connector`, `request`, `function` or `person`."""
        return _KINDS.get(self.step.kind, "connector")


_KINDS: Final = {
    "llm": "model",
    "http": "request",
    "python": "function",
    "wait": "person",
    "ask": "function",
    "tell": "function",
}


class _Placed(NamedTuple):
    """A step with its path, and the innermost loop around it."""

    path: str
    step: Step
    loop: str


@dataclass(frozen=True, slots=True)
class _Walk:
    """The steps of a chain and of those that it runs, with their paths."""

    chains: Mapping[str, Chain]

    def steps(
        self,
        entries: Iterable[Entry],
        prefix: str,
        loop: str,
        around: tuple[str, ...],
    ) -> Iterator[_Placed]:
        """Yield the steps in a body, and in the chains that are not `around` it."""
        for entry in entries:
            inside, inner = prefix, loop
            if isinstance(entry, Step):
                yield _Placed(f"{prefix}{entry.name}", entry, loop)
            if isinstance(entry, ChainStep):
                target = self.chains.get(entry.target or "")
                if target is not None and target.name not in around:
                    below, called = f"{prefix}{entry.name}.", (*around, target.name)
                    yield from self.steps(target.steps, below, loop, called)
            elif isinstance(entry, StageStep):
                inside = f"{prefix}{entry.name}."
            elif isinstance(entry, For | While):
                inner = _loop_words(entry)
            for body in entry.bodies:
                yield from self.steps(body, inside, inner, around)


def _loop_words(loop: For | While) -> str:
    if isinstance(loop, While):
        return "while"
    return f"for {loop.variable}" + (
        f" parallel {loop.workers}" if loop.workers else ""
    )


def subjects_of(spec: Spec, chain: Chain) -> dict[str, Subject]:
    """Return the steps that a run of a chain may come to and that call, by path."""
    connectors = {found.name: found for found in spec.connectors}
    first = next((found.name for found in spec.connections), None)
    walk = _Walk({found.name: found for found in spec.chains})
    subjects: dict[str, Subject] = {}
    for path, step, loop in walk.steps(chain.steps, "", "", (chain.name,)):
        names = [path]
        if (target := getattr(step, "target", None)) is not None:
            names.append(target)
        for call in asked_by(step, connectors)[:1]:
            if (connection := call.connection or first) is not None:
                names.append(connection)
        calls = step.kind in ("llm", "http", "python", "connector")
        if isinstance(step, WaitStep) and step.signal is not None:
            calls, names = True, [path, step.signal]
        if isinstance(step, MessageStep):
            calls, names = True, [path, step.message, step.actor]
        if calls or called_connector(step, connectors) is not None:
            subjects.setdefault(path, Subject(path, step, tuple(names), loop))
    return subjects


def known_names(spec: Spec, chain: Chain) -> frozenset[str]:
    """Return all names that a profile may be of."""
    names = {
        name for found in subjects_of(spec, chain).values() for name in found.names
    }
    names.update(connector.name for connector in spec.connectors)
    names.update(connection.name for connection in spec.connections)
    return frozenset(names | streams_of(spec) | {*fed_channels(chain)} | {ALL})


def unknown_name(name: str, known: Iterable[str], chain: str) -> str | None:
    """Return what is wrong with a name, and the way out; `None` where it is known."""
    if name in known:
        return None
    meant = nearest(name, known)
    if meant is not None:
        return f"did you mean `{meant}`?"
    listed = ", ".join(f"`{one}`" for one in sorted(known) if one != ALL)
    return f"it calls {listed}" if listed else "it calls nothing"


def given_profiles(
    option: str, texts: Iterable[str], known: frozenset[str], chain: str
) -> Profiles:
    """Return the profiles that options give; raise `ProjectError`.

    A text is `NAME=WHAT`, or `WHAT` for all calls of which nothing else is said.
    """
    profiles: Profiles = {}
    for text in texts:
        name, equals, what = text.partition("=")
        if not equals:
            name, what = ALL, text
        way_out = unknown_name(name.strip(), known, chain)
        if way_out is not None:
            raise ProjectError(
                f"{option} {text}: chain `{chain}` calls no `{name}`; {way_out}"
            )
        try:
            found = _PARSED[option](what.strip())
        except Fault as fault:
            hint = f"; {fault.way_out}" if fault.way_out else ""
            raise ProjectError(f"{option} {text}: {fault.message}{hint}") from fault
        profiles[name.strip()] = merged(profiles.get(name.strip()), found)
    return profiles


_PARSED: Final[Mapping[str, Callable[[str], CallProfile]]] = {
    "--latency": lambda text: CallProfile(latency=parse_latency(text)),
    "--failure": lambda text: CallProfile(failures=parse_failures(text)),
}


def merged(first: CallProfile | None, second: CallProfile) -> CallProfile:
    """Return a profile with what another one says besides, or instead."""
    if first is None:
        return second
    given = {
        key: getattr(second, key)
        for key in ("latency", "failures", "values")
        if getattr(second, key) is not None
    }
    return replace(first, **given)
