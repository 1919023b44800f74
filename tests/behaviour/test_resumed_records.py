"""What a record keeps of a run, and what cannot be gone on from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from n3gen.templates.runtime.run.records import to_json
from pydantic import BaseModel, field_serializer

from tests.behaviour.test_resume import THREE, Calls, resumed, statuses, through_json
from tests.building import build, built_in
from tests.clock import run

TYPED = """
type Verdict:
    label: one of [good, bad]
    on: date
    notes: list[str] = []

connection model:
    api: local
    answers:
        - answer: '{"label": "good", "on": "2026-01-02"}'

chain typed:
    step verdict:
        target: verdict
        output: Verdict
    step asked:
        prompt: "Is it good?"
        output: Verdict
    step said:
        prompt: "Say it"
    step ids:
        target: ids
        output: list[uuid]
    step next:
        target: next
        options:
            label: "{{ verdict.label }}"
            year: "{{ asked.on }}"
            id: "{{ ids | first }}"
    result: "{{ [verdict, asked, ids] }}"
"""
VERDICT = {"label": "bad", "on": "2026-02-03"}
ID = "12345678-1234-5678-1234-567812345678"


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("is_read_back", [False, True])
def test_typed_results_come_back_as_their_types(
    layout: Literal["standalone", "shared"], is_read_back: bool, tmp_path: Path
) -> None:
    first = Calls(verdict=VERDICT, ids=[ID], next=ValueError("no"))
    second = Calls()
    names = ("verdict", "ids", "next")
    with built_in(layout, TYPED, tmp_path) as module:
        record = run(module.run_chain("typed", connectors=first.connectors(*names)))
        if is_read_back:
            record = through_json(module, record)
        given = second.connectors(*names)
        again = run(module.run_chain("typed", connectors=given, resume=record))
        assert again["status"] == "ok", again["error"]
        verdict, asked, ids = again["result"]
        assert isinstance(verdict, module.Verdict)
        assert isinstance(asked, module.Verdict)
        assert verdict.on == date(2026, 2, 3)
        assert ids == [UUID(ID)]
    assert second.counts == {"next": 1}
    assert second.said == [
        ("next", {"label": "bad", "year": date(2026, 1, 2), "id": UUID(ID)})
    ]


OPTIONAL = """
type Verdict:
    label: str
    score: float?
    about: any
    by: str | int | bool | none

type Checked:
    score: float?
    of: list[int | none] | none

connection model:
    api: local
    answers:
        - answer: '{"label": "good", "about": {"n": 1}, "by": true}'

chain typed:
    step asked:
        prompt: "Is it good?"
        output: Verdict
    step checked:
        target: checked
        output: Checked
    step open:
        target: open
        output: Verdict
    step next:
        target: next
    result: "{{ [asked, checked] }}"
