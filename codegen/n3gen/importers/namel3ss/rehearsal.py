"""Tests of an imported flow: a payload, mocks for what it asks, and what it comes to."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from n3gen.importers.literals import as_mock, is_plain
from n3gen.importers.namel3ss.flows import FlowMapper
from n3gen.importers.namel3ss.rules import Failed, Run, Unknown
from n3gen.importers.namel3ss.scope import Scope
from n3gen.importers.namel3ss.tree import Expr

__all__ = ["rehearsed"]

_SAMPLES: Final[tuple[Any, ...]] = ("a text", 1, [], {})
_TYPED: Final = {"text": "a text", "number": 1, "boolean": True}


def rehearsed(
    scope: Scope, mapper: FlowMapper, chain: str, returns: bool
) -> dict[str, Any]:
    """The test of a chain, by its name; none where the result cannot be determined.

    The first sample for the fields of the payload with which the flow ends well is taken.
    """
    flow, body = mapper.flow, mapper.flow.body
    found: tuple[dict[str, Any], dict[str, Any]] | None = None
    for sample in _SAMPLES:
        payload = _payload(scope, mapper, sample)
        run = Run(deepcopy(payload), deepcopy(mapper.given_at), mapper.left_out)
        if flow.kind == "function":
            run.locals |= payload
        try:
            condition = flow.fields.get("requires")
            if condition is not None and not run.holds(condition):
                raise Failed
            has_result, result = run.result(body)
        except Failed:
            found = found or (payload, {"status": "error"})
            continue
        except Unknown:
            continue
        expect: dict[str, Any] = {"status": "ok"}
        if returns and has_result and is_plain(result):
            expect["result"] = result
        found = payload, expect
        break
    if found is None:
        what = f"flow `{flow.name}` has no test: its mocks do not say what comes out"
        scope.changed(what, flow.source, flow.at)
        return {}
    payload, expect = found
    test: dict[str, Any] = {"chain": chain}
    if payload:
        test["payload"] = payload
    if mapper.mocks:
        test["mock"] = {name: as_mock(value) for name, value in mapper.mocks.items()}
    return {f"imported_{chain}": {**test, "expect": expect}}


def _payload(scope: Scope, mapper: FlowMapper, sample: Any) -> dict[str, Any]:
    flow = mapper.flow
    contract = scope.app.of("contract").get(flow.name)
    typed = contract.fields.get("input", {}) if contract is not None else {}
    names = [name for name, _ in mapper.reads]
    if flow.kind == "function":
        typed = flow.fields.get("input", {})
    if names or flow.kind == "function":
        names += [*typed]
    payload: dict[str, Any] = {}
    for name in sorted(set(names)):
        kind = typed.get(name, ("", False))[0]
        payload[name] = _TYPED.get(str(kind), sample)
    if "identity" in payload:
        payload["identity"] = _identity(flow.fields.get("requires"), mapper.identity)
    return payload


def _identity(requires: Expr | None, names: set[str]) -> dict[str, Any]:
    """Whoever may run the flow, as far as its condition says so by plain comparisons."""
    found: dict[str, Any] = dict.fromkeys(sorted(names), "a text")
    open_ = [requires] if requires is not None else []
    while open_:
        one = open_.pop()
        if one.kind == "and":
            open_ += one.parts
        elif one.kind in ("==", "one of") and one.parts[0].kind == "get":
            found[one.parts[0].keys[0]] = one.parts[1].value
    return found
