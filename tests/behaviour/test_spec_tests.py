"""Tests in specs: what mocks stand for, what is expected, and how long it takes."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from n3gen.project.config import find_config
from n3gen.project.errors import ProjectError
from n3gen.project.testing import CaseRun, Recordings, find_tests, run_tests

Outcomes = Callable[..., dict[str, CaseRun]]


@pytest.fixture
def outcomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outcomes:
    """Runs the tests of a spec, perhaps with functions beside it, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENABLE_PARALLEL_STEPS", raising=False)
    monkeypatch.delitem(sys.modules, "spec_functions", raising=False)
    # A file that is written twice in a second must not be taken from a cache.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def run(text: str, functions: str = "", **files: str) -> dict[str, CaseRun]:
        (tmp_path / "chains").mkdir(exist_ok=True)
        (tmp_path / "spec_functions.py").write_text(dedent(functions))
        for name, other in {"spec": text, **files}.items():
            (tmp_path / f"chains/{name}.ai").write_text(dedent(other))
        config = find_config()
        suite = find_tests(config)
        assert [problem.message for problem in suite.problems] == []
        runs = run_tests(config, suite.cases)
        return {run.case.test.name: run for run in runs}

    return run


def messages(run: CaseRun) -> list[str]:
    return [fault.message for fault in run.faults]


TRIAGE = """
    connection cloud:
        api: openai
        api_key: env("KEY_THAT_NOBODY_HAS")
        model: env("MODEL_THAT_NOBODY_HAS")
    type Mood:
        label: str
        score: float
    chain c:
        result: ["{{ mood.label }}", "{{ answer }}", "{{ given }}"]
        step mood:
            prompt: "The mood of {{ payload }}?"
            output: Mood
            retry: {max: 2, jitter: false, delay: 1s}
        step answer:
            prompt: "Answer {{ payload }}, {{ mood.score }}"
            timeout: 10s
        step given:
            target: writer
            options: {text: "{{ answer }}"}
    """


def test_mocks_stand_for_models_and_connectors(outcomes: Outcomes) -> None:
    run = outcomes(TRIAGE + """
    test happy of c:
        payload: hello
        mock:
            mood: {label: glad, score: 1}
            answer: {delay: 2s, value: "Good day"}
            given: [1, 2]
        expect:
            result: [glad, Good day, [1, 2]]
            elapsed_above: 1999ms
            elapsed_below: 2001ms
    """)["happy"]
    assert messages(run) == []
    assert run.elapsed == 2.0
    assert run.real < 2


def test_what_is_not_as_expected_is_told_at_its_place(outcomes: Outcomes) -> None:
    run = outcomes(TRIAGE + """
    test unhappy of c:
        payload: hello
        mock:
            mood: {label: glad, score: 1}
            answer: {delay: 1500ms, value: "Good day"}
            given: [1, {x: true, y: 1}]
        expect:
            result: [sad, Good day, [1, {x: 1, z: 1}]]
            elapsed_below: 1500ms
            elapsed_above: 1h
            steps:
                mood: error
                answer: {attempts: 2, result: Bye, cached: true, error: no}
    """)["unhappy"]
    assert messages(run) == [
        '`result[0]` is "glad", not "sad"',
        "`result[2][1].x` is true, not 1",
        "`result[2][1]` has no `z`",
        "`result[2][1]` also has `y`: 1",
        "the run took 1.5 s, which is not below 1.5 s",
        "the run took 1.5 s, which is not above 1 h",
        "step `mood` is `ok`, not `error`",
        "step `answer` had 1 attempt, not 2",
        "the result of step `answer` did not come out of a cache",
        "step `answer` is `ok`, and an error was expected",
        '`answer.result` is "Good day", not "Bye"',
    ]
    labels = [run.case.label(fault) for fault in run.faults]
    marked = [label.file.text[label.span.start : label.span.end] for label in labels]
    assert marked[:3] == ["sad", "1", "1"]
    assert marked[4:] == ["1500ms", "1h", "error", "2", "true", "no", "Bye"]


