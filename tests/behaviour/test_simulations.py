"""Simulated load: exact where theory is exact, the same for the same seed."""

from __future__ import annotations

import gc
import json
import math
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

FIVE = "chain five:\n" + "".join(
    f"    step {name}:\n        target: work\n        parallel: true\n"
    for name in "abcde"
)
ONE = "chain one:\n    step a: {target: work}\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ENABLE_PARALLEL_STEPS", "MAX_CONCURRENT_LLM_CALLS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def report(capsys: Output, text: str, *options: str, code: int = 0) -> dict[str, Any]:
    """The report of a simulation of a spec, as data."""
    path = Path("x.yaml" if text.startswith("chains:") else "x.ai")
    path.write_text(text)
    capsys.readouterr()
    given = main(["simulate", str(path), *options, "--output-format", "json"])
    captured = capsys.readouterr()
    assert given == code, captured.err
    found: dict[str, Any] = json.loads(captured.out)
    return found


def only(capsys: Output, text: str, *options: str, code: int = 0) -> dict[str, Any]:
    """The only configuration of a simulation."""
    (found,) = report(capsys, text, *options, code=code)["configurations"]
    del found["real_seconds"]
    return dict(found)


def test_the_seeds_own_table(capsys: Output) -> None:
    found = report(
        capsys, FIVE, "--latency", "2s", "--runs", "1", "--sweep", "llm=1,2,5,10"
    )
    rows = found["configurations"]
    assert [row["settings"]["llm"] for row in rows] == [1, 2, 5, 10]
    assert [row["time"] for row in rows] == [10.0, 6.0, 2.0, 2.0]
    assert [row["sequential"] for row in rows] == [10.0] * 4
    assert [row["speed_up"] for row in rows] == [1.0, 1.667, 5.0, 5.0]


def test_runs_that_have_ended_leave_nothing_for_the_collector(capsys: Output) -> None:
    """Runs that keep themselves alive cost the time that it takes to find them."""
    only(capsys, ONE, "--latency", "1s", "--runs", "10")
    gc.collect()
    gc.disable()
    try:
        only(capsys, ONE, "--latency", "1s", "--runs", "10")
        few = gc.collect()
        only(capsys, ONE, "--latency", "1s", "--runs", "210")
        many = gc.collect()
    finally:
        gc.enable()
    assert many - few < 200


def test_a_thousand_steps_under_caps(capsys: Output) -> None:
    text = (
        "chain steps:\n    timeout: 1h\n    for x in range(1000) parallel 1000:\n"
        "        step a: {target: work}\n"
    )
    found = report(
        capsys, text, "--latency", "2s", "--runs", "1", "--sweep", "llm=10,50,100,none"
    )
    rows = found["configurations"]
    assert [row["time"] for row in rows] == [200.0, 40.0, 20.0, 2.0]
    assert [row["bottleneck"] for row in rows[:3]] == ["llm, 100% in use"] * 3


def test_a_limit_of_one_and_constant_times_wait_exactly(capsys: Output) -> None:
    one = only(
        capsys,
        ONE,
        "--latency",
        "1s",
        "--runs",
        "5",
        "--arrivals",
        "all",
        "--sweep",
        "llm=1",
    )
    assert one["time"] == 5.0
    wait = one["waits"]["llm"]
    assert (wait["count"], wait["mean"], wait["max"]) == (4, 2.5, 4.0)
    assert one["run"]["p50"] == 3.0
    assert one["limits"]["llm"]["in_use"] == 1.0
    assert one["steps"]["a"]["waits"] == {"llm": 10.0}


def test_arrivals_at_a_pace_wait_as_a_queue_with_one_server_does(
    capsys: Output,
) -> None:
    one = only(
        capsys,
        ONE,
        "--latency",
        "1s",
        "--runs",
        "4",
        "--arrivals",
        "every 500ms",
        "--sweep",
        "llm=1",
    )
    # They come at 0, 0.5, 1, 1.5 and are served from 0, 1, 2, 3.
    assert one["waits"]["llm"]["count"] == 3
    assert one["waits"]["llm"]["mean"] == pytest.approx((0.5 + 1 + 1.5) / 3)
    assert one["time"] == 4.0


