"""Records, usage and budgets of runs that were killed are those of runs that were not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.durable.killing import killed_run, written_module
from tests.durable.test_requests import CONNECTION, Recorder, fixture_provider

pytestmark = pytest.mark.large

__all__ = ["fixture_provider"]

INNER = """
    chain inner:
        input: {t: str}
        step m1: {prompt: "one {{ payload.t }}", connection: model}
        step no: {kind: python, target: "work:do", when: "{{ payload.t == 'z' }}"}
        step m2: {prompt: "two {{ m1 }}", connection: model}
        finally:
            step last: {kind: python, target: "work:do"}
    """

CHAINS = {
    "a called chain": """
        chain c:
            budget: {requests: 3}
            step a: {kind: chain, target: inner, payload: {t: x}}
            step k: {kind: python, target: "work:do"}
            step b: {prompt: "three {{ a }}", connection: model}
            step c: {prompt: "four {{ b }}", connection: model}
            result: "{{ k }} {{ c }}"
        """,
    "a loser and what was late": """
        chain c:
            budget: {requests: 4}
            race first:
                do lost:
                    step a: {kind: chain, target: inner, payload: {t: x}}
                    step never: {kind: python, target: "work:do", options: {takes: 60}}
                do won:
                    step wins: {kind: python, target: "work:do", options: {takes: 5}}
            within late: 4s:
                step m: {prompt: "m", connection: model}
                step cut: {kind: python, target: "work:do", options: {takes: 60}}
            else:
                step other: {kind: python, target: "work:do"}
            step b: {prompt: "{{ first }}", connection: model}
            step c: {prompt: "{{ b }}", connection: model}
            result: "{{ late }} {{ c }}"
        """,
    "a called chain that is tried again": """
        chain middle:
            step a: {kind: chain, target: inner, payload: {t: x}}
            step once: {kind: python, target: "work:once"}
            result: "{{ a }}"
        chain c:
            budget: {requests: 5}
            step tried: {kind: chain, target: middle, retry: {max: 1, delay: 10ms}}
            step b: {prompt: "three {{ tried }}", connection: model}
            step c: {prompt: "four {{ b }}", connection: model}
            result: "{{ c }}"
        """,
}

ONCE = """

def once(ctx):
    log("began once")
    if open("log").read().count("began once") == 1:
        raise ValueError("not yet")
"""


def told(record: dict[str, Any], *, in_order: bool = True) -> dict[str, Any]:
    """What is the same of a run whether or not its processes were killed."""
    parts = ("name", "path", "status", "error", "attempts", "requests", "version")
    steps = [tuple(step.get(part) for part in parts) for step in record["steps"]]
    return {
        "steps": steps if in_order else sorted(steps, key=str),
        "usage": record["metadata"]["usage"],
        "pending": record["metadata"]["pending"],
        "error": record["error"],
    }


@pytest.mark.parametrize("name", CHAINS)
def test_nothing_is_lost_of_what_ended_before_a_kill(
    name: str, tmp_path: Path, provider: Recorder
) -> None:
    spec = "".join(map(dedent, (CONNECTION, INNER, CHAINS[name])))
    written_module(tmp_path, spec)
    with (tmp_path / "work.py").open("a") as file:
        file.write(ONCE)
    environment = {"PROVIDER": provider.url, "KEY": "k"}

    def lived(kills: list[tuple[int, str]], run_id: str) -> dict[str, Any]:
        (tmp_path / "log").unlink(missing_ok=True)
        found = killed_run(tmp_path, kills, environment=environment, run_id=run_id)
        return told(found.record, in_order="race" not in spec)

    wanted = lived([], "plain")
    assert "budget of" in wanted["error"]
    assert wanted["usage"]["requests"] == int(CHAINS[name].split("requests: ")[1][0])
    asked = len(provider.asked)
    assert lived([(1, "after")] * 12, "killed") == wanted
    assert len(provider.asked) == 2 * asked


LATE = """
    chain c:
        within late: 400ms:
            step quick: {kind: python, target: "work:do"}
            step slow: {kind: python, target: "work:do", options: {takes: 60}}
            finally:
                step tidy: {kind: python, target: "work:do", options: {takes: 0.1}}
        else:
            step other: {kind: python, target: "work:do"}
        result: "{{ late }}"
    """

TOO_LATE = """
    chain c:
        timeout: 600ms
        step quick: {kind: python, target: "work:do"}
        step slow: {kind: python, target: "work:do", options: {takes: 60}}
        finally:
            step tidy: {kind: python, target: "work:do", options: {takes: 0.1}}
    """


@pytest.mark.parametrize("spec", [LATE, TOO_LATE])
@pytest.mark.parametrize("kill_at", [1, 2, 3])
def test_what_a_deadline_has_cut_off_does_not_begin_again(
    spec: str, kill_at: int, tmp_path: Path
) -> None:
    """Nor does it where the deadline has passed between two lives."""
    written_module(tmp_path, spec)
    # Behind the first step, the one that is cut off, and what runs last.
    found = killed_run(tmp_path, [(kill_at, "after")])
    steps = {step["name"]: step["status"] for step in found.record["steps"]}
    assert steps == {
        "quick": "ok",
        "slow": "cancelled",
        "tidy": "ok",
        **({"other": "ok"} if spec == LATE else {}),
    }
    assert found.log.count("began slow") == (kill_at > 1)
    assert found.log.count("began tidy") == 1
    wanted = ("ok", "other") if spec == LATE else ("timeout", None)
    assert (found.record["status"], found.record["result"]) == wanted
