"""What the command line says of calls and loops, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from n3gen.diagnostics.suggest import nearest
from n3gen.plan.model import Plan
from n3gen.project.errors import ProjectError
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import For, Spec, Stage, Step
from n3gen.spec.values import Fault, seconds_said

__all__ = ["known_items", "read_items", "read_latencies", "read_time"]


def read_latencies(texts: Sequence[str], specs: Iterable[Spec]) -> dict[str, float]:
    """Return seconds by names, under `""` those of all others; raises `ProjectError`."""
    known: set[str] = set()
    for spec in specs:
        known |= {one.name for one in spec.connectors}
        known |= {one.name for one in spec.connections}
        for chain in spec.chains:
            for entry in every_entry(chain.steps):
                if isinstance(entry, Step):
                    known |= {entry.name, getattr(entry, "target", None) or entry.name}
    return {
        name: read_time("--latency", value)
        for name, value in _named("--latency", texts, known)
    }


def read_time(option: str, text: str) -> float:
    """Return the seconds that an option says; raises `ProjectError`."""
    try:
        return seconds_said(text, zero=True)
    except Fault as fault:
        raise ProjectError(f"{option} {text}: {fault}") from fault


def read_items(texts: Sequence[str], plans: Iterable[Plan]) -> dict[str, int]:
    """Return how many items loops have by their names; raises `ProjectError`."""
    found: dict[str, int] = {}
    for name, value in _named("--items", texts, known_items(plans)):
        if not value.isdecimal() or len(value) > 9:
            raise ProjectError(f"--items {value}: this is not a number of items")
        found[name] = int(value)
    return found


def known_items(plans: Iterable[Plan]) -> set[str]:
    """The names of what runs once for each of some items: loops, and stages behind streams."""
    return {name for plan in plans for name in _loops(plan)}


def _loops(plan: Plan) -> Iterator[str]:
    for node in (*plan.nodes, *plan.endings):
        entry = node.entry
        if isinstance(entry, For) or (isinstance(entry, Stage) and entry.per_item):
            yield node.name
        for body in node.bodies:
            yield from _loops(body)


def _named(
    option: str, texts: Iterable[str], known: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield names and values of `NAME=VALUE`, of `VALUE` alone with no name."""
    names = sorted(known)
    for text in texts:
        name, equals, value = text.rpartition("=")
        if equals and name not in names:
            meant = nearest(name, names)
            listed = ", ".join(f"`{one}`" for one in names) or "nothing"
            hint = f"did you mean `{meant}`?" if meant else f"known are {listed}"
            raise ProjectError(f"{option} {text}: nothing is called `{name}`; {hint}")
        yield name, value