def erlang_c(servers: int, load: float) -> float:
    """The share of arrivals that wait, in a queue with random arrivals and times."""
    terms = [load**n / math.factorial(n) for n in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("servers", "rate"), [(1, 6), (3, 24)])
def test_random_arrivals_wait_as_theory_says(
    servers: int, rate: int, capsys: Output
) -> None:
    runs, service = 20_000, 0.1
    one = only(
        capsys,
        ONE,
        "--latency",
        "exponential 100ms",
        "--runs",
        str(runs),
        "--arrivals",
        f"poisson {rate}/s",
        "--sweep",
        f"llm={servers}",
        "--seed",
        "1",
    )
    load = rate * service
    share = erlang_c(servers, load)
    mean = share * service / (servers - load)
    queued = one["steps"]["a"]["queued"]
    assert queued["mean"] == pytest.approx(mean, rel=0.12)
    assert one["waits"]["llm"]["count"] / runs == pytest.approx(share, rel=0.06)
    assert one["limits"]["llm"]["in_use"] == pytest.approx(load / servers, rel=0.03)


def test_the_same_seed_gives_the_same_figures(capsys: Output) -> None:
    options = ("--failure", "5% 503", "--arrivals", "poisson 9/s", "--runs", "50")
    first = report(capsys, FIVE, *options, "--seed", "7")
    again = report(capsys, FIVE, *options, "--seed", "7")
    other = report(capsys, FIVE, *options, "--seed", "8")
    for one in (first, again, other):
        del one["configurations"][0]["real_seconds"]
    assert first == again
    assert first["made_up_latencies"] != other["made_up_latencies"]


