"""Tests of an imported flow: a payload, mocks for what it asks, and what it comes to."""

from __future__ import annotations

from typing import Any

from n3gen.importers.literals import as_mock
from n3gen.importers.namel3ss.flows import FlowMapper
from n3gen.importers.namel3ss.scope import Scope

__all__ = ["rehearsed"]


def rehearsed(
    scope: Scope,
    mapper: FlowMapper,
    chain: str,
    entries: list[dict[str, Any]],
    result: Any,
) -> dict[str, dict[str, Any]]:
    """The tests of a chain, by name."""
    del scope, entries, result
    payload = {name: "a text" for name, _ in sorted(mapper.reads)}
    if mapper.flow.kind == "function":
        payload = dict.fromkeys(mapper.flow.fields.get("input", {}), "a text")
    test: dict[str, Any] = {"of": chain}
    if payload:
        test["payload"] = payload
    if mapper.mocks:
        test["mock"] = {name: as_mock(value) for name, value in mapper.mocks.items()}
    test["expect"] = {"status": "ok"}
    return {f"imported_{chain}": test}
