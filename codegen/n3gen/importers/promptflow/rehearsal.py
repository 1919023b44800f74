"""Tests of an imported chain: mocks, and what Prompt Flow would do with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from n3gen.importers.literals import as_mock, is_plain
from n3gen.importers.promptflow.flow import Flow, Node
from n3gen.importers.promptflow.inputs import default_of, sample_payload
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.references import Reference, reference
from n3gen.importers.promptflow.samples import UNKNOWN, sample_of, shown_pictures
from n3gen.importers.promptflow.scope import Scope

__all__ = ["tests_of"]


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
        shown = shown_pictures(self.made)
        inputs = {
            name: self.scope.value(f"${{inputs.{name}}}") for name in self.flow.inputs
        }
        pictures = {name for name, value in inputs.items() if value in shown}
        payload = sample_payload(self.flow, pictures)
        self._run(payload)
        mocks = {
            self.scope.steps[name]: as_mock(value)
            for name, value in self.values.items()
            if value is not UNKNOWN
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
            self.values[node.name] = (
                sample_of(self.scope, self.made, node, self._wanted)
                if is_asked
                else UNKNOWN
            )
            self.statuses[node.name] = "skipped" if self._skips(node, given) else "ok"

    def _skips(self, node: Node, given: dict[str, Any]) -> bool:
        if node.activate is not None:
            when = node.activate.when
            if when.is_input:
                return bool(given.get(when.name) != node.activate.value)
            if self.statuses[when.name] == "skipped":
                return True
            found = self._read(when)
            return found is not UNKNOWN and bool(found != node.activate.value)
        read = node.read_nodes
        return bool(read) and all(self.statuses[name] == "skipped" for name in read)

    def _read(self, read: Reference) -> Any:
        found = self.values.get(read.name, UNKNOWN)
        for part in read.path:
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, list) and isinstance(part, int):
                found = found[part] if part < len(found) else UNKNOWN
            else:
                return UNKNOWN
        return found

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
            if value is UNKNOWN or not is_plain(value):
                return None
            found[output.name] = value
        return found or None
