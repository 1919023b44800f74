"""Tests of an imported chain: mocks for what it asks, and what Dify would do with them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from n3gen.importers.dify.app import STARTS, Node
from n3gen.importers.dify.chains import Bodies
from n3gen.importers.dify.course import Course
from n3gen.importers.dify.entries import is_step
from n3gen.importers.dify.kinds.kind import words_of
from n3gen.importers.dify.verdicts import UNKNOWN
from n3gen.importers.literals import as_mock, is_plain, literal

__all__ = ["rehearsed"]

_ASKED = ("prompt", "messages", "system", "url", "target", "wait", "embed")


def rehearsed(
    bodies: Bodies, entries: list[dict[str, Any]], payload: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The tests of the chain, by name.

    In the first one, first ways out are taken as far as values can be found for which
    they are; in the second one the last ways of classifiers, and else what comes.
    """
    asked = {
        key: deepcopy(made.mock)
        for key, made in bodies.made.items()
        if made.mock is not None
    }
    first = _Rehearsal(bodies, entries, deepcopy(payload), deepcopy(asked))
    first.choose()
    other = _Rehearsal(bodies, entries, deepcopy(payload), asked)
    for node in other.nodes:
        if node.type == "question-classifier":
            other.mocks[node.id] = list(words_of(node).values())[-1]
    tests = {"imported": first.test()}
    if (
        other.has_choices
        and (test := other.test())["expect"] != tests["imported"]["expect"]
    ):
        tests["imported_otherwise"] = test
    return tests


class _Rehearsal:
    """One test; `mocks` are by the ids of nodes, `payload` is plain data."""

    def __init__(
        self,
        bodies: Bodies,
        entries: list[dict[str, Any]],
        payload: dict[str, Any],
        mocks: dict[str, Any],
    ) -> None:
        self.bodies = bodies
        self.scope = bodies.scope
        self.entries = entries
        self.payload = payload
        self.mocks = mocks
        self.nodes = bodies.bodies[""].nodes

    @property
    def has_choices(self) -> bool:
        """Whether there are nodes for which a test can choose the way out."""
        kinds = ("question-classifier", "if-else")
        return any(node.type in kinds for node in self.nodes)

    def choose(self) -> None:
        """Give the values for which the first case of each `if-else` holds."""
        for source, path, value in self._course().first_cases():
            node = self.scope.app.nodes.get(source)
            if source == "sys" or path[0].startswith("sys."):
                if path[-1].removeprefix("sys.") == "query" and isinstance(value, str):
                    self.payload["query"] = value
            elif node is not None and node.type in STARTS:
                self._choose_input(node, path, value)
            elif node is not None and node.id in self.mocks:
                self._choose_mock(node, path, value)

    def _choose_input(self, node: Node, path: list[str], value: Any) -> None:
        for one in node.mappings("variables"):
            if path != [one.get("variable")]:
                continue
            kind, options = one.get("type"), one.get("options") or []
            fits = isinstance(value, str) == (kind != "number")
            if kind == "select":
                fits = value in options
            if fits and kind in ("text-input", "paragraph", "select", "number"):
                self.payload[path[0]] = value

    def _choose_mock(self, node: Node, path: list[str], value: Any) -> None:
        """Put a value into a mock, where there is one of its type."""
        if node.type == "llm" and path == ["text"] and isinstance(value, str):
            if isinstance(self.mocks[node.id], str):
                self.mocks[node.id] = value
            return
        at = self.mocks[node.id]
        keys = path[1:] if path[0] == "structured_output" else path
        keys = ["status"] if keys == ["status_code"] else keys
        for key in keys[:-1]:
            at = at.get(key) if isinstance(at, dict) else None
        if keys and isinstance(at, dict) and type(at.get(keys[-1])) is type(value):
            at[keys[-1]] = value

    def _course(self) -> Course:
        return Course(self.scope, self.nodes, self.payload, self.mocks)

    def test(self) -> dict[str, Any]:
        """The test, with what is known of its outcome."""
        test: dict[str, Any] = {"chain": self.scope.chain}
        if self.payload:
            test["payload"] = literal(self.payload)
        if self.scope.secrets:
            test["env"] = dict.fromkeys(sorted(self.scope.secrets), "a value")
        if mocks := dict(self._mocks(self.entries, "")):
            test["mock"] = mocks
        course = self._course()
        expect: dict[str, Any] = {"status": "ok"}
        if steps := dict(self._statuses(course)):
            expect["steps"] = steps
        result = course.result()
        if result is not UNKNOWN and is_plain(result):
            expect["result"] = result
        return {**test, "expect": expect}

    def _mocks(
        self, entries: list[dict[str, Any]], path: str
    ) -> Iterator[tuple[str, Any]]:
        """Yield the mocks of steps that ask a person, by their paths."""
        values = {self.scope.names[key]: one for key, one in self.mocks.items()}
        for entry in entries:
            name = str(entry.get("name"))
            inside = f"{path}{name}." if entry.keys() & {"for", "while"} else path
            for key in ("steps", "then"):
                yield from self._mocks(entry.get(key, []), inside)
            if name in values and any(key in entry for key in _ASKED):
                yield f"{path}{name}", as_mock(literal(values[name]))

    def _statuses(self, course: Course) -> Iterator[tuple[str, str]]:
        """Yield how steps end, of which that is known before the run."""
        steps = {str(entry.get("name")): entry for entry in self.entries}
        for node in self.nodes:
            name = self.scope.names.get(node.id, "")
            runs = course.has_run[node.id]
            if name in steps and is_step(steps[name]) and runs is not None:
                yield name, "ok" if runs else "skipped"