def test_errors_are_tried_again_as_real_ones(outcomes: Outcomes) -> None:
    runs = outcomes(TRIAGE + """
    test again of c:
        payload: hello
        mock:
            mood: {error: 503, times: 2, value: {label: glad, score: 1}}
            answer: fine
            given: fine
        expect:
            elapsed_above: 2999ms
            elapsed_below: 3001ms
            steps: {mood: {status: ok, attempts: 3}}
    test too_often of c:
        payload: hello
        mock: {mood: {error: timeout}}
        expect:
            error: "ModelError: timeout"
            steps: {mood: {status: error, attempts: 3}, given: pending}
    test not_again of c:
        payload: hello
        mock: {mood: {error: 401}}
        expect:
            status: error
            error: 401
            steps: {mood: {attempts: 1}}
    test invalid of c:
        payload: hello
        mock: {mood: {label: glad}}
        expect:
            error: "score: Field required"
            steps: {mood: {attempts: 3}}
    test hanging of c:
        payload: hello
        mock: {mood: {label: glad, score: 1}, answer: {delay: 2h}}
        expect:
            error: timed out after 10 seconds
            elapsed_below: 11s
            steps: {answer: timeout}
    """)
    assert {name: messages(run) for name, run in runs.items()} == {
        "again": [],
        "too_often": [],
        "not_again": [],
        "invalid": [],
        "hanging": [],
    }


def test_a_mocked_call_goes_through_rate_limits_and_fallbacks(
    outcomes: Outcomes,
) -> None:
    runs = outcomes("""
    connection cloud:
        api: openai
        model: m
        rate_limit: {concurrent_requests: 1}
    connector other:
        connection: cloud
        prompt: "Again: {{ payload }}"
    chain c:
        step a:
            prompt: "{{ payload }}"
            parallel: true
        step b:
            prompt: "{{ payload }}"
            parallel: true
            fallback: other
        step both:
            value: ["{{ a }}", "{{ b }}"]
    test in_line of c:
        payload: hello
        parallel: true
        mock: {a: {delay: 2s, value: one}, b: {delay: 3s, value: two}}
        expect: {result: [one, two], elapsed_above: 4999ms, elapsed_below: 5001ms}
    test stood_in_for of c:
        payload: hello
        mock: {a: one, b: {error: 503, times: 1, value: two}}
        expect: {result: [one, two], steps: {b: {attempts: 2}}}
    """)
    assert [messages(run) for run in runs.values()] == [[], []]


def test_two_hours_take_no_time(outcomes: Outcomes) -> None:
    started = time.monotonic()
    run = outcomes("""
    chain c:
        timeout: 4h
        step slow:
            target: slow
    test slow of c:
        mock: {slow: {delay: 2h, value: done}}
        expect: {result: done}
    """)["slow"]
    assert messages(run) == []
    assert run.elapsed == 7200
    assert time.monotonic() - started < 10


def test_a_test_says_whether_steps_run_together(outcomes: Outcomes) -> None:
    text = """
    chain c:
        step a:
            target: x
            parallel: true
        step b:
            target: x
            parallel: true
        step both:
            value: ["{{ a }}", "{{ b }}"]
    test together of c:
        parallel: true
        mock: {a: {delay: 2s}, b: {delay: 3s}}
    test in_line of c:
        parallel: false
        mock: {a: {delay: 2s}, b: {delay: 3s}}
    """
    runs = outcomes(text)
    assert [run.elapsed for run in runs.values()] == [3.0, 5.0]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ('prompt: "hello"', "asks connection `cloud`: add it to `mock`, or run with"),
        ('url: "https://example.org"', "makes a request: add it to `mock`, or run"),
        ("target: writer", "calls `writer`, which is given at run time: add it to"),
        (
            "{kind: python, target: writer, with: {a: 1}}",
            "calls `writer`, which is given at run time: add it to `mock`",
        ),
    ],
)
def test_what_is_not_mocked_fails_the_test(
    outcomes: Outcomes, step: str, told: str
) -> None:
    body = step if step.startswith("{") else "{" + step + ", retry: 3}"
    run = outcomes(f"""
    connection cloud:
        api: openai
        model: m
    chain c:
        step hello: {body}
    chain d:
        step other:
            prompt: x
    test fails of c:
        expect: {{status: error}}
    """)["fails"]
    (message,) = messages(run)
    assert message.startswith(f"step `hello` {told}")
    assert run.elapsed == 0


