"""What states keep and give back in corners: ends of bodies, JSON, keys, addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from n3gen.templates.runtime.run.people import Signal

from tests.behaviour.test_states import ran, result
from tests.building import build, process_is_fresh
from tests.clock import run


@pytest.fixture(autouse=True)
def fixture_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_STATE", raising=False)
    with process_is_fresh():
        yield


LAST = """
    state counter: int = 0
    chain inner:
        step more: {state: counter, update: "{{ value + 1 }}"}
    chain c:
        step first: {state: counter, update: "{{ value + 1 }}"}
        do body:
            step second: {state: counter, update: "{{ value + 1 }}"}
            finally:
                step third: {state: counter, update: "{{ value + 10 }}"}
                step called: {kind: chain, target: inner}
        result: "{{ state.counter }}"
"""

LAST_YAML = """
    states: {counter: int = 0}
    chains:
      inner:
        steps: [{name: more, state: counter, update: "{{ value + 1 }}"}]
      c:
        steps:
          - {name: first, state: counter, update: "{{ value + 1 }}"}
          - name: body
            do:
              - {name: second, state: counter, update: "{{ value + 1 }}"}
              - finally:
                  - {name: third, state: counter, update: "{{ value + 10 }}"}
                  - {name: called, kind: chain, target: inner}
        result: "{{ state.counter }}"
"""


@pytest.mark.parametrize(
    ("text", "path"), [(LAST, "specs/x.ai"), (LAST_YAML, "specs/x.yaml")]
)
def test_what_runs_last_has_the_states_of_its_run(text: str, path: str) -> None:
    assert result(build(text, path), "c") == 13


def test_a_loop_is_reported_as_exhausted_once_though_it_runs_last_too() -> None:
    module = build("""
        chain rounds:
            while tries: true max 2:
                step one: {value: 1}
        chain c:
            step first: {kind: chain, target: rounds}
            finally:
                step last: {kind: chain, target: rounds}
    """)

    async def main() -> int:
        events = [event async for event in module.stream_chain("c")]
        return sum(event["event"] == "loop_exhausted" for event in events)

    assert run(main()) == 1


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
@pytest.mark.parametrize("change", ["set", "update", "append"])
def test_a_change_may_read_when_the_run_began(scope: str, change: str) -> None:
    kind = "list[any]" if change == "append" else "any = none"
    module = build(f"""
        state seen: {kind}
            scope: {scope}
        chain c:
            step see: {{state: seen, {change}: "{{{{ now().year }}}}"}}
            result: "{{{{ see }}}}"
    """)
    assert result(module, "c") == ([2000] if change == "append" else 2000)


KEPT = """
    state kept: TYPE
        scope: SCOPE
    chain c:
        step put: {state: kept, key: "{{ payload.key }}", set: 1}
        step more: {state: kept, key: "{{ payload.key }}", update: "{{ value + 1 }}"}
        step all: {state: kept}
        result: "{{ [put, more, all] }}"
    chain forget:
        step gone: {state: kept, key: "{{ payload.key }}", delete: true}
        step all: {state: kept}
        result: "{{ [gone, all] }}"
"""


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
@pytest.mark.parametrize("key", [3, "3"])
def test_whole_numbers_as_keys_are_found_again(scope: str, key: int | str) -> None:
    module = build(KEPT.replace("SCOPE", scope).replace("TYPE", "dict[int, int]"))
    assert result(module, "c", {"key": key}) == [1, 2, {3: 2}]
    assert result(module, "forget", {"key": key}) == [None, {}]


@pytest.mark.parametrize("scope", ["process", "stored"])
def test_a_key_of_any_mapping_is_found_again(scope: str) -> None:
    module = build(KEPT.replace("SCOPE", scope).replace("TYPE", "any = {}"))
    put, more, all_ = result(module, "c", {"key": 3})
    assert (put, more) == (1, 2)
    assert all_ in ({3: 2}, {"3": 2})
    assert result(module, "forget", {"key": 3}) == [None, {}]


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
def test_a_key_that_is_none_is_a_fault_of_the_spec(scope: str) -> None:
    module = build(KEPT.replace("SCOPE", scope).replace("TYPE", "dict[str, int]"))
    record = ran(module, "c", {"key": ["a"]})
    assert "`key` must be a text or a number, not list" in record["error"]


@pytest.mark.parametrize("given", [{"1": "a"}, {1: "a"}])
def test_an_input_may_have_whole_numbers_as_keys(given: dict[Any, str]) -> None:
    module = build("""
        chain c:
            input: {names: "dict[int, str]"}
            result: "{{ payload.names }}"
            step one: {value: 1}
    """)
    assert result(module, "c", {"names": given}) == {1: "a"}
    record = ran(module, "c", {"names": {"1_0": "a"}})
    assert "`names.1_0` must be int" in record["error"]


def test_the_value_of_a_stored_change_is_what_is_read_next() -> None:
    module = build("""
        state kept: any = none
            scope: stored
        chain c:
            step put: {state: kept, set: "{{ {'at': now(), 'both': (1, 2)} }}"}
            step all: {state: kept}
            result: "{{ [put, all] }}"
    """)
    put, read = result(module, "c")
    assert put == read == {"at": "2000-01-01T00:00:00+00:00", "both": [1, 2]}


def test_a_stored_value_of_another_type_says_how_to_begin_anew() -> None:
    text = """
        state kept: TYPE
            scope: stored
        chain c:
            step put: {state: kept, set: "{{ payload }}"}
        chain anew:
            step reset: {state: kept, delete: true}
    """
    result(build(text.replace("TYPE", "int = 0")), "c", 5)
    module = build(text.replace("TYPE", "str = ''"))
    record = ran(module, "c", "a")
    assert (
        "`kept` must be str, not int: 5; a step with `delete: true`" in record["error"]
    )
    assert result(module, "anew") == ""
    assert result(module, "c", "a") == "a"


def test_half_of_a_surrogate_pair_is_not_stored() -> None:
    module = build("""
        state kept: str = ''
            scope: stored
        chain c:
            step put: {state: kept, set: "{{ payload }}"}
    """)
    assert "state `kept` cannot be stored" in ran(module, "c", "\ud800")["error"]


@pytest.mark.parametrize("address", ["mysql://db/x", "sqlite:///x.db"])
def test_an_address_of_something_else_is_no_file(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("N3GEN_STATE", address)
    module = build("""
        state kept: int = 0
            scope: stored
        chain c:
            step put: {state: kept, set: 1}
    """)
    assert "`N3GEN_STATE` is the path of a file, or" in ran(module, "c")["error"]
    assert not [*tmp_path.iterdir()]


def test_an_answer_whose_wait_is_cancelled_goes_to_the_next_that_waits() -> None:
    async def main() -> Any:
        signal = Signal("approval")
        first = asyncio.ensure_future(signal.take(None))
        second = asyncio.ensure_future(signal.take(None))
        await asyncio.sleep(0)
        await signal.put("yes", None)
        first.cancel()
        await asyncio.wait([first])
        return await second

    assert run(main()) == (None, "yes")


def test_a_default_that_nobody_can_prevent_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    module = build("""
        chain c:
            step one: {wait: answer, timeout: 1h, default: late}
    """)
    assert result(module, "c") == "late"
    told = "Nobody can answer 'answer' in this run: step 'one' waits for its default"
    assert told in caplog.text