"""


def test_what_is_optional_comes_back_from_json() -> None:
    """An answer of a model was JSON; of a callable, `any` may have been something else."""
    checked = {"of": [1, None]}
    given = {"label": "good", "about": 1, "by": 2}
    first = Calls(checked=checked, open=given, next=ValueError("no"))
    second = Calls(open=given)
    names = ("checked", "open", "next")
    again = resumed(OPTIONAL, "typed", first, second, *names)[1]
    assert again["status"] == "ok", again["error"]
    assert again["metadata"]["resumed"]["changed"] == ["open"]
    assert second.counts == {"open": 1, "next": 1}
    asked, found = again["result"]
    assert (asked.score, asked.by, asked.about) == (None, True, {"n": 1})
    assert (found.score, found.of) == (None, [1, None])


def test_a_record_in_memory_serves_a_module_that_was_built_again() -> None:
    first = Calls(verdict=VERDICT, ids=[ID], next=ValueError("no"))
    again = resumed(
        *(TYPED, "typed", first, Calls(), "verdict", "ids", "next"),
        changed=TYPED.replace("target: next", "target: next\n        retry: 1"),
        is_read_back=False,
    )[1]
    assert again["status"] == "ok"
    assert again["metadata"]["resumed"]["kept"] == 4


def test_a_changed_type_has_its_steps_run_again() -> None:
    first = Calls(verdict=VERDICT, ids=[ID], next=ValueError("no"))
    second = Calls(verdict=VERDICT, ids=[ID])
    changed = TYPED.replace("notes: list[str] = []", "notes: list[str] = [none]")
    names = ("verdict", "ids", "next")
    again = resumed(TYPED, "typed", first, second, *names, changed=changed)[1]
    assert again["metadata"]["resumed"]["changed"] == ["verdict", "asked"]


class Opaque:
    """A value that JSON has no form for."""


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, Opaque(), UUID(ID), [{"a": (1,)}]])
def test_a_result_that_json_changes_is_made_again(value: object) -> None:
    first, second = Calls(first=value, second=ValueError("no")), Calls(first=value)
    names = ("first", "second", "third")
    again = resumed(THREE, "three", first, second, *names)[1]
    assert second.counts["first"] == 1
    assert again["metadata"]["resumed"]["changed"] == ["first"]
    # In memory it is there as it was.
    first, second = Calls(first=value, second=ValueError("no")), Calls()
    again = resumed(THREE, "three", first, second, *names, is_read_back=False)[1]
    assert again["steps"][0]["result"] is value
    assert second.counts["first"] == 0


def test_circles_in_a_result_are_no_results() -> None:
    circle: list[Any] = []
    circle.append(circle)
    first, second = Calls(first=circle, second=ValueError("no")), Calls()
    resumed(THREE, "three", first, second, "first", "second", "third")
    assert second.counts["first"] == 1


def failed(text: str = THREE, payload: Any = None) -> Any:
    calls = Calls(second=ValueError("no"))
    given = calls.connectors("first", "second", "third")
    return run(build(text).run_chain("three", payload, connectors=given))


@pytest.mark.parametrize(
    "resume",
    [
        {},
        [],
        [{}],
        5,
        "a text",
        {"metadata": {}, "steps": []},
        {"metadata": {"run_id": "x", "chain": "three"}, "steps": [{}]},
        {"metadata": {"run_id": "x", "chain": "three"}, "steps": None},
        [{"event": "step_start", "chain": "three", "run_id": "x"}],
    ],
)
def test_what_is_no_record_is_refused(resume: Any) -> None:
    module = build(THREE)
    given = Calls().connectors("first", "second", "third")
    with pytest.raises(ValueError, match=r"^resume must be"):
        run(module.run_chain("three", connectors=given, resume=resume))


def test_the_record_of_another_chain_is_refused() -> None:
    module = build(THREE.replace("three", "other"))
    given = Calls().connectors("first", "second", "third")
    with pytest.raises(ValueError, match="resume is of chain 'three', not 'other'"):
        run(module.run_chain("other", connectors=given, resume=failed()))


def test_events_of_several_runs_are_refused() -> None:
    module = build(THREE)
    given = Calls().connectors("first", "second", "third")

    async def main() -> None:
        stream = module.stream_chain("three", connectors=given)
        events = [event async for event in stream]
        again = module.stream_chain("three", connectors=given, resume=events)
        events += [event async for event in again]
        with pytest.raises(ValueError, match="the events of several runs, not of one"):
            await module.run_chain("three", connectors=given, resume=events)

    run(main())


@pytest.mark.parametrize(
    "delivered",
    [
        pytest.param(lambda events: events + events, id="all again"),
        pytest.param(lambda events: [e for e in events for _ in "ab"], id="each twice"),
        pytest.param(lambda events: events[:3] + events, id="some before"),
        pytest.param(lambda events: events + events[2:4], id="some behind"),
    ],
)
@pytest.mark.parametrize("by_json", [False, True])
def test_an_event_that_is_delivered_twice_counts_once(
    delivered: Callable[[list[Any]], list[Any]], by_json: bool
) -> None:
    module = build("""
    chain c:
        step first: {target: first}
        for i in range(3) parallel 3:
            step each: {target: each, options: {i: "{{ i }}"}}
        step last: {target: last}
    """)
    calls = Calls(last=ValueError("no"))

    async def main() -> Any:
        given = calls.connectors("first", "each", "last")
        stream = module.stream_chain("c", connectors=given)
        events = delivered([event async for event in stream])
        # Each delivery is an object of its own.
        data = [json.loads(module.to_json(event)) for event in events]
        again = Calls().connectors("first", "each", "last")
        resume = data if by_json else events
        return await module.run_chain("c", connectors=again, resume=resume)

    record = run(main())
    assert record["status"] == "ok"
    assert record["metadata"]["resumed"]["kept"] == 4
    assert [one["name"] for one in record["steps"] if "kept" not in one] == ["last"]


def test_rounds_of_one_key_whose_events_differ_run_again() -> None:
    module = build("""
    chain c:
        for i in range(3):
            key: payload.same
            step each: {target: each, options: {i: "{{ i }}"}}
    """)

    async def main() -> Any:
        given = Calls(each=lambda ctx: ctx.options["i"]).connectors("each")
        payload = {"same": "key"}
        stream = module.stream_chain("c", payload, connectors=given)
        events = 2 * [event async for event in stream]
        return await module.run_chain("c", payload, connectors=given, resume=events)

    record = run(main())
    assert record["status"] == "ok"
    assert record["metadata"]["resumed"]["kept"] == 0


@pytest.mark.parametrize("is_of_events", [False, True])
def test_another_payload_is_refused(is_of_events: bool) -> None:
    module = build(THREE)
    given = Calls().connectors("first", "second", "third")
    record = failed(payload={"a": 1, "b": [2]})
    if is_of_events:
        start = {"event": "chain_start", "payload": {"a": 1, "b": [2]}}
        record = [{**start, "chain": "three", "run_id": "x"}]
    with pytest.raises(ValueError, match="of a run of 'three' with another payload"):
        run(module.run_chain("three", {"a": 2}, connectors=given, resume=record))
    same = {"b": [2], "a": 1}
    again = run(module.run_chain("three", same, connectors=given, resume=record))
    assert again["status"] == "ok"


def test_a_run_that_was_ok_is_not_gone_on_from_with_another_payload() -> None:
    module = build(THREE)
    given = Calls().connectors("first", "second", "third")
    record = run(module.run_chain("three", {"a": 1}, connectors=given))
    assert record["status"] == "ok"
    left = json.loads(module.to_json(record))
    with pytest.raises(ValueError, match="of a run of 'three' with another payload"):
        run(module.run_chain("three", {"a": 2}, connectors=given, resume=left))
    again = run(module.run_chain("three", {"a": 1}, connectors=given, resume=left))
    assert again["metadata"]["resumed"]["kept"] == 3
    # Records of older modules have no digest where nothing failed.
    del left["metadata"]["payload_digest"]
    run(module.run_chain("three", {"a": 2}, connectors=given, resume=left))


def test_a_payload_that_a_callable_changes_is_still_the_payload() -> None:
    module = build(THREE)
    given = Calls().connectors("first", "second", "third")

    def changes(ctx: Any) -> None:
        ctx.payload["rows"].append("added")
        raise ValueError("no")

    changed = {"rows": [1]}
    bad = {**given, "second": changes}
    record = run(module.run_chain("three", changed, connectors=bad))
    assert (record["status"], changed) == ("error", {"rows": [1, "added"]})
    with pytest.raises(ValueError, match="of a run of 'three' with another payload"):
        run(module.run_chain("three", changed, connectors=given, resume=record))
    same = {"rows": [1]}
    again = run(module.run_chain("three", same, connectors=given, resume=record))
    assert (again["status"], again["metadata"]["resumed"]["kept"]) == ("ok", 1)


def test_the_defaults_of_an_input_are_part_of_the_payload() -> None:
    text = THREE.replace("chain three:", "chain three:\n    input: {n: int = 1}")
    module = build(text)
    given = Calls().connectors("first", "second", "third")
    record = failed(text, {})
    again = run(module.run_chain("three", {"n": 1}, connectors=given, resume=record))
    assert again["metadata"]["resumed"]["kept"] == 1


SUB = """
chain outer:
    step before:
        target: before
    step call:
        kind: chain
        target: inner
        payload: {n: "{{ before }}"}
    step last:
        target: last