def test_functions_and_local_models_need_no_mock(outcomes: Outcomes) -> None:
    runs = outcomes(
        """
        connection near:
            api: local
            latency: 3s
            answers:
                - answer: yes
        chain c:
            step asked:
                prompt: "{{ payload }}"
            step doubled:
                kind: python
                target: spec_functions.double
                with: {text: "{{ asked }}"}
        test real of c:
            payload: hello
            expect: {result: yesyes}
        test mocked of c:
            payload: hello
            mock: {asked: no, doubled: {delay: 1s, value: nono}}
            expect: {result: nono}
        """,
        """
        def double(text):
            print("not a part of the report")
            return 2 * text
        """,
    )
    assert {name: messages(run) for name, run in runs.items()} == {
        "real": [],
        "mocked": [],
    }
    assert [run.elapsed for run in runs.values()] == [3.0, 1.0]


LOOPS = """
    chain c:
        for docs: doc in payload.docs:
            step sorted:
                target: sorter
                options: {doc: "{{ doc }}"}
            while drafts: sorted != "b" and run.id max 2:
                step draft:
                    target: writer
        result: "{{ docs }}"
    """


def test_a_mock_may_be_for_one_round(outcomes: Outcomes) -> None:
    run = outcomes(LOOPS + """
    test rounds of c:
        payload: {docs: [x, y]}
        mock:
            sorted: a
            docs[1].sorted: b
            draft: {delay: 1s, value: any}
            drafts[1].draft: second
        expect:
            result: [second, null]
            elapsed_below: 1500ms
            steps:
                docs[0].drafts[0].draft: {result: any}
                docs[0].draft: ok
                docs[1].draft: pending
    """)["rounds"]
    assert messages(run) == []


def test_steps_that_no_round_came_to(outcomes: Outcomes) -> None:
    run = outcomes(LOOPS + """
    test empty of c:
        payload: {docs: []}
        expect:
            result: []
            steps: {sorted: skipped, docs[0].sorted: ok}
    """)["empty"]
    assert messages(run) == ["step `docs[0].sorted` never started"]


CALLS = """
    chain inner:
        input:
            text: str
        step page:
            target: fetch
        for parts: part in [1, 2]:
            step read:
                target: reader
        result: ["{{ page }}", "{{ parts }}"]
    chain c:
        for docs: doc in payload.docs:
            step call:
                kind: chain
                target: inner
                payload: {text: "{{ doc }}"}
        result: "{{ docs }}"
    """


def test_a_chain_that_a_step_runs_is_mocked_as_a_whole(outcomes: Outcomes) -> None:
    runs = outcomes(CALLS + """
    test whole of c:
        payload: {docs: [a, b]}
        mock:
            call: {x: 1}
            docs[1].call: {delay: 1s, value: {x: 2}}
        expect:
            result: [{x: 1}, {x: 2}]
            steps: {call: ok, call.page: pending}
            elapsed_below: 1001ms
    test slow of c:
        payload: {docs: [a, b]}
        mock: {docs[0].call: 1, call: {delay: 1h}}
        expect:
            status: timeout
            steps: {docs[0].call: ok, docs[1].call: cancelled}
    test broken of c:
        payload: {docs: [a]}
        mock: {call: {error: boom}}
        expect: {error: "Step 'docs[0].call' failed: MockError: boom"}
    test wrong_payload of c:
        payload: {docs: [1]}
        mock: {call: {x: 1}}
        expect: {error: "`text` must be"}
    """)
    assert {name: messages(run) for name, run in runs.items()} == {
        "whole": [],
        "slow": [],
        "broken": [],
        "wrong_payload": [],
    }


