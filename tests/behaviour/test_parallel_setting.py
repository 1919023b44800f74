"""What `ENABLE_PARALLEL_STEPS` governs, and what it does not, construct by construct."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, starts
from tests.building import build

STEP = "step {name}:\n    target: slow\n    options: {{seconds: 2}}"


def body(text: str) -> str:
    """A chain with this body, in which `@a` is a step of two seconds."""
    lines = ["chain c:"]
    for line in text.strip("\n").splitlines():
        indent = len(line) - len(line.lstrip())
        found = [line.strip()]
        if line.strip().startswith("@"):
            name, _, keys = line.strip()[1:].partition(" ")
            found = STEP.format(name=name).splitlines()
            found += [f"    {key}" for key in keys.split("; ") if key]
        lines += [f"    {' ' * indent}{part}" for part in found]
    return "\n".join([*lines, "    result: done", ""])


TOGETHER = {
    "parallel": ("parallel both:\n    @a\n    @b", {"a": 0, "b": 0}, 2),
    "for": ("for docs: d in [1, 2] parallel 2:\n    @a", {"a": 0}, 2),
    "race": ("race won:\n    @a\n    @b", {"a": 0, "b": 0}, 2),
    "background": ("@a background: true\n@b", {"a": 0, "b": 0}, 2),
    "background in a round": (
        "for docs: d in [1, 2]:\n    @a background: true\n    @b",
        {"a": 2, "b": 2},
        4,
    ),
    "members in the background": (
        "@a background: true\n@b background: true\n@c depends_on: {any: [a, b]}",
        {"a": 0, "b": 0, "c": 2},
        4,
    ),
    "a race in steps that run in order": (
        "do first:\n    parallel: true\n    race won:\n        @a\n        @b\n"
        "@c parallel: true",
        {"a": 0, "b": 0, "c": 2},
        4,
    ),
}

IN_ORDER: dict[str, tuple[str, dict[str, int], int]] = {
    "parallel steps": ("@a parallel: true\n@b parallel: true", {"a": 0, "b": 2}, 4),
    "parallel blocks": (
        "do one:\n    parallel: true\n    @a\ndo two:\n    parallel: true\n    @b",
        {"a": 0, "b": 2},
        4,
    ),
    "dag": ("schedule: dag\n@a\n@b\n@c depends_on: [a]", {"a": 0, "b": 2, "c": 4}, 6),
    "any": (
        "@a parallel: true\n@b parallel: true\n@c depends_on: {any: [a, b]}",
        {"a": 0, "b": 2, "c": 4},
        6,
    ),
    "ended": (
        "@a parallel: true\n@b parallel: true\n"
        "@c parallel: true; depends_on: {ended: [a]}",
        {"a": 0, "b": 2, "c": 4},
        6,
    ),
}


def ran(text: str, setting: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ENABLE_PARALLEL_STEPS", setting)
    record = record_of(build(body(text)), parallel=None)
    assert record["status"] == "ok", record["error"]
    return record


@pytest.mark.parametrize("case", TOGETHER)
@pytest.mark.parametrize("setting", ["false", "true"])
def test_what_means_concurrency_has_it(
    case: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, expected, seconds = TOGETHER[case]
    record = ran(text, setting, monkeypatch)
    if case != "a race in steps that run in order" or setting == "false":
        assert starts(record) == expected
        assert record["metadata"]["elapsed_ms"] == seconds * 1000


@pytest.mark.parametrize("case", IN_ORDER)
def test_all_else_runs_in_the_order_of_the_file(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, expected, seconds = IN_ORDER[case]
    record = ran(text, "false", monkeypatch)
    assert starts(record) == expected
    assert [step["name"] for step in record["steps"]] == list(expected)
    assert record["metadata"]["elapsed_ms"] == seconds * 1000
    together = ran(text, "true", monkeypatch)
    assert together["metadata"]["elapsed_ms"] < seconds * 1000


def test_the_warning_names_the_variable_where_members_run_in_order(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.building import process_is_fresh

    with process_is_fresh():
        ran(IN_ORDER["any"][0], "false", monkeypatch)
    assert [r for r in caplog.records if "ENABLE_PARALLEL_STEPS" in r.getMessage()]
