"""Tests of an imported chain: mocks, and what Prompt Flow would do with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from n3gen.importers.literals import literal
from n3gen.importers.promptflow.flow import Flow, Node
from n3gen.importers.promptflow.inputs import default_of, sample_payload
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.references import Reference, reference, references_in
from n3gen.importers.promptflow.scope import Scope

__all__ = ["tests_of"]

_UNKNOWN = object()
"""A value that is not known before the run."""


def tests_of(scope: Scope, made: dict[str, Made]) -> dict[str, dict[str, Any]]:
    """The tests of the chain for one line, by name."""
    flow = scope.importing.flow
    tests = {"imported": _Rehearsal(scope, made, is_active=True).test()}
    if any(node.activate for node in flow.lines):
        other = _Rehearsal(scope, made, is_active=False).test()
        if other != tests["imported"]:
            tests["imported_otherwise"] = other
    return tests


@dataclass
class _Rehearsal:
    """One test: the conditions of nodes hold as far as they can, or do not.

    The nodes are gone through in Prompt Flow's order by its own rules, which says what
    each step and each output is to come to.
    """

    scope: Scope
    made: dict[str, Made]
    is_active: bool
    values: dict[str, Any] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)

    @property
    def flow(self) -> Flow:
        return self.scope.importing.flow

    def test(self) -> dict[str, Any]:
        payload = sample_payload(self.flow)
        self._run(payload)
        mocks = {
            self.scope.steps[name]: _as_mock(value)
            for name, value in self.values.items()
            if value is not _UNKNOWN
        }
        steps = {
            self.scope.steps[name]: one
            for name, one in self.statuses.items()
            if name not in self.scope.inlined
        }
        expect: dict[str, Any] = {"status": "ok", "steps": steps}
        result = self._result()
        if result is not None:
            expect["result"] = result
        test: dict[str, Any] = {"chain": self.scope.chain}
        if payload:
            test["payload"] = payload
        if mocks:
            test["mock"] = mocks
        return {**test, "expect": expect}

    def _run(self, payload: dict[str, Any]) -> None:
        given = {
            one.name: default_of(one) if one.has_default else payload.get(one.name)
            for one in self.flow.inputs.values()
        }
        pending = list(self.flow.lines)
        while pending:
            node = next(
                one
                for one in pending
                if all(name in self.statuses for name in one.needed)
            )
            pending.remove(node)
            step = self.made[node.name].step
            is_asked = bool(step) and "value" not in step
            self.values[node.name] = self._mock(node) if is_asked else _UNKNOWN
            self.statuses[node.name] = "skipped" if self._skips(node, given) else "ok"

    def _skips(self, node: Node, given: dict[str, Any]) -> bool:
        if node.activate is not None:
            when = node.activate.when
            if when.is_input:
                return bool(given.get(when.name) != node.activate.value)
            if self.statuses[when.name] == "skipped":
                return True
            found = self._read(when)
            return found is not _UNKNOWN and bool(found != node.activate.value)
        read = node.read_nodes
        return bool(read) and all(self.statuses[name] == "skipped" for name in read)

    def _read(self, read: Reference) -> Any:
        found = self.values.get(read.name, _UNKNOWN)
        for part in read.path:
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, list) and isinstance(part, int):
                found = found[part] if part < len(found) else _UNKNOWN
            else:
                return _UNKNOWN
        return found

    def _mock(self, node: Node) -> Any:
        """A value for a node: what conditions ask for, with the fields that are read."""
        paths: dict[tuple[str | int, ...], Any] = {}
        for reader in self.flow.nodes.values():
            for _, read in references_in(reader.inputs):
                if not read.is_input and read.name == node.name:
                    paths.setdefault(read.path, _UNKNOWN)
            when = reader.activate.when if reader.activate is not None else None
            if when is not None and not when.is_input and when.name == node.name:
                assert reader.activate is not None
                wanted = self._wanted(reader.activate.value)
                if paths.get(when.path, _UNKNOWN) is _UNKNOWN:
                    paths[when.path] = wanted
        for output in self.flow.outputs.values():
            read_out = reference(output.value)
            if read_out is not None and read_out.name == node.name:
                paths.setdefault(read_out.path, _UNKNOWN)
        return _shaped(node.name, paths, self._sample(node))

    def _sample(self, node: Node) -> Any:
        """A value for a node of which nothing is known but how steps use it."""
        name = re.escape(self.scope.steps[node.name])
        texts = [
            text
            for one in self.made.values()
            for entry in (*one.before, one.step)
            for text in _texts(entry)
        ]
        if any(re.search(rf"{{%-? for [^%]* in {name}\b", text) for text in texts):
            return []
        images = [
            image for one in self.made.values() for image in one.step.get("images", ())
        ]
        if f"{{{{ {self.scope.steps[node.name]} }}}}" in images:
            return "data:image/png;base64,iVBORw0KGgo="
        return self.made[node.name].mock

    def _wanted(self, value: Any) -> Any:
        """A value for which a condition holds, or does not."""
        if self.is_active:
            return value
        return not value if isinstance(value, bool) else f"not {value}"

    def _result(self) -> dict[str, Any] | None:
        """The outputs, where all are known."""
        found: dict[str, Any] = {}
        chain = self.scope.importing.draft.data["chains"][self.scope.chain]
        if chain.get("result", {}).keys() != self.flow.outputs.keys():
            return None
        for output in self.flow.outputs.values():
            read = reference(output.value)
            if read is None or read.is_input:
                return None
            skipped = self.statuses[read.name] == "skipped"
            value = None if skipped else self._read(read)
            if value is _UNKNOWN:
                return None
            found[output.name] = literal(value)
        return found or None


def _shaped(name: str, paths: dict[tuple[str | int, ...], Any], sample: Any) -> Any:
    """A value that has all the paths."""
    inner = [path for path in paths if path]
    if not inner:
        wanted = paths.get((), _UNKNOWN)
        if wanted is not _UNKNOWN:
            return wanted
        return sample if sample is not None else f"what {name} gives"
    if any(isinstance(path[0], int) for path in inner):
        size = 1 + max(path[0] for path in inner if isinstance(path[0], int))
        return [_below(name, paths, index) for index in range(size)]
    keys = dict.fromkeys(path[0] for path in inner)
    return {key: _below(name, paths, key) for key in keys}


def _below(name: str, paths: dict[tuple[str | int, ...], Any], key: str | int) -> Any:
    rest = {path[1:]: one for path, one in paths.items() if path and path[0] == key}
    label = re.sub(r"\W+", " ", f"{key} of {name}")
    return _shaped(label, rest or {(): _UNKNOWN}, None)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _texts(one)


def _as_mock(value: Any) -> Any:
    """A mock of just this value, whatever its keys are."""
    if isinstance(value, dict) and value.keys() <= {"delay", "value", "error", "times"}:
        return {"value": value}
    return value