def test_steps_of_a_chain_that_a_step_runs(outcomes: Outcomes) -> None:
    run = outcomes(CALLS + """
    test inside of c:
        payload: {docs: [a, b]}
        mock:
            call.page: p
            call.read: r
            docs[1].call.parts[0].read: rr
        expect:
            result: [[p, [r, r]], [p, [rr, r]]]
            steps: {call.parts[1].read: {result: r}}
    """)["inside"]
    assert messages(run) == []


def test_tests_of_chains_in_other_files(outcomes: Outcomes) -> None:
    runs = outcomes(
        """
        use other
        test here of far:
            mock: {a: 1}
            expect: {result: 1}
        """,
        other="""
        chain far:
            step a:
                target: x
        test there of far:
            mock: {a: 2}
            expect: {result: 1}
        """,
    )
    assert {name: messages(run) for name, run in runs.items()} == {
        "there": ["`result` is 2, not 1"],
        "here": [],
    }


def test_one_test_sees_nothing_of_another(outcomes: Outcomes) -> None:
    runs = outcomes("""
    chain c:
        step a:
            target: x
            cache: 1h
        step again:
            value: "{{ a.pop() if false else a }}"
    test first of c:
        mock: {a: [1]}
        expect: {result: [1], steps: {a: {cached: false}}}
    test second of c:
        mock: {a: [2]}
        expect: {result: [2], steps: {a: {cached: false}}}
    """.replace("{{ a.pop() if false else a }}", "{{ a }}"))
    assert [messages(run) for run in runs.values()] == [[], []]


def test_no_cache_file_is_touched(outcomes: Outcomes, tmp_path: Path) -> None:
    runs = outcomes("""
    chain c:
        for two: n in [1, 2]:
            step a:
                target: x
                cache: {ttl: 1h, path: answers.db, key: same}
        result: "{{ two }}"
    test kept of c:
        mock: {a: 1}
        expect:
            result: [1, 1]
            steps: {two[0].a: {cached: false}, two[1].a: {cached: true}}
    """)
    assert messages(runs["kept"]) == []
    assert not (tmp_path / "answers.db").exists()


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (
            "async def work(ctx):\n    tasks.append(asyncio.ensure_future(asyncio.sleep(9)))",
            "the run ended, and not all that it began: left behind: task",
        ),
        (
            "async def work(ctx):\n    raise SystemExit(3)",
            "a step ended the program with exit code 3",
        ),
        (
            "def work(ctx):\n    raise SystemExit(3)",
            "the run ended `error`, not `ok`: Step 'a' failed: RuntimeError: the function"
            " raised SystemExit: 3",
        ),
        (
            "def work(ctx):\n    tasks.append(tasks)\n    return tasks",
            "the result is too deep, or holds itself",
        ),
        (
            "import nothing_of_this_name",
            "step `a` calls `spec_functions.work`, which cannot be imported"
            " (ModuleNotFoundError: No module named 'nothing_of_this_name' at ",
        ),
    ],
)
def test_runs_that_come_to_no_good_end(
    outcomes: Outcomes, function: str, told: str
) -> None:
    text = """
    chain c:
        step a:
            kind: python
            target: spec_functions.work
    test ends of c:
        expect: {result: 1}
    """
    (message,) = messages(
        outcomes(text, f"import asyncio\ntasks = []\n{function}")["ends"]
    )
    assert message.startswith(told)