chain inner:
    input: {n: int}
    for parts: part in [1, 2]:
        step one:
            target: one
            options: {n: "{{ payload.n + part }}"}
    step two:
        target: two
    result: "{{ two }}"
"""
SUB_NAMES = ("before", "one", "two", "last")


def test_the_steps_of_a_chain_that_failed_inside_are_kept() -> None:
    first, second = Calls(before=1, two=ValueError("no")), Calls()
    _, again = resumed(SUB, "outer", first, second, *SUB_NAMES)
    assert statuses(again) == [
        ("before", "ok", True),
        ("call", "ok", False),
        ("call.parts[0].one", "ok", True),
        ("call.parts[1].one", "ok", True),
        ("call.two", "ok", False),
        ("last", "ok", False),
    ]


def test_a_chain_that_ended_well_is_kept_as_one_step() -> None:
    first, second = Calls(before=1, last=ValueError("no")), Calls()
    _, again = resumed(SUB, "outer", first, second, *SUB_NAMES)
    assert statuses(again) == [
        ("before", "ok", True),
        ("call", "ok", True),
        ("last", "ok", False),
    ]


def test_a_chain_that_was_mended_inside_goes_on_inside() -> None:
    first, second = Calls(before=1, two=ValueError("no")), Calls()
    changed = SUB.replace("target: two", "target: two\n        options: {x: 1}")
    resumed(SUB, "outer", first, second, *SUB_NAMES, changed=changed)
    assert second.counts == {"two": 1, "last": 1}


def test_a_chain_that_changed_inside_is_not_kept() -> None:
    first, second = Calls(before=1, last=ValueError("no")), Calls()
    changed = SUB.replace("target: two", "target: two\n        options: {x: 1}")
    _, again = resumed(SUB, "outer", first, second, *SUB_NAMES, changed=changed)
    assert second.counts == {"two": 1, "last": 1}
    assert again["metadata"]["resumed"]["changed"] == ["call", "call.two"]


def test_another_payload_of_the_inner_chain_has_its_steps_run_again() -> None:
    first, second = Calls(before=1, two=ValueError("no")), Calls()
    changed = SUB.replace("{{ before }}", "{{ before + 1 }}")
    resumed(SUB, "outer", first, second, *SUB_NAMES, changed=changed)
    assert second.counts == {"one": 2, "two": 1, "last": 1}


def test_a_chain_that_is_tried_again_runs_its_steps_again() -> None:
    text = SUB.replace(
        "target: inner", "target: inner\n        retry: {max: 1, delay: 0}"
    )
    first, second = Calls(before=1, two=ValueError("no")), Calls()
    second.answers["two"] = lambda ctx: (
        ValueError("no") if second.counts["two"] == 1 else 2
    )
    _, again = resumed(text, "outer", first, second, *SUB_NAMES)
    assert first.counts["one"] == 4
    assert again["status"] == "ok"
    # Whose results those of two tries are, nobody knows.
    assert second.counts == {"one": 4, "two": 2, "last": 1}


WITHIN = """
chain c:
    within 5s:
        step slow:
            target: slow
    else:
        step cached:
            target: cached
    step last:
        target: last
