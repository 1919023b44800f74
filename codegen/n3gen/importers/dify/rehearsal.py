"""Tests of an imported chain: mocks for what it asks, and which steps run by Dify's rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from n3gen.importers.dify.app import Node
from n3gen.importers.dify.branches import ALWAYS
from n3gen.importers.dify.chains import Bodies
from n3gen.importers.dify.kinds.kind import FAILED, kind_of, ways_of
from n3gen.importers.literals import as_mock, literal

__all__ = ["rehearsed"]

_ASKED = ("prompt", "messages", "system", "url", "target", "wait", "embed")


def rehearsed(
    bodies: Bodies, entries: list[dict[str, Any]], payload: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The tests of the chain, by name: one for the first ways out, one for the last."""
    scope = bodies.scope
    mocks = dict(_mocks(bodies, entries, ""))
    tests = {"imported": _test(bodies, entries, payload, mocks, 0)}
    deciding = [
        node
        for node in bodies.bodies[""].nodes
        if hasattr(kind_of(node), "words") and node.type == "question-classifier"
    ]
    if deciding:
        mocks = dict(mocks)
        for node in deciding:
            words = list(kind_of(node).words(node).values())  # type: ignore[attr-defined]
            mocks[scope.name(node)] = literal(words[-1])
        tests["imported_otherwise"] = _test(bodies, entries, payload, mocks, -1)
    return tests


def _test(
    bodies: Bodies,
    entries: list[dict[str, Any]],
    payload: dict[str, Any],
    mocks: dict[str, Any],
    chosen: int,
) -> dict[str, Any]:
    scope = bodies.scope
    steps = dict(_statuses(bodies, entries, chosen))
    test: dict[str, Any] = {"chain": scope.chain}
    if payload:
        test["payload"] = payload
    if scope.secrets:
        test["env"] = dict.fromkeys(sorted(scope.secrets), "a value")
    if mocks:
        test["mock"] = mocks
    expect: dict[str, Any] = {"status": "ok"}
    return {**test, "expect": {**expect, "steps": steps} if steps else expect}


def _mocks(
    bodies: Bodies, entries: list[dict[str, Any]], path: str
) -> Iterator[tuple[str, Any]]:
    """Yield the mocks of steps that ask somebody, by their paths."""
    values = {
        bodies.scope.names[key]: made.mock
        for key, made in bodies.made.items()
        if made.mock is not None
    }
    for entry in entries:
        name = str(entry.get("name"))
        inside = f"{path}{name}." if entry.keys() & {"for", "while"} else path
        for key in ("steps", "then"):
            yield from _mocks(bodies, entry.get(key, []), inside)
        if name in values and any(key in entry for key in _ASKED):
            yield f"{path}{name}", as_mock(literal(values[name]))


def _statuses(
    bodies: Bodies, entries: list[dict[str, Any]], chosen: int
) -> Iterator[tuple[str, str]]:
    """Yield how steps end of which that is known before the run."""
    steps = {str(entry.get("name")): entry for entry in entries}
    for node in bodies.bodies[""].nodes:
        name = bodies.scope.names.get(node.id, "")
        entry = steps.get(name)
        if entry is None or not any(key in entry for key in _ASKED):
            continue
        runs = bodies.scope.runs[node.id]
        if runs == ALWAYS:
            yield name, "ok"
            continue
        held = [_holds(bodies, one, chosen) for one in runs]
        if True in held:
            yield name, "ok"
        elif all(one is False for one in held):
            yield name, "skipped"


def _holds(
    bodies: Bodies, ways: frozenset[tuple[str, str]], chosen: int
) -> bool | None:
    """Whether ways are taken; `None` where a value decides that is not known."""
    found: bool | None = True
    for name, way in ways:
        node: Node = bodies.scope.app.nodes[name]
        taken = _way(node, chosen)
        if taken is not None and taken != way:
            return False
        if taken is None:
            found = None
    return found


def _way(node: Node, chosen: int) -> str | None:
    """The way out of a node that a test takes."""
    ways = ways_of(node)
    if node.data.get("error_strategy") == FAILED:
        return "source"
    if node.type == "question-classifier":
        return ways[chosen]
    if node.type == "human-input":
        return ways[0]
    return None
