"""Which of several failures counts: the first in time, in every life of a run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from n3gen.compiler import Options

from tests.building import build
from tests.durable import work
from tests.durable.killing import killed_run, written_module

pytestmark = pytest.mark.large

# The first step to fail is not the first branch to do so, nor the first failure in the
# spec; each is kept, and the last step tells which one has counted.
CHAINS = {
    "branches": """
        chain c:
            do both:
                parallel:
                    do first:
                        step a: {kind: python, target: "work:do", options: {fails: A, takes: 0.1}}
                        finally:
                            step tidy: {kind: python, target: "work:do", options: {takes: 0.6}}
                    do second:
                        step b1: {kind: python, target: "work:do"}
                        step b: {kind: python, target: "work:do", options: {fails: B, takes: 0.3}}
                on_error as error:
                    step told: {kind: python, target: "work:do", options: {as: "told_{{ error.message | replace(' ', '_') }}"}}
            result: "{{ both }}"
        """,
    "rounds": """
        chain c:
            do all:
                for rounds: n in [1, 2, 3] parallel 3:
                    do work:
                        step a: {kind: python, target: "work:do", options: {takes: "{{ 0.1 * n }}", fails: "{{ n }}"}}
                        finally:
                            step tidy: {kind: python, target: "work:do", options: {takes: "{{ [1.5, 0.4, 0.01][n - 1] }}"}}
                on_error as error:
                    step told: {kind: python, target: "work:do", options: {as: "told_{{ error.message | replace(' ', '_') }}"}}
            result: "{{ all }}"
        """,
    "background": """
        chain c:
            do all:
                do beside:
                    background: true
                    step b1: {kind: python, target: "work:do"}
                    step b: {kind: python, target: "work:do", options: {fails: B, takes: 0.3}}
                do body:
                    step a: {kind: python, target: "work:do", options: {fails: A, takes: 0.1}}
                    finally:
                        step tidy: {kind: python, target: "work:do", options: {takes: 0.6}}
                on_error as error:
                    step told: {kind: python, target: "work:do", options: {as: "told_{{ error.message | replace(' ', '_') }}"}}
            result: "{{ all }}"
        """,
    "race": """
        chain c:
            do all:
                race winner:
                    step slow: {kind: python, target: "work:do", options: {fails: S, takes: 0.3}}
                    step quick: {kind: python, target: "work:do", options: {fails: Q, takes: 0.1}}
                on_error as error:
                    step told: {kind: python, target: "work:do", options: {as: "told_{{ error.message | replace(' ', '_') }}"}}
            result: "{{ all }}"
        """,
}

KEPT_BEFORE = {"branches": 4, "rounds": 6, "background": 4, "race": 2}
"""How many outcomes are kept before the step that tells of the failure."""


def told(folder: Path) -> list[str]:
    log = (folder / "log").read_text().splitlines()
    return [line for line in log if line.startswith("began told")]


@pytest.mark.parametrize("name", CHAINS)
def test_the_first_failure_in_time_counts_in_every_life(
    name: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "work", work)
    plain = build(CHAINS[name], options=Options(enable_parallel_steps=True))
    wanted = asyncio.run(plain.run_chain("c"))
    (first,) = told(tmp_path)
    (tmp_path / "log").unlink()
    written_module(tmp_path, CHAINS[name])
    kills = [(KEPT_BEFORE[name] + 1, "before"), (1, "before"), (1, "before")]
    found = killed_run(tmp_path, kills, environment={"N3GEN_RUNS": database})
    assert found.record["result"] == wanted["result"]
    assert told(tmp_path) == [first] * 4