def test_every_configuration_has_the_same_calls(capsys: Output) -> None:
    found = report(
        capsys,
        FIVE,
        "--latency",
        "300ms p95 2s",
        "--runs",
        "40",
        "--sweep",
        "llm=1,2,3,4,5,none",
    )
    rows = found["configurations"]
    times = [row["time"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len({row["sequential"] for row in rows}) == 1
    assert times[0] == pytest.approx(rows[0]["sequential"])


def test_failures_are_retried_as_the_spec_says(capsys: Output) -> None:
    text = (
        "chain one:\n    step a:\n        target: work\n"
        "        retry: {max: 2, delay: 1s, backoff: constant, jitter: false}\n"
    )
    one = only(
        capsys, text, "--latency", "1s", "--failure", "a=100% 503", "--runs", "10"
    )
    step = one["steps"]["a"]
    assert (step["attempts"], step["failed"]) == (30, 10)
    assert one["statuses"] == {"error": 10}
    assert one["run"]["max"] == 5.0
    some = only(
        capsys, text, "--latency", "1s", "--failure", "a=30% 503", "--runs", "2000"
    )
    tries = some["steps"]["a"]["attempts"] / 2000
    assert tries == pytest.approx(1 + 0.3 + 0.09, rel=0.03)
    assert some["statuses"]["error"] / 2000 == pytest.approx(0.027, rel=0.3)


def test_a_failure_may_come_late(capsys: Output) -> None:
    one = only(
        capsys,
        ONE,
        "--latency",
        "1s",
        "--failure",
        "100% timeout after 30s",
        "--runs",
        "1",
    )
    assert one["time"] == 30.0


def test_timeouts_are_those_of_the_spec(capsys: Output) -> None:
    text = "chain one:\n    timeout: 5s\n    step a: {target: work}\n"
    one = only(
        capsys,
        text,
        "--latency",
        "2s",
        "--runs",
        "5",
        "--arrivals",
        "all",
        "--sweep",
        "llm=1",
    )
    assert one["statuses"] == {"ok": 2, "timeout": 3}
    assert one["time"] == 5.0
    # Of 22 s, 5 were work, the last second of which was cut off.
    assert {part["part"]: part["seconds"] * 5 for part in one["critical_path"]} == {
        "wait for llm": pytest.approx(16),
        "step a": pytest.approx(5),
    }


def test_it_takes_as_long_as_a_test_with_the_same_delays(capsys: Output) -> None:
    text = (
        FIVE
        + "    step f:\n        target: work\n        depends_on: [a, c]\n"
        + "\ntest t of five:\n    parallel: true\n    mock:\n"
        + "".join(
            f"        {name}: {{delay: {delay}ms, value: 1}}\n"
            for name, delay in zip("abcdef", (100, 250, 375, 40, 990, 333), strict=True)
        )
    )
    given = [
        f"--latency={name}={delay}ms"
        for name, delay in zip("abcdef", (100, 250, 375, 40, 990, 333), strict=True)
    ]
    one = only(capsys, text, *given, "--runs", "1")
    assert main(["test", "x.ai", "--json"]) == 0
    (test,) = json.loads(capsys.readouterr().out)["tests"]
    assert one["time"] * 1000 == test["elapsed_ms"] == 1323


EVERY_KIND = """\
connection openai:
    api: openai
    api_key: env("OPENAI_API_KEY")
    model: gpt-4o-mini
    rate_limit: {requests_per_minute: 606, concurrent_requests: 5}

connector writer:
    connection: openai
    prompt: "Write of {{ payload.text }}"
    fallback: spare

connector spare:
    connection: openai
    prompt: "Write of {{ payload.text }}"

type Mood:
    label: one of [calm, upset]
    certain: float
    reasons: "list[str]"
    since: date?

limit db: 2

chain inner:
    input: {text: str}
    step asked:
        prompt: "{{ payload.text }}"
    result: "{{ asked }}"

chain every:
    input:
        text: str
        pages: {type: int, min: 1, max: 3}
    step mood:
        prompt: "The mood of {{ payload.text }}"
        output: Mood
        retry: {max: 3}
        cache: {ttl: 1h}
    step page:
        url: "https://example.com/{{ payload.text }}"
        parallel: true
    step found:
        kind: python
        target: nowhere.at_all:find
        limit: db
        parallel: true
    step written:
        target: writer
        parallel: true
    step vector:
        embed: "{{ payload.text }}"
        connection: openai
        model: text-embedding-3-small
        parallel: true
    race first:
        stagger: 100ms
        step quick: {target: given}
        step slow: {target: other}
    for docs: number in range(payload.pages) parallel 2:
        key: number
        step classify:
            target: given
            limit: db
    for items: item in stream("nowhere.at_all:items") parallel 2:
        step one:
            target: given
    while tries: judged.score < 0.5 max 3:
        step judged: {target: judge}
    if mood.label == "calm":
        step calm: {wait: 1s}
    else:
        step upset:
            kind: chain
            target: inner
            payload: {text: "{{ mood.label }}"}
    within 1s:
        step late: {target: other}
    else:
        step instead: {value: none}
    result: "{{ tries }} {{ page.body }}"
    on_error as error:
        step excuse: {target: given}
    finally:
        step tidy: {target: given}

pipeline letters:
    stage split(text: str) -> list[str]:
        stream: true
        target: splitter
    stage shout(part: str) -> str:
        parallel: 3
        prompt: "{{ part }}"
    stage both(parts: list[str]) -> str:
        step joined: {value: "{{ parts | join }}"}
"""
STREAM = "nowhere.at_all:items: {latency: 50ms, values: [1, 2, 3]}\n"


@pytest.mark.parametrize("spelling", ["ai", "yaml"])
def test_whatever_calls_is_simulated(spelling: str, root: Path, capsys: Output) -> None:
    text = EVERY_KIND
    if spelling == "yaml":
        (root / "y.ai").write_text(text)
        assert main(["convert", "y.ai"]) == 0
        text = capsys.readouterr().out
        (root / "y.ai").unlink()
    path = root / f"every.{spelling}"
    path.write_text(text)
    (root / "calls.yaml").write_text(STREAM)
    options = [
        "--calls",
        "calls.yaml",
        "--output-format",
        "json",
        "--failure",
        "2% 503",
    ]
    for chain in ("every", "letters"):
        code = main(["simulate", path.name, chain, "--runs", "60", *options])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        (one,) = json.loads(captured.out)["configurations"]
        assert one["statuses"]["ok"] > 40
        assert sum(part["share"] for part in one["critical_path"]) == pytest.approx(
            1, abs=1e-3
        )


RECORDED = """\
connection openai:
    api: openai
    api_key: env("OPENAI_API_KEY")
    model: small
connection large:
    api: openai
    api_key: env("OPENAI_API_KEY")
    model: large

chain two:
    step a: {connection: openai, prompt: Hello}
    step b: {connection: large, prompt: Hello}
    step c: {url: "https://example.com/items/{{ a }}"}
"""


def recording(url: str, model: str | None, *answers: tuple[int, int]) -> str:
    """A file that a recording run has written: statuses and milliseconds."""
    asked = {} if model is None else {"json": {"model": model}}
    method = "GET" if model is None else "POST"
    told = [
        {"status": s, "elapsed_ms": ms, "headers": {}, "json": 1} for s, ms in answers
    ]
    return json.dumps({"method": method, "url": url, **asked, "answers": told})


def test_pictures_and_files_of_simulated_calls_are_not_read(capsys: Output) -> None:
    spec = """
connection llm: {api: openai, model: m, api_key: env("A_KEY_THAT_IS_NOT_SET")}
connector filed: {connection: llm, prompt: "hi", files: ["gone.pdf"]}
chain c:
    step a: {connection: llm, prompt: "hi", images: ["gone.png"]}
    step b: {target: filed}
    result: "{{ a }} {{ b }}"
"""
    found = only(capsys, spec, "--latency", "1s", "--runs", "2")
    assert found["statuses"] == {"ok": 2}
    assert found["time"] == 4.0


def test_latencies_and_failures_are_drawn_from_recordings(
    root: Path, capsys: Output
) -> None:
    chat = "https://api.openai.com/v1/chat/completions"
    folder = root / "recordings"
    folder.mkdir()
    small = recording(chat, "small", (200, 100), (200, 300), (503, 5), (200, 200))
    (folder / "a.json").write_text(small)
    (folder / "b.json").write_text(recording(chat, "large", (200, 2000)))
    (folder / "c.json").write_text(
        recording("https://example.com/items/7", None, (200, 50))
    )
    found = report(capsys, RECORDED, "--recorded", "recordings", "--runs", "1000")
    (one,) = found["configurations"]
    assert found["made_up_latencies"] == {}
    assert found["recorded"] == {
        "a": "4 answers of https://api.openai.com/v1",
        "b": "1 answer of https://api.openai.com/v1",
        "c": "1 answer of GET https://example.com",
    }
    assert one["steps"]["a"]["failed"] / 1000 == pytest.approx(0.25, abs=0.04)
    assert (one["steps"]["a"]["work"]["max"], one["steps"]["a"]["work"]["p50"]) == (
        0.3,
        0.2,
    )
    assert one["steps"]["b"]["work"]["mean"] == 2.0
    assert one["steps"]["c"]["work"]["mean"] == 0.05
    given = only(capsys, RECORDED, "--recorded", "recordings", "--latency", "large=1s")
    assert given["steps"]["b"]["work"]["mean"] == 1.0


def test_recordings_that_fit_no_call_are_said(root: Path, capsys: Output) -> None:
    (root / "kept").mkdir()
    other = recording("https://other.test/v1/chat/completions", "small", (200, 2))
    (root / "kept/a.json").write_text(other)
    connection = (
        "connection m:\n    api: openai\n    model: small\n"
        '    base_url: env("BASE")\n    api_key: env("KEY")\n'
    )
    text = connection + (
        "chain two:\n    step a: {prompt: Hello}\n    step f: {target: g}\n"
        '    step b: {url: "https://a.test/get", query: {tok: "{{ env.KEY }}"}}\n'
        '    step c: {url: "{{ env.BASE }}/get"}\n'
    )
    given = ("--recorded", "kept", "--runs", "2")
    found = report(capsys, text, *given)
    assert found["recorded"] == {
        "a": "none, as BASE is not set",
        "b": "none, as there is none of GET https://a.test",
        "c": "none, as its address is not known",
    }
    assert [*found["made_up_latencies"]] == ["a", "f", "b", "c"]
    assert main(["simulate", "x.ai", *given]) == 0
    told = "Latencies and failures from the recordings in `kept`:\n  a  none, as BASE"
    assert told in capsys.readouterr().out
    functions = "chain one:\n    step f: {target: g}\n"
    (root / "x.ai").write_text(functions)
    assert main(["simulate", "x.ai", *given]) == 0
    told = "`kept`:\n  none, as no call is one of a kind that is recorded\n"
    assert told in capsys.readouterr().out


def test_what_is_recorded_is_not_made_up(
    root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE", "https://a.test")
    monkeypatch.setenv("KEY", "very-secret")
    (root / "kept").mkdir()
    (root / "kept/b.json").write_text(recording("https://a.test/get", None, (200, 2)))
    text = (
        'chain one:\n    step b: {url: "{{ env.BASE }}/get", '
        'query: {tok: "{{ env.KEY }}"}}\n'
    )
    found = report(capsys, text, "--recorded", "kept", "--runs", "1")
    assert found["made_up_latencies"] == {}
    assert found["recorded"] == {"b": "1 answer of GET https://a.test"}
    monkeypatch.delenv("KEY")
    found = report(capsys, text, "--recorded", "kept", "--runs", "1")
    assert found["made_up_latencies"] == {}


def test_a_recording_without_times_says_how_to_get_them(
    root: Path, capsys: Output
) -> None:
    (root / "old").mkdir()
    (root / "old/a.json").write_text(
        json.dumps(
            {"method": "GET", "url": "https://a.de", "answers": [{"status": 200}]}
        )
    )
    (root / "x.ai").write_text(RECORDED)
    assert main(["simulate", "x.ai", "--recorded", "old"]) == 2
    assert capsys.readouterr().err.endswith(
        f"error: `{Path('old/a.json')}` does not say how long answers took, as it was "
        "recorded by an earlier version; record it again\n"
    )


def test_a_rate_is_kept_to_and_named(capsys: Output) -> None:
    text = (
        'connection openai:\n    api: openai\n    api_key: env("OPENAI_API_KEY")\n'
        "    model: m\n    rate_limit: {requests_per_minute: 606}\n"
        "chain one:\n    step a: {prompt: Hello}\n"
    )
    found = report(
        capsys,
        text,
        "--latency",
        "50ms",
        "--runs",
        "101",
        "--arrivals",
        "all",
        "--sweep",
        "rate.openai=606,none",
    )
    kept, free = found["configurations"]
    # One each 100 ms, the first at once.
    assert kept["time"] == pytest.approx(10.05)
    assert kept["bottleneck"].startswith("wait for rate.openai")
    assert kept["steps"]["a"]["waits"]["rate.openai"] == pytest.approx(505.0)
    assert "rate.openai" not in free["waits"]


def test_the_critical_path_adds_up_to_the_time_of_a_run(capsys: Output) -> None:
    text = (
        "chain one:\n    step a: {target: f, parallel: true}\n"
        "    step b: {target: f, parallel: true}\n    step pause: {wait: 3s}\n"
        "    step c: {target: f, retry: {max: 1, delay: 1s, jitter: false}}\n"
    )
    one = only(
        capsys,
        text,
        "--latency",
        "a=1s",
        "--latency",
        "b=2s",
        "--latency",
        "c=4s",
        "--runs",
        "1",
    )
    assert one["critical_path"] == [
        {"part": "step c", "share": 0.4444, "seconds": 4.0, "times": 1.0},
        {"part": "step pause", "share": 0.3333, "seconds": 3.0, "times": 1.0},
        {"part": "step b", "share": 0.2222, "seconds": 2.0, "times": 1.0},
    ]


def test_a_pool_that_is_too_small_is_named(capsys: Output) -> None:
    text = (
        "chain one:\n    for docs: doc in range(100) parallel 10:\n"
        "        step read: {target: reader}\n"
    )
    one = only(capsys, text, "--latency", "1s", "--runs", "1")
    assert one["time"] == 10.0
    assert one["bottleneck"] == "step read 100%, for doc parallel 10"


def test_parallel_steps_run_one_after_another_where_that_is_asked_for(
    capsys: Output,
) -> None:
    one = only(capsys, FIVE, "--latency", "2s", "--runs", "1", "--sequential")
    assert one["time"] == 10.0


def test_a_fallback_has_the_latency_of_what_it_asks(capsys: Output) -> None:
    text = (
        'connection quick: {api: openai, api_key: env("K"), model: m}\n'
        'connection slow: {api: openai, api_key: env("K"), model: m}\n'
        "connector first: {connection: quick, prompt: Hi, fallback: second}\n"
        "connector second: {connection: slow, prompt: Hi}\n"
        "chain one:\n    step a: {target: first}\n"
    )
    one = only(
        capsys,
        text,
        "--latency",
        "quick=1s",
        "--latency",
        "slow=5s",
        "--failure",
        "quick=100% 503",
        "--runs",
        "3",
    )
    assert one["statuses"] == {"ok": 3}
    assert one["run"]["max"] == 6.0
    assert one["steps"]["a"]["attempts"] == 6


PEOPLE = """
state seen: int = 0
    scope: stored
chain pay:
    step approve:
        wait: approval
        output: bool
        key: run.id
        timeout: 1h
        default: false
    step again: {wait: second, count: 2}
    step count: {state: seen, update: "{{ value + 1 }}"}
    result: "{{ [approve, again, count] }}"
"""

PEOPLE_YAML = """chains:
  pay:
    steps:
      - {name: approve, kind: wait, target: approval, output: bool, timeout: 1h, default: false}
      - {name: again, wait: second, count: 2}
      - {name: count, state: seen, update: "{{ value + 1 }}"}
    result: "{{ [approve, again, count] }}"
states: {seen: {type: int = 0, scope: stored}}
"""


@pytest.mark.parametrize("text", [PEOPLE, PEOPLE_YAML])
def test_people_answer_after_their_time(capsys: Output, text: str) -> None:
    found = only(
        capsys,
        text,
        *("pay", "--runs", "3"),
        *("--latency", "approval=10m", "--latency", "again=5m"),
    )
    assert found["statuses"] == {"ok": 3}
    assert found["run"]["p50"] == 20 * 60
    late = only(capsys, text, "pay", "--runs", "1", "--latency", "2h")
    assert late["run"]["p50"] == (1 + 2 + 2) * 3600


def test_times_of_people_are_made_up(capsys: Output) -> None:
    found = report(capsys, PEOPLE, "pay", "--runs", "1")
    assert set(found["made_up_latencies"]) == {"approve", "again"}


def test_stored_states_are_left_alone(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_STATE", str(tmp_path / "state.db"))
    only(capsys, PEOPLE, "pay", "--runs", "2", "--latency", "1s")
    assert not (tmp_path / "state.db").exists()


FED = """
channel orders: 2
chain work:
    for done: order in channel orders parallel 2:
        step one: {target: worker, options: {order: "{{ order }}"}}
    result: "{{ done | length }}"
"""


def test_a_channel_gets_the_items_that_are_given(capsys: Output) -> None:
    Path("calls.yaml").write_text(
        "orders: {values: [1, 2, 3], latency: 1s}\nworker: 10s\n"
    )
    found = only(capsys, FED, "work", "--runs", "1", "--calls", "calls.yaml")
    assert found["run"]["p50"] == 21
    assert found["steps"]["one"]["ran"] == 3


def test_a_channel_gets_the_items_of_a_test(capsys: Output) -> None:
    tested = "test t of work:\n    send: {orders: [1, 2]}\n    mock: {one: 1}\n"
    found = only(capsys, FED + tested, "work", "--runs", "1", "--latency", "1s")
    assert found["steps"]["one"]["ran"] == 2


def test_a_channel_that_nobody_feeds_is_said_once(capsys: Output) -> None:
    Path("x.ai").write_text(FED)
    assert main(["simulate", "x.ai", "work"]) == 2
    told = capsys.readouterr().err
    assert "the caller feeds the channel `orders`: give its items as `values`" in told


def test_a_batch_cannot_feed_a_channel(capsys: Output) -> None:
    Path("x.ai").write_text(FED)
    Path("rows.jsonl").write_text("{}\n")
    assert main(["batch", "x.ai", "work", "rows.jsonl", "--out", "out.jsonl"]) == 2
    assert "nobody can feed the channel `orders`" in capsys.readouterr().err
    assert not Path("out.jsonl").exists()


def test_a_run_that_fails_leaves_no_item_under_way(capsys: Output) -> None:
    Path("calls.yaml").write_text(
        "orders: {values: [1, 2, 3], latency: 10s}\nworker: {failure: 100% 500}\n"
    )
    found = only(capsys, FED, "work", "--runs", "2", "--calls", "calls.yaml")
    assert found["statuses"] == {"error": 2}
