"""What model calls remember, and states in the tests of specs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from n3gen.project.config import find_config
from n3gen.project.testing import find_tests, run_tests

from tests.behaviour.test_states import ran
from tests.building import build, process_is_fresh
from tests.clock import run

CHAT = """
    connection models:
        api: local
        latency: 1s
    state history: list[any]
        scope: SCOPE
        by: payload.user
        keep: 4
    chain chat:
        step reply:
            prompt: "{{ payload.text }}"
            remember: history
        result: "{{ state.history }}"
    """

CHAT_YAML = """
    connections:
      models: {api: local, latency: 1s}
    states:
      history: {type: "list[any]", scope: SCOPE, by: payload.user, keep: 4}
    chain: chat
    steps:
      - {name: reply, prompt: "{{ payload.text }}", remember: history}
    result: "{{ state.history }}"
    """


@pytest.fixture(autouse=True)
def fixture_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_STATE", raising=False)
    with process_is_fresh():
        yield


def said(*texts: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": role, "content": text} for text in texts for role in roles]


class Asked:
    """Notes the conversations that a module's models are asked to continue."""

    def __init__(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns: list[list[str]] = []
        send = module.LocalModel.send

        async def noted(connection: Any, request: Any, *rest: Any) -> Any:
            self.turns.append([turn.text for turn in request.messages])
            return await send(connection, request, *rest)

        monkeypatch.setattr(module.LocalModel, "send", noted)


@pytest.mark.parametrize("scope", ["process", "stored"])
@pytest.mark.parametrize(
    ("text", "path"), [(CHAT, "specs/x.ai"), (CHAT_YAML, "specs/x.yaml")]
)
def test_turns_go_before_the_prompt_and_are_kept(
    text: str, path: str, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = build(text.replace("SCOPE", scope), path)
    asked = Asked(module, monkeypatch)
    for number in (1, 2, 3):
        record = ran(module, "chat", {"user": "ada", "text": f"t{number}"})
    other = ran(module, "chat", {"user": "bob", "text": "mine"})
    assert record["result"] == said("t2", "t3")
    assert other["result"] == said("mine")
    assert asked.turns == [
        ["t1"],
        ["t1", "t1", "t2"],
        ["t1", "t1", "t2", "t2", "t3"],
        ["mine"],
    ]


def test_an_answer_whose_question_was_cut_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = build(CHAT.replace("SCOPE", "process").replace("keep: 4", "keep: 3"))
    asked = Asked(module, monkeypatch)
    for number in (1, 2, 3):
        ran(module, "chat", {"user": "ada", "text": f"t{number}"})
    assert asked.turns[2] == ["t2", "t2", "t3"]


FAILING = """
    connection models:
        api: local
    state history: list[any]
    connector first:
        prompt: "first {{ payload }}"
        fallback: second
        FAILS
    connector second:
        system: "Be brief."
        messages: [{role: user, content: "own"}]
        prompt: "second {{ payload }}"
    chain c:
        step one:
            target: first
            remember: history
        step two:
            target: second
            remember: history
        result: "{{ state.history }}"
    """


def test_fallbacks_remember_too(monkeypatch: pytest.MonkeyPatch) -> None:
    module = build(FAILING.replace("FAILS", "model: gone"))
    asked = Asked(module, monkeypatch)
    send = module.LocalModel.send

    async def failing(connection: Any, request: Any, *rest: Any) -> Any:
        if request.model == "gone":
            raise module.ModelError("gone")
        return await send(connection, request, *rest)

    monkeypatch.setattr(module.LocalModel, "send", failing)
    record = ran(module, "c", "x")
    assert asked.turns == [
        ["Be brief.", "own", "second x"],
        ["Be brief.", "first x", "second x", "own", "second x"],
    ]
    assert record["result"][0] == {"role": "user", "content": "first x"}
    assert len(record["result"]) == 4


def test_a_call_that_fails_or_is_cut_off_is_not_remembered() -> None:
    module = build(
        CHAT.replace("SCOPE", "process").replace("latency: 1s", "latency: 9s")
    )
    assert (
        ran(module, "chat", {"user": "a", "text": "t"}, timeout=5)["status"]
        == "timeout"
    )

    async def cancelled() -> None:
        task = asyncio.ensure_future(
            module.run_chain("chat", {"user": "a", "text": "t"})
        )
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancelled())
    record = ran(module, "chat", {"user": "a", "text": "last"})
    assert record["result"] == said("last")


def test_parallel_calls_are_remembered_as_pairs() -> None:
    module = build("""
        connection models:
            api: local
            latency: 1s
        state history: list[any]
        chain c:
            for n in [1, 2, 3] parallel 3:
                step ask:
                    prompt: "n{{ n }}"
                    remember: history
            result: "{{ state.history }}"
        """)
    turns = ran(module, "c")["result"]
    texts = [turn["content"] for turn in turns]
    pairs = zip(texts[::2], texts[1::2], strict=True)
    assert sorted(pairs) == [("n1", "n1"), ("n2", "n2"), ("n3", "n3")]


def test_typed_answers_are_remembered_as_json() -> None:
    module = build("""
        connection models:
            api: local
        type Mood:
            label: str
        state history: list[any]
        chain c:
            step ask:
                prompt: "mood?"
                output: Mood
                remember: history
            result: "{{ state.history }}"
        """)
    _, answer = ran(module, "c")["result"]
    assert answer["role"] == "assistant"
    assert answer["content"].startswith('{"label": ')


SPEC = """
    state visits: int = 0
        scope: stored
        by: payload.user
    state notes: list[str]
        scope: process
    chain visit:
        step count:
            state: visits
            update: "{{ value + 1 }}"
        step note:
            state: notes
            append: "{{ payload.user }}"
        result: ["{{ state.visits }}", "{{ state.notes }}"]

    test first of visit:
        payload: {user: ada}
        expect: {result: [1, [ada]]}
    test second of visit:
        payload: {user: ada}
        expect: {result: [1, [ada]]}
    test given of visit:
        payload: {user: ada}
        state: {visits: 41, notes: [bob]}
        expect: {result: [42, [bob, ada]], steps: {count: {result: 42}}}
    test rows of visit:
        rows: [{n: 1}, {n: 5}]
        payload: {user: "u{{ row.n }}"}
        state: {visits: "{{ row.n }}"}
        expect: {result: ["{{ row.n + 1 }}", ["u{{ row.n }}"]]}
    """


def test_each_test_begins_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_STATE", "real.db")
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(dedent(SPEC))
    config = find_config()
    suite = find_tests(config)
    assert [problem.message for problem in suite.problems] == []
    runs = {one.case.test.name: one for one in run_tests(config, suite.cases)}
    assert {name: [f.message for f in one.faults] for name, one in runs.items()} == {
        "first": [],
        "second": [],
        "given": [],
        "rows": [],
    }
    assert all(one.passed for one in runs.values())
    assert not Path("real.db").exists()


@pytest.mark.parametrize("cached", ["", "cache: 1h"])
def test_a_memory_that_fails_asks_no_model_again(
    cached: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = build(f"""
        connection models: {{api: local}}
        type Mood:
            label: str
        state history: list[any]
            scope: stored
        chain c:
            step ask:
                prompt: "mood?"
                output: Mood
                retry: {{max: 3, on: [connection, invalid_output]}}
                remember: history
                {cached}
        """)
    asked = Asked(module, monkeypatch)
    monkeypatch.setattr(module.StoredState, "change", failing_change)
    record = ran(module, "c")
    assert record["error"] == "Step 'ask' failed: ConnectionError: gone (specs/x.ai:8)"
    assert record["steps"][0]["attempts"] == 1
    assert len(asked.turns) == 1


async def failing_change(*_: Any) -> None:
    raise ConnectionError("gone")
