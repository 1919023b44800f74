"""A few rounds of each campaign; `make soak` runs them for minutes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from random import Random

import pytest

from tests.soak.edited_specs import compare_edits
from tests.soak.findings import Findings
from tests.soak.fuzz_compiler import NamedModules, fuzz_compiler
from tests.soak.fuzz_runs import fuzz_runs
from tests.soak.fuzz_specs import fuzz_specs
from tests.soak.strain_builds import strain_builds
from tests.soak.strain_limits import strain_limits


@pytest.fixture
def named_modules() -> Iterator[None]:
    """Let the modules that random specs name be found."""
    with NamedModules():
        yield


@pytest.mark.usefixtures("named_modules")
def test_any_text_gives_a_module_or_diagnostics() -> None:
    findings = fuzz_compiler(100, seed=1)
    assert findings.count == 100
    assert not findings.kinds, str(findings)


@pytest.mark.usefixtures("named_modules")
def test_random_specs_build_to_sound_modules() -> None:
    findings, built = fuzz_specs(25, seed=1)
    assert built >= 5, "the specs are mostly rejected"
    assert not findings.kinds, str(findings)


def test_random_chains_run_as_the_interpreter_runs_them() -> None:
    findings = fuzz_runs(20, seed=1)
    assert not findings.kinds, str(findings)


def test_what_is_kept_of_an_edited_text_tells_what_a_fresh_look_does() -> None:
    assert list(compare_edits(25, Random(1))) == []


def test_no_module_of_a_campaign_is_left_in_the_process() -> None:
    before = list(sys.modules)
    with NamedModules():
        module = import_module("app.texts")
        assert module.shorten("x") is None
        assert not hasattr(module, "__file__")
    assert list(sys.modules) == before


def test_the_limit_on_model_calls_holds() -> None:
    findings = strain_limits(500, seed=1)
    assert not findings.kinds, str(findings)


def test_builds_that_are_broken_leave_whole_modules() -> None:
    findings = strain_builds(1, seed=1)
    assert not findings.kinds, str(findings)


def test_a_finding_keeps_the_input_that_shows_it() -> None:
    findings = Findings()
    for _ in range(5):
        findings.add("hang", "in parse", "chain c:\ud800")
    assert findings.kinds["hang"] == 5
    assert str(findings).count("in parse") == 3