def test_what_waits_for_ever_is_cut_off(outcomes: Outcomes) -> None:
    run = outcomes(
        """
        chain c:
            timeout: 2h
            step a:
                kind: python
                target: spec_functions.work
        test ends of c:
            expect: {status: timeout, steps: {a: cancelled}}
        """,
        """
        import asyncio
        async def work(ctx):
            await asyncio.Event().wait()
        """,
    )["ends"]
    assert messages(run) == []
    assert run.elapsed == 7200


def test_the_environment_stays_as_it_was(
    outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_RECORD", "somewhere")
    before, path, modules = dict(os.environ), [*sys.path], set(sys.modules)
    outcomes(TRIAGE + "\n    test t of c: {payload: x, mock: {mood: {error: boom}}}\n")
    assert dict(os.environ) == before
    assert sys.path == path
    assert not {name for name in set(sys.modules) - modules if "n3gen_t" in name}


class Numbers(BaseHTTPRequestHandler):
    """Answers with the number 1, and as a model with the word `one`."""

    def do_GET(self) -> None:
        self.answer({"n": 1})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": "one"}
        self.answer({"choices": [{"message": message, "finish_reason": "stop"}]})

    def answer(self, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def answering() -> Iterator[str]:
    """The address of a server, for a time."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Numbers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


RECORDED = """
    connection cloud:
        api: openai
        base_url: "ADDRESS/v1"
        api_key: env("KEY_OF_RECORDINGS")
        model: m
    chain c:
        step wait:
            target: waiter
        step page:
            url: "ADDRESS/page?n={{ payload }}"
        step word:
            prompt: "{{ page.body.n }}"
    test recorded of c:
        payload: 1
        mock: {wait: {delay: 50ms}}
        expect: {result: one}
    """


def test_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded over a real socket is replayed on the virtual clock, without it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY_OF_RECORDINGS", "canary-of-a-key")
    (tmp_path / "chains").mkdir()
    spec, kept = tmp_path / "chains/x.ai", tmp_path / "kept"
    with answering() as address:
        text = dedent(RECORDED).replace("ADDRESS", address)
        spec.write_text(text)
        assert faults_with(Recordings(record="kept")) == []
    monkeypatch.delenv("KEY_OF_RECORDINGS")
    assert len([*kept.iterdir()]) == 2
    assert not any("canary" in path.read_text() for path in kept.iterdir())
    assert faults_with(Recordings(replay="kept")) == []
    (message,) = faults_with(Recordings())
    assert message.startswith("step `page` makes a request: add it to `mock`")
    spec.write_text(text.replace("payload: 1", "payload: 2"))
    (message,) = faults_with(Recordings(replay="kept"))
    assert message.startswith(f"`{kept}` has no recording of GET {address}/page?n=2;")
    assert f'-"url": "{address}/page?n=1"' in message.replace("- ", "-")


UNSET = """
    connection cloud:
        api: openai
        base_url: env("BASE_OF_RECORDINGS")
        api_key: env("KEY_OF_RECORDINGS")
        query: {tok: env("TOKEN_OF_RECORDINGS")}
        model: m
        rate_limit: {requests_per_minute: 600}
    chain c:
        step page:
            url: "ADDRESS/page"
            query: {tok: "{{ env.KEY_OF_RECORDINGS }}"}
        step word:
            prompt: "{{ page.body.n }}"
    test recorded of c:
        expect: {result: one}
    """


def test_recordings_need_no_secrets_and_say_what_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY_OF_RECORDINGS", "canary-of-a-key")
    monkeypatch.setenv("TOKEN_OF_RECORDINGS", "canary-of-a-token")
    (tmp_path / "chains").mkdir()
    with answering() as address:
        monkeypatch.setenv("BASE_OF_RECORDINGS", f"{address}/v1")
        text = dedent(UNSET).replace("ADDRESS", address)
        (tmp_path / "chains/x.ai").write_text(text)
        assert faults_with(Recordings(record="kept")) == []
    kept = "".join(path.read_text() for path in (tmp_path / "kept").iterdir())
    assert "canary" not in kept
    assert kept.count("tok=***") == 2
    monkeypatch.delenv("TOKEN_OF_RECORDINGS")
    assert faults_with(Recordings(replay="kept")) == []
    # A secret that an expression reads may be any other one.
    monkeypatch.setenv("KEY_OF_RECORDINGS", "something else")
    assert faults_with(Recordings(replay="kept")) == []
    monkeypatch.delenv("KEY_OF_RECORDINGS")
    (message,) = faults_with(Recordings(replay="kept"))
    assert "the environment variable `KEY_OF_RECORDINGS` is not set" in message
    test = "test recorded of c:\n    env: {KEY_OF_RECORDINGS: of-no-account}"
    (tmp_path / "chains/x.ai").write_text(text.replace("test recorded of c:", test))
    assert faults_with(Recordings(replay="kept")) == []
    monkeypatch.delenv("BASE_OF_RECORDINGS")
    (message,) = faults_with(Recordings(replay="kept"))
    assert "the environment variable BASE_OF_RECORDINGS is not set" in message


def faults_with(recordings: Recordings) -> list[str]:
    config = find_config()
    is_recorded = bool(recordings.record or recordings.replay)
    suite = find_tests(config, recordings=is_recorded)
    (run,) = run_tests(config, suite.cases, recordings)
    return messages(run)


def test_a_missing_path_is_told(outcomes: Outcomes) -> None:
    outcomes("chain c:\n    step a: {value: 1}\n")
    with pytest.raises(ProjectError, match="no file or folder"):
        find_tests(find_config(), ["chains/y.ai"])


VARIABLES = """
    chain c:
        result: ["{{ who }}", "{{ found.body }}", "{{ called }}", "{{ base }}"]
        step who:
            value: "{{ env.REGION_OF_TESTS }}"
        step found:
            url: "https://{{ env.HOST_OF_TESTS }}:{{ env.PORT_OF_TESTS | int }}/x"
            headers: {authorization: "Bearer {{ env.KEY_OF_TESTS }}"}
        step base:
            url: "{{ env.HOST_OF_TESTS }}/x"
        step called:
            kind: python
            target: nowhere.to_be.found:work
            with: {key: "{{ env.KEY_OF_TESTS }}"}
    """


def test_mocked_steps_need_no_variables_and_no_function(
    outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REGION_OF_TESTS", "HOST_OF_TESTS", "KEY_OF_TESTS"):
        monkeypatch.delenv(name, raising=False)
    runs = outcomes(VARIABLES + """
    test given of c:
        env: {REGION_OF_TESTS: north}
        mock: {found: {body: 1}, base: {}, called: 2}
        expect: {result: [north, 1, 2, {}]}
    test unset of c:
        mock: {found: {body: 1}, base: {}, called: 2}
        expect: {status: error, error: "`REGION_OF_TESTS` is not set"}
    test unmocked of c:
        env: {REGION_OF_TESTS: north, KEY_OF_TESTS: k}
        mock: {found: {body: 1}, base: {}}
    """)
    assert messages(runs["given"]) == []
    assert messages(runs["unset"]) == []
    (told,) = messages(runs["unmocked"])
    assert told.startswith("step `called` calls `nowhere.to_be.found:work`, which")
    assert "REGION_OF_TESTS" not in os.environ
    assert "nowhere" not in sys.modules


def test_a_function_that_its_module_lacks_can_be_mocked(outcomes: Outcomes) -> None:
    text = """
    chain c:
        step a:
            kind: python
            target: spec_functions:Tools.work
        step b:
            kind: python
            target: spec_functions.real
    test t of c:
        mock: {a: 1}
        expect: {result: real}
    """
    functions = "async def real(ctx):\n    return 'real'"
    assert messages(outcomes(text, functions)["t"]) == []


IN_PROCESS = """
    type Mood:
        label: str
    connection model:
        api: local
    chain c:
        result: ["{{ ctx }}", "{{ items }}", "{{ later }}"]
        step mood:
            prompt: "?"
            connection: model
            output: Mood
        step ctx:
            kind: python
            target: spec_functions.told
            executor: process
        step items:
            kind: python
            target: spec_functions.items
            executor: process
        step later:
            kind: python
            target: spec_functions.later
            executor: process
            with: {mood: "{{ mood }}"}
    test t of c:
        payload: 1
        mock: {mood: {label: glad}}
        expect: {result: [[1, glad], [1, 2], glad]}
    """


def test_functions_of_every_kind_run_in_worker_processes(outcomes: Outcomes) -> None:
    functions = """
    def told(ctx):
        return [ctx.payload, ctx.results["mood"].label]
    def items(ctx):
        yield 1
        yield 2
    async def later(mood):
        return mood.label
    """
    assert messages(outcomes(IN_PROCESS, functions)["t"]) == []


KEYED = """
    chain c:
        result: "{{ docs }}"
        for docs: doc in payload parallel 2:
            key: doc.id
            on_error: continue
            result: "{{ label }}"
            step label:
                target: labeller
    """


def test_a_round_is_named_by_its_key(outcomes: Outcomes) -> None:
    runs = outcomes(KEYED + """
    test by_key of c:
        payload: [{id: a.b}, {id: "7"}]
        mock:
            label: plain
            docs[a.b].label: dotted
        expect:
            result: [dotted, plain]
            steps: {label: ok, "docs[7].label": {result: plain}}
    test no_such_round of c:
        payload: [{id: a}]
        mock: {label: plain}
        expect:
            steps: {"docs[b].label": ok}
    """)
    assert messages(runs["by_key"]) == []
    assert messages(runs["no_such_round"]) == ["step `docs[b].label` never started"]


def test_a_mock_of_a_round_that_never_ran_is_told(outcomes: Outcomes) -> None:
    runs = outcomes(KEYED + """
    chain numbered:
        for outer: i in range(2):
            for docs: doc in payload:
                step label: {target: labeller}
        while tries: (again | default(1)) < 1 max 3:
            step again: {target: labeller}
    test by_number of c:
        payload: [{id: a}, {id: b}]
        mock: {label: plain, "docs[0].label": first}
    test by_key of c:
        payload: [{id: "0"}, {id: b}]
        mock: {label: plain, "docs[0].label": first}
    test without_rounds of c:
        payload: []
        mock: {"docs[0].label": first}
    test too_far of numbered:
        payload: [a, b]
        mock:
            label: plain
            again: 1
            "outer[1].docs[1].label": last
            "outer[1].docs[2].label": first
            "outer[5].label": outside
            "tries[2].again": 2
    test failed of numbered:
        payload: [a, b]
        mock:
            label: {error: boom}
            "docs[4].label": first
        expect: {status: error}
    """)
    known = "rounds of `docs` are known by their keys, `docs[a]`, `docs[b]`"
    assert {name: messages(run) for name, run in runs.items()} == {
        "by_number": [f"no round `docs[0]` ran: {known}"],
        "by_key": [],
        "without_rounds": [],
        "too_far": [
            "no round `docs[2]` ran: the last one is `docs[1]`",
            "no round `outer[5]` ran: the last one is `outer[1]`",
        ],
        "failed": [],
    }


def test_what_is_said_of_a_step_holds_for_rounds_with_keys(outcomes: Outcomes) -> None:
    run = outcomes(KEYED + """
    test all_rounds of c:
        payload: [{id: a}, {id: b}]
        mock: {label: {error: boom}}
        expect:
            steps: {label: ok}
    """)["all_rounds"]
    assert len(messages(run)) == 2
