"""Traces: what is made of records and events, and the numbers of runs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from n3gen.compiler import compile_file
from n3gen.semantics.taken_permits import taken_permits
from n3gen.source import SourceFile
from n3gen.traces.compare import compared, step_rows
from n3gen.traces.model import LimitUses, Trace
from n3gen.traces.read import NoTrace, TraceNotes, trace_of
from n3gen.traces.render import trace_json, trace_svg, trace_text

from tests.pictures.ran import RETRIES, cut_short, digest, large, record, step


def critical(trace: Trace) -> list[str]:
    return [span.path for span in trace.critical_path]


def test_tries_and_pauses_come_from_events() -> None:
    span = trace_of(digest(), RETRIES).spans[2]
    parts = [tuple(part) for part in span.parts]
    assert parts == [
        ("queued", 400, 600),
        ("work", 600, 1200),
        ("sleep", 1200, 1500),
        ("work", 1500, 2100),
    ]
    assert [part.kind for part in trace_of(digest()).spans[2].parts] == [
        "queued",
        "work",
    ]


def test_a_pause_that_is_cut_off_ends_with_its_step() -> None:
    run = record("c", step("a", 0, 500, status="cancelled", attempts=2))
    retry = {"step": "a", "time_ms": 300, "delay_ms": 5000, "error": "x"}
    parts = [tuple(part) for part in trace_of(run, [retry]).spans[0].parts]
    assert parts == [("work", 0, 300), ("sleep", 300, 500)]


def test_lanes_hold_no_two_steps_at_once() -> None:
    trace = trace_of(large(2000))
    assert trace.lanes <= 60
    by_lane: dict[int, list[tuple[float, float]]] = {}
    for span in sorted(trace.spans, key=lambda span: span.start):
        by_lane.setdefault(span.lane, []).append((span.start, span.end))
    for spans in by_lane.values():
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_the_critical_path_is_what_ended_last_before_the_next() -> None:
    assert critical(trace_of(digest())) == ["fetch", "docs[1].classify", "summary"]
    run = record(
        "c",
        *(step("a", 0, 100), step("b", 0, 300), step("c", 100, 500)),
        *(step("d", 300, 250), step("e", 601, 10), step("f", 611, 0)),
    )
    assert critical(trace_of(run)) == ["a", "c", "e", "f"]


def test_a_critical_path_is_no_longer_than_its_run() -> None:
    run = record("c", step("a", 0, 101), step("b", 100, 101), step("c", 200, 100))
    rows = {row.name: row.values[0] for row in compared([trace_of(run)])}
    assert critical(trace_of(run)) == ["a", "b", "c"]
    assert rows["critical path"] == rows["time"] == "300 ms"
    rows = {row.name: row.values[0] for row in compared([trace_of(large(3000))])}
    assert rows["critical path"] == rows["time"]


def test_steps_around_others_are_not_on_the_critical_path() -> None:
    run = record(
        "c",
        *(step("call", 0, 300), step("x", 0, 100, path="call.x")),
        step("y", 100, 200, path="call.y"),
    )
    trace = trace_of(run)
    assert critical(trace) == ["call.x", "call.y"]
    assert trace.spans[0].outer
    assert [one.highest for one in trace.series if one.name == "at work"] == [1]


def test_steps_that_take_no_time_are_no_circle() -> None:
    run = record("c", *(step(f"s{i}", 0, 0) for i in range(5)))
    assert critical(trace_of(run)) == ["s0", "s1", "s2", "s3", "s4"]


def test_permits_in_use_over_time() -> None:
    limits = {"llm": LimitUses(2, {"classify": 1, "summary": 1})}
    trace = trace_of(digest(), RETRIES, limits)
    series = {one.name: one for one in trace.series}
    assert series["llm"].most == 2
    # None is held between two tries.
    assert series["llm"].points[:5] == (
        *((400, 1), (600, 2), (1200, 1), (1500, 2)),
        (1700, 1),
    )
    assert series["queued"].points == ((400, 2), (600, 1), (1300, 0))


def test_the_permits_that_a_spec_says() -> None:
    text = (
        "connection m:\n    api: local\nlimit db: 30\nlimit part: 4 within db\n"
        "chain c:\n    step ask:\n        prompt: hi\n        limit: {part: 2}\n"
        "    step free:\n        prompt: hi\n        limit: none\n"
        "    step given:\n        target: f\n    step sum:\n        value: 1\n"
    )
    found = compile_file(SourceFile.of("x.ai", text), emits=False)
    assert found.spec is not None
    assert taken_permits(found.spec) == {
        "llm": (None, {"ask": 1, "given": 1}),
        "part": (4, {"ask": 2}),
        "db": (30, {"ask": 2}),
    }


def test_a_limit_that_steps_of_one_name_take_differently_is_left_out() -> None:
    text = (
        "limit db: 3\nlimit all: 9\nchain c:\n    if payload.x:\n"
        "        step ask: {target: f, limit: {db: 1, all: 1}}\n    else:\n"
        "        step ask: {target: f, limit: {all: 1}}\n"
    )
    found = compile_file(SourceFile.of("x.ai", text), emits=False)
    assert found.spec is not None
    assert taken_permits(found.spec) == {
        "llm": (None, {"ask": 1}),
        "all": (9, {"ask": 1}),
    }


def events() -> list[dict[str, Any]]:
    common = {"chain": "c", "run_id": "r"}
    return [
        {"event": "chain_start", "time_ms": 0, **common},
        {"event": "step_start", "step": "a", "time_ms": 0, **common},
        {"event": "step_start", "step": "b", "time_ms": 5, **common},
        {
            "event": "step_retry",
            "step": "b",
            "time_ms": 9,
            "delay_ms": 2,
            "error": "x",
            **common,
        },
        {
            "event": "step_complete",
            "step": "a",
            "time_ms": 10,
            "record": step("a", 0, 10),
            **common,
        },
    ]


def test_the_events_of_a_run_that_was_killed() -> None:
    notes = TraceNotes()
    for event in events():
        notes.event(event)
    trace = trace_of(notes.record(), notes.retries)
    assert [(s.path, s.status, s.end) for s in trace.spans] == [
        ("a", "ok", 10),
        ("b", "cancelled", 10),
    ]
    assert (trace.status, trace.chain, trace.elapsed) == ("cancelled", "c", 10)
    assert len(trace.spans[1].parts) == 2


@pytest.mark.parametrize(
    "data", [{}, {"steps": 1}, {"steps": [{}], "metadata": {}}, {"steps": [1]}]
)
def test_what_is_no_record(data: dict[str, Any]) -> None:
    with pytest.raises(NoTrace):
        trace_of(data)


def test_events_for_perfetto() -> None:
    whole = json.loads(trace_json(trace_of(digest(), RETRIES)))
    found = whole["traceEvents"]
    assert {event["ph"] for event in found} == {"M", "X", "C"}
    second = [e for e in found if e.get("tid") == 2 and e["ph"] == "X"]
    assert [(e["name"], e["ts"], e["dur"]) for e in second] == [
        ("docs[1].classify", 400_000, 1_700_000),
        ("queued", 400_000, 200_000),
        ("work", 600_000, 600_000),
        ("sleep", 1_200_000, 300_000),
        ("work", 1_500_000, 600_000),
    ]
    assert "what nobody may see" not in json.dumps(whole)


def test_the_numbers_of_two_runs() -> None:
    traces = [trace_of(digest()), trace_of(digest(faster=2))]
    rows = {row.name: (row.values, row.change) for row in compared(traces)}
    assert rows["time"] == (("2.90 s", "2.50 s"), "-14%")
    assert rows["cost"] == (("0.0800", "0.0800"), "=")
    assert next(step_rows(traces)).name == "summary"
    assert {row.name for row in step_rows(traces)} == {
        "fetch",
        "docs[].classify",
        "summary",
    }
    assert "summary" in trace_text(traces, ["a", "b"])


def test_an_empty_run_has_a_picture() -> None:
    assert trace_svg(trace_of(record("c"))).startswith("<svg")


def test_control_characters_in_keys_of_rounds_are_shown() -> None:
    run = record("c", step("a", 0, 9, path="docs[\x00\x1b[1m].a", error="\x07"))
    picture = trace_svg(trace_of(run))
    ElementTree.fromstring(picture)
    assert "docs[&lt;U+0000&gt;" in picture


def test_losers_of_a_race_are_not_on_the_critical_path() -> None:
    run = record(
        "c",
        *(step("fast", 0, 100), step("slow", 0, 100, status="cancelled")),
        step("after", 100, 50),
    )
    assert critical(trace_of(run)) == ["fast", "after"]


def test_what_failed_ends_the_critical_path_and_not_what_it_cut_off() -> None:
    beside = step("beside", 0, 301, status="cancelled")
    run = record("c", step("broken", 0, 300, status="error"), beside, status="error")
    assert critical(trace_of(run)) == ["broken"]
    run = record("c", step("first", 0, 300), step("late", 300, 700, status="cancelled"))
    assert critical(trace_of({**run, "status": "timeout"})) == ["first", "late"]


def test_what_a_deadline_cut_off_has_held_the_run_up() -> None:
    cut = step("q", 0, 3000, status="cancelled", path="r.q")
    run = record("c", cut, step("e", 3000, 1000, path="r.e"))
    assert critical(trace_of(run)) == ["r.q", "r.e"]
    # A step that had ended before the cut began is not what ended with it.
    run = record("c", step("a", 0, 2), step("q", 2, 2, status="cancelled"))
    assert critical(trace_of(run)) == ["a", "q"]


def test_a_step_that_ends_as_it_is_tried_again_has_a_stretch() -> None:
    run = record("c", step("a", 5, 0, status="cancelled", attempts=2))
    retry = {"step": "a", "time_ms": 5, "delay_ms": 900, "error": "x"}
    assert trace_of(run, [retry]).spans[0].parts == (("work", 5, 5),)


def test_steps_without_a_record_are_said_and_nothing_is_made_up_of_the_others() -> None:
    trace = trace_of(cut_short(large(40), 25))
    assert trace.critical_path == trace.series == []
    rows = {row.name: row.values[0] for row in compared([trace])}
    assert (rows["steps"], rows["dropped"]) == ("25", "15")
    assert not {"tries", "critical path"} & rows.keys()
    (row,) = step_rows([trace])
    assert row.values[0].startswith("≥ ")
    reason = "critical path: unknown without the 15 steps whose records were dropped"
    assert reason in trace_text([trace], ["a"])
    assert reason in trace_svg(trace)
    both = [trace, trace_of(large(40))]
    changed = {row.name: row for row in compared(both)}
    assert changed["dropped"].values == ("15", "0")
    assert changed["critical path"].values[0] == "-"
    (row,) = step_rows(both)
    assert row.values[1][0] != "≥" and row.change == ""


@pytest.mark.parametrize("lost", [0, 4])
def test_events_tell_of_the_steps_that_a_record_has_dropped(lost: int) -> None:
    whole = large(40)
    notes = TraceNotes()
    for number, one in enumerate(whole["steps"][: 40 - lost]):
        told = {"step": one["path"], "time_ms": number, "record": one}
        notes.event({"event": "step_complete", **told})
    notes.event({"event": "run_end", "time_ms": 99, "run": cut_short(whole, 25)})
    trace = trace_of(notes.record())
    assert (len(trace.spans), trace.dropped) == (40 - lost, lost)
    if not lost:
        assert critical(trace) == critical(trace_of(whole))