"""


def test_what_took_the_place_of_a_late_body_depends_on_it() -> None:
    first, second = Calls(slow=50.0, last=ValueError("no")), Calls()
    resumed(WITHIN, "c", first, second, "slow", "cached", "last")
    assert second.counts == {"slow": 1, "last": 1}
    second = Calls(slow=50.0)
    first = Calls(slow=50.0, last=ValueError("no"))
    resumed(WITHIN, "c", first, second, "slow", "cached", "last")
    assert second.counts == {"slow": 1, "cached": 1, "last": 1}


def test_members_that_failed_run_again_with_what_comes_after_them() -> None:
    text = """
    chain c:
        parallel both:
            on_error: continue
            step a:
                target: a
            step b:
                target: b
        step last:
            target: last
            options: {a: "{{ both.a }}"}
    """
    first, second = Calls(a=ValueError("no")), Calls(a="mended")
    record, _ = resumed(text, "c", first, second, "a", "b", "last")
    assert record["status"] == "ok"
    assert second.counts == {"a": 1, "last": 1}
    assert second.said[-1] == ("last", {"a": "mended"})


def test_a_chain_that_stopped_stops_again() -> None:
    text = """
    chain c:
        step a:
            target: a
        step end:
            stop: "{{ a }}"
        step b:
            target: b
    """
    first, second = Calls(), Calls()
    _, again = resumed(text, "c", first, second, "a", "b")
    assert again["result"] == "a"
    assert not second.counts


def test_a_pause_that_is_over_is_not_waited_for_again() -> None:
    text = THREE.replace("target: first", "wait: 1h")
    first, second = Calls(second=ValueError("no")), Calls()
    _, again = resumed(
        *(text, "three", first, second, "second", "third"), timeout=7200.0
    )
    assert again["metadata"]["elapsed_ms"] == 0


def test_a_kept_step_waits_for_no_permit() -> None:
    module = build(THREE)
    record = failed()
    calls = Calls(first=100.0)

    async def main() -> Any:
        given = calls.connectors("first", "second", "third")
        other = asyncio.ensure_future(
            module.run_chain("three", connectors=given, max_concurrent_llm_calls=1)
        )
        await asyncio.sleep(1)
        events = [
            event
            async for event in module.stream_chain(
                "three", connectors=given, resume=record
            )
        ]
        await other
        return events

    events = run(main())
    kept = next(event for event in events if event["event"] == "step_complete")
    assert (kept["step"], kept["time_ms"]) == ("first", 0)


def test_models_are_not_asked_for_what_is_kept() -> None:
    first = Calls(verdict=VERDICT, ids=[ID], next=ValueError("no"))
    record, again = resumed(TYPED, "typed", first, Calls(), "verdict", "ids", "next")
    assert record["metadata"]["usage"]["requests"] == 2
    assert "usage" not in again["metadata"]


def test_events_are_written_with_the_versions_that_json_can_keep() -> None:
    record = {"name": "x", "status": "ok", "result": (1,), "version": "abc"}
    event = {"event": "step_complete", "step": "x", "record": record}
    assert "version" not in json.loads(to_json(event))["record"]
    whole = {**event, "record": {**record, "result": [1]}}
    assert json.loads(to_json(whole)) == whole


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


UNREAD = "a value of type {}, whose text cannot be read"
CIRCLE: list[object] = [1]
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (10**5000, UNREAD.format("int")),
        ({"a": 10**5000, "b": (1,)}, {"a": UNREAD.format("int"), "b": [1]}),
        (Mute(), UNREAD.format("Mute")),
        ([Mute(), float("nan")], [UNREAD.format("Mute"), "nan"]),
        (
            {"d": timedelta(minutes=5), "n": [1.5, float("-inf")], "s": {1}},
            {"d": "PT5M", "n": [1.5, "-inf"], "s": "{1}"},
        ),
        (
            {(1, 2): 3, None: True, True: None},
            {"(1, 2)": 3, "null": True, "true": None},
        ),
        (CIRCLE, [1, "[1, [...]]"]),
        (
            {"a": {"version": "x", "f": float("inf")}},
            {"a": {"version": "x", "f": "inf"}},
        ),
    ],
    ids=range(8),
)
def test_what_json_cannot_hold_is_a_text_and_the_rest_stays_data(
    result: object, told: object
) -> None:
    record = {"result": result, "steps": [{"name": "a", "result": result}]}
    written = json.loads(to_json(record))
    assert written == {"result": told, "steps": [{"name": "a", "result": told}]}


class Held(BaseModel):
    """A model with whatever a callable has put into it."""

    value: Any
    tags: set[int] = {1}


class Unbound:
    """Answers for nothing, as a proxy does that stands for no object yet."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("unbound")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("unbound")

    def __str__(self) -> str:
        return "unbound"


