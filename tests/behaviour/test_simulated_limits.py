"""What simulated runs wait for: each limit of a connection for itself, items, and cuts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.test_simulations import Output, only, report

SIX = (
    'connection m:\n    api: openai\n    api_key: env("KEY")\n    model: x\n'
    "    rate_limit: {LIMITS}\n"
    "chain six:\n    for o: i in range(6) parallel 6:\n"
    '        step b: {prompt: "{{ i }}"}\n'
)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("KEY", "ENABLE_PARALLEL_STEPS", "MAX_CONCURRENT_LLM_CALLS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def waits(one: dict[str, Any]) -> dict[str, float]:
    """The seconds that all steps waited, by the limits."""
    return {name: wait["count"] * wait["mean"] for name, wait in one["waits"].items()}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("requests_per_minute: 606", {"rate.m": 1.5}),
        # A call is taken to be of 256 tokens, a thousand of which a second may go.
        ("tokens_per_minute: 60600", {"tokens.m": 3.84}),
        ("requests_per_minute: 606, tokens_per_minute: 60600", {"tokens.m": 3.84}),
        ("requests_per_minute: 60, tokens_per_minute: 60600", {"rate.m": 15.15}),
        ("concurrent_requests: 2", {"concurrent.m": 0.3}),
        # What opens last is what is waited for.
        ("concurrent_requests: 1, requests_per_minute: 606", {"rate.m": 1.5}),
        ("concurrent_requests: 1, requests_per_minute: 6060", {"concurrent.m": 0.75}),
    ],
)
def test_each_limit_has_its_own_waits(
    capsys: Output, limits: str, expected: dict[str, float]
) -> None:
    text = SIX.replace("LIMITS", limits)
    one = only(capsys, text, "--latency", "50ms", "--runs", "1")
    assert waits(one) == pytest.approx(expected)
    (longest,) = expected
    assert one["bottleneck"].removeprefix("wait for ").startswith(longest)


def test_the_wait_for_a_permit_is_no_wait_for_a_rate(capsys: Output) -> None:
    text = SIX.replace("LIMITS", "requests_per_minute: 6060")
    given = ("--latency", "1s", "--runs", "1", "--sweep", "llm=1")
    one = only(capsys, text, *given)
    # The first in line waits for the rate before it waits for the permit.
    assert waits(one) == pytest.approx({"llm": 14.85, "rate.m": 0.15})
    assert one["bottleneck"] == "llm, 100% in use"


def test_the_rest_after_a_429_has_a_name_of_its_own(capsys: Output) -> None:
    text = SIX.replace("LIMITS", "requests_per_minute: 6060").replace("6)", "1)")
    given = ("--latency", "0s", "--failure", "50% 429", "--runs", "20")
    one = only(capsys, text, *given)
    assert one["statuses"] == {"ok": 20}
    assert waits(one)["backoff.m"] == pytest.approx(one["time"], rel=0.01)
    assert one["bottleneck"] == "wait for backoff.m 100%"


def test_tokens_in_use_are_counted(capsys: Output) -> None:
    text = SIX.replace("LIMITS", "tokens_per_minute: 60600")
    one = only(capsys, text, "--latency", "0s", "--runs", "1")
    # 6 calls of 256 tokens, of those of a minute.
    share = round(6 * 256 / 60600, 4)
    found = one["limits"]["tokens.m"]
    assert (found["most"], found["in_use"]) == (60600, share)


def test_a_sweep_varies_the_limits_of_a_local_model(capsys: Output) -> None:
    text = SIX.replace("LIMITS", "requests_per_minute: 60, concurrent_requests: 1")
    local = text.replace('openai\n    api_key: env("KEY")\n    model: x', "local")
    both = ("--sweep", "rate.m=60,none", "--sweep", "concurrent.m=1,none")
    found = report(capsys, local, "--latency", "100ms", "--runs", "1", *both)
    times = [one["time"] for one in found["configurations"]]
    assert times == [5.15, 5.15, 0.6, 0.1]


def test_a_rate_that_has_no_room_before_the_deadline_is_simulated(
    capsys: Output,
) -> None:
    text = SIX.replace("LIMITS", "requests_per_minute: 60")
    text = text.replace("chain six:\n", "chain six:\n    timeout: 3s\n")
    one = only(capsys, text, "--latency", "1s", "--runs", "2")
    assert one["statuses"] == {"error": 2}
    assert "no room for it before the run's deadline" in next(iter(one["errors"]))
    assert capsys.readouterr().err == ""


def path_of(one: dict[str, Any]) -> dict[str, float]:
    return {part["part"]: part["seconds"] for part in one["critical_path"]}


CUT = """\
chain one:
    within r: 3s:
        step q: {target: f}
        step late: {target: f}
    ELSE
    step z: {target: f}
"""


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("else:\n        step e: {target: f}", {"q": 3.0, "e": 1.0, "z": 1.0}),
        ("", {"q": 3.0}),
    ],
)
def test_what_a_deadline_cuts_off_is_on_the_critical_path(
    capsys: Output, other: str, expected: dict[str, float]
) -> None:
    text = CUT.replace("ELSE", other)
    given = ("--latency", "q=4s", "--latency", "1s", "--runs", "1")
    one = only(capsys, text, *given)
    assert one["statuses"] == {"ok" if other else "error": 1}
    assert path_of(one) == {f"step {name}": took for name, took in expected.items()}


def test_the_winner_of_a_race_is_on_the_critical_path(capsys: Output) -> None:
    text = (
        "chain one:\n    race w:\n        step slow: {target: f}\n"
        "        step fast: {target: f}\n    step z: {target: f}\n"
    )
    given = ("--latency", "slow=4s", "--latency", "1s", "--runs", "1")
    assert path_of(only(capsys, text, *given)) == {"step fast": 1.0, "step z": 1.0}


def test_the_wait_for_items_is_named(root: Path, capsys: Output) -> None:
    text = (
        'chain one:\n    for o: m in stream("app.sources:mails"):\n'
        "        step q: {target: f}\n"
    )
    calls = "app.sources:mails: {latency: 2s, values: [1, 2, 3]}\nq: 500ms\n"
    (root / "calls.yaml").write_text(calls)
    one = only(capsys, text, "--calls", "calls.yaml", "--runs", "1")
    assert path_of(one) == {"items of app.sources:mails": 6.0, "step q": 1.5}
