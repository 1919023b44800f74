"""Models of `api: local` keep the limits of their connection, as real ones do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from n3gen.compiler import Options

from tests.building import build, built_in
from tests.clock import run

SPEC = """
connection l:
    api: local
    latency: 100ms
    rate_limit: {LIMITS}
chain asks:
    for o: i in [1, 2, 3] parallel 3:
        step b: {connection: l, prompt: "{{ i }}"}
    result: "{{ o }}"
chain embeds:
    for o: i in [1, 2, 3] parallel 3:
        step b: {connection: l, embed: "n {{ i }}"}
"""


def record_of(module: ModuleType, chain: str) -> Any:
    return run(module.run_chain(chain, parallel=True))


def starts(record: dict[str, Any]) -> list[int]:
    """When the calls started, without their waits."""
    return sorted(step["started_ms"] for step in record["steps"])


@pytest.mark.parametrize("chain", ["asks", "embeds"])
@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("concurrent_requests: 1", [0, 100, 200]),
        ("concurrent_requests: 2", [0, 0, 100]),
        ("requests_per_minute: 606", [0, 100, 200]),
        ("requests_per_minute: 60", [0, 1010, 2020]),
        ("concurrent_requests: 1, requests_per_minute: 60", [0, 1010, 2020]),
    ],
)
def test_limits_are_kept(chain: str, limits: str, expected: list[int]) -> None:
    record = record_of(build(SPEC.replace("LIMITS", limits)), chain)
    assert record["status"] == "ok"
    assert starts(record) == expected
    assert sum(step["queued_ms"] for step in record["steps"]) == sum(expected)


@pytest.mark.parametrize("telemetry", ["none", "otel"])
@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_both_layouts(
    layout: Literal["standalone", "shared"],
    telemetry: Literal["none", "otel"],
    tmp_path: Path,
) -> None:
    text = SPEC.replace("LIMITS", "concurrent_requests: 1")
    options = Options(telemetry=telemetry)
    with built_in(layout, text, tmp_path, options) as module:
        assert starts(record_of(module, "asks")) == [0, 100, 200]


def test_modules_share_the_limit_of_a_connection() -> None:
    text = SPEC.replace("LIMITS", "concurrent_requests: 1")
    one, other = build(text), build(text)

    async def main() -> list[Any]:
        runs = (module.run_chain("asks", parallel=True) for module in (one, other))
        return await asyncio.gather(*runs)

    both = [start for record in run(main()) for start in starts(record)]
    assert sorted(both) == [0, 100, 200, 300, 400, 500]


def test_a_limit_changes_no_key_of_a_cache() -> None:
    limited = build(SPEC.replace("LIMITS", "concurrent_requests: 1")).L
    free = build(SPEC.replace("    rate_limit: {LIMITS}\n", "")).L
    assert limited.identity() == free.identity()


def test_a_local_model_without_limits_has_no_gate() -> None:
    module = build("""
        connection l: {api: local}
        chain c:
            step a: {connection: l, prompt: Hi}
        """)
    assert not {"Gate", "RateLimit"} & vars(module).keys()