class Changed(dict[str, int]):
    """A mapping whose items cannot be read."""

    def items(self) -> Any:
        raise RuntimeError("changed while it is read")


class Wrong(BaseModel):
    """A model whose own form raises."""

    value: int = 1

    @field_serializer("value")
    def written(self, value: int) -> int:
        raise RuntimeError("no form")


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (Held(value=print), {"value": str(print), "tags": [1]}),
        (Held(value=Unbound()), {"value": "unbound", "tags": [1]}),
        (Held(value=b"\xff"), {"value": r"b'\xff'", "tags": "{1}"}),
        (
            [Held(value=[Held(value=b"\xff")])],
            [{"value": [{"value": r"b'\xff'", "tags": "{1}"}], "tags": "{1}"}],
        ),
        (Wrong(), "value=1"),
        ([Unbound(), 1], ["unbound", 1]),
        ([Held, 1], [str(Held), 1]),
        ({"a": Changed(b=1)}, {"a": "{'b': 1}"}),
        ({1: 1, "1": 2}, "{1: 1, '1': 2}"),
        ([{None: 1, "null": 2}, 3], ["{None: 1, 'null': 2}", 3]),
        (({"a": {True: 1, "true": 2}},), [{"a": "{True: 1, 'true': 2}"}]),
        ({True: 1, None: 2, 3: 4, 1.5: 5}, {"true": 1, "null": 2, "3": 4, "1.5": 5}),
    ],
    ids=range(12),
)
def test_whatever_an_object_does_its_record_is_written(
    result: object, told: object
) -> None:
    step = {"name": "a", "version": "x", "result": result}
    written = json.loads(to_json({"result": result, "steps": [step]}))
    # JSON does not give the result back: the step has no version for `resume`.
    assert written == {"result": told, "steps": [{"name": "a", "result": told}]}


def test_values_in_more_levels_than_python_reads_are_written() -> None:
    deep: list[object] = [float("nan")]
    for _ in range(200_000):
        deep = [deep]
    assert UNREAD.format("list") in to_json({"result": [1, deep]}, indent=2)
