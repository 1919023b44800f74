"""Stages that pass on their items as they come, on a virtual clock."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow, statuses
from tests.building import build, built_in
from tests.clock import run

SOURCE = "n3gen_tests_stage"


@pytest.fixture
def source() -> Iterator[Any]:
    """A module of generators; `made` and `closed` say what became of them."""
    module: Any = ModuleType(SOURCE)
    module.made, module.closed = [], []

    async def numbers(count: int, seconds: float = 1) -> AsyncGenerator[int, None]:
        try:
            for number in range(1, count + 1):
                await asyncio.sleep(seconds)
                module.made.append(number)
                yield number
        finally:
            await asyncio.sleep(0.5)
            module.closed.append("numbers")

    def rows(count: int, seconds: float = 0) -> Generator[int, None, None]:
        try:
            for number in range(1, count + 1):
                module.made.append(threading.current_thread().name)
                yield number
        finally:
            module.closed.append("rows")

    async def breaks(count: int, seconds: float = 0) -> AsyncGenerator[int, None]:
        async for number in numbers(count):
            yield number
        raise OSError("the file ended")

    def listed(count: int, seconds: float = 0) -> list[int]:
        return [*range(1, count + 1)]

    async def texts(count: int, seconds: float = 0) -> AsyncGenerator[str, None]:
        yield "x"

    async def pairs(number: int) -> AsyncGenerator[int, None]:
        for each in (number, -number):
            await asyncio.sleep(1)
            yield each

    for one in (numbers, rows, breaks, listed, texts, pairs):
        setattr(module, one.__name__, one)
    sys.modules[SOURCE] = module
    yield module
    del sys.modules[SOURCE]


LINE = """
    pipeline p:
        stage make(count: int) -> list[int]:
            target: n3gen_tests_stage:{source}
            kind: python
            with: {{count: "{{{{ count }}}}", seconds: {seconds}}}
            stream: true
            {make}
        stage work(number: int) -> int:
            target: worker
            stream: true
            {work}
        stage keep(result: int) -> str:
            target: keeper
            {keep}
    """
NONE = "description: none"


def line(
    source: str = "numbers",
    *,
    seconds: float = 1,
    make: str = NONE,
    work: str = NONE,
    keep: str = NONE,
) -> str:
    return LINE.format(source=source, seconds=seconds, make=make, work=work, keep=keep)


class Callables:
    """What the stages call; `log` are their starts and ends, with the clock's time."""

    def __init__(self, *, work: float = 1, keep: float = 1, fails_at: int = 0) -> None:
        self.seconds = {"work": work, "keep": keep}
        self.fails_at = fails_at
        self.log: list[tuple[str, int, float]] = []
        self.at_once = self.most = 0

    async def worker(self, ctx: Any) -> int:
        number: int = ctx.payload["number"]
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.take("work", number)
        finally:
            self.at_once -= 1
        if number == self.fails_at:
            raise ConnectionError(f"no {number}")
        return number * 10

    async def keeper(self, ctx: Any) -> str:
        await self.take("keep", ctx.payload["result"])
        return f"kept {ctx.payload['result']}"

    async def take(self, what: str, number: int) -> None:
        self.log.append((what, number, asyncio.get_running_loop().time()))
        await asyncio.sleep(self.seconds[what])

    @property
    def given(self) -> dict[str, Any]:
        return {"worker": self.worker, "keeper": self.keeper}


KEPT = [f"kept {number}0" for number in range(1, 6)]


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_stages_run_at_the_same_time(
    source: Any, layout: Literal["standalone", "shared"], tmp_path: Path, parallel: bool
) -> None:
    called = Callables()
    with built_in(layout, line(), tmp_path) as module:
        options = {"connectors": called.given, "parallel": parallel}
        record = record_of(module, {"count": 5}, **options)
    assert record["result"] == KEPT, record["error"]
    # The first takes 5 s, and the others end a second each behind it.
    assert record["metadata"]["elapsed_ms"] == 7000
    assert source.closed == ["numbers"]
    found = statuses(record)
    assert found["make"] == found["work[0].work"] == found["keep[4].keep"] == "ok"
    assert len(found) == 11


def test_without_streams_the_same_stages_take_three_times_as_long(source: Any) -> None:
    text = line(make="timeout: 60", work="timeout: 60").replace("stream: true", NONE)
    text = text.replace("number: int) -> int", "number: list[int]) -> list[int]")
    text = text.replace("result: int", "result: list[int]")
    record = record_of(
        build(text),
        {"count": 5},
        connectors={"worker": sleeping, "keeper": keeping},
    )
    assert record["result"] == "kept", record["error"]
    assert record["metadata"]["elapsed_ms"] == 15_500


async def sleeping(ctx: Any) -> Any:
    await asyncio.sleep(5)
    return ctx.payload["number"]


async def keeping(ctx: Any) -> str:
    await asyncio.sleep(5)
    return "kept"


@pytest.mark.parametrize(
    ("function", "seconds"), [("numbers", 0), ("rows", 0), ("listed", 0)]
)
def test_sources_of_any_kind(source: Any, function: str, seconds: float) -> None:
    module = build(line(function, seconds=seconds))
    record = record_of(module, {"count": 3}, connectors=Callables().given)
    assert record["result"] == KEPT[:3], record["error"]
    (made,) = [step for step in record["steps"] if step["name"] == "make"]
    assert made["result"] == [1, 2, 3]


def test_a_source_waits_for_room(source: Any) -> None:
    called = Callables(work=10, keep=0)
    module = build(line(seconds=0, make="buffer: 2", work="buffer: 1"))

    async def main() -> list[int]:
        task = asyncio.create_task(
            module.run_chain("p", {"count": 50}, connectors=called.given)
        )
        await asyncio.sleep(5)
        made = [*source.made]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return made

    # One is worked on, two wait, and one is in the hand of the source.
    assert run(main()) == [1, 2, 3, 4]
    assert source.closed == ["numbers"]


def test_several_items_at_once_keep_their_order(source: Any) -> None:
    called = Callables(work=6, keep=0)
    module = build(line(work="parallel: 3", seconds=0))
    record = record_of(module, {"count": 6}, connectors=called.given)
    assert record["result"] == [f"kept {n}0" for n in range(1, 7)], record["error"]
    assert called.most == 3
    assert record["metadata"]["elapsed_ms"] == 12_000


def test_the_order_is_kept_where_later_items_are_done_first(source: Any) -> None:
    async def worker(ctx: Any) -> int:
        await asyncio.sleep(10 - ctx.payload["number"])
        return int(ctx.payload["number"] * 10)

    given = {**Callables(keep=0).given, "worker": worker}
    module = build(line(work="parallel: 5", seconds=0))
    assert result_of(module, {"count": 5}, connectors=given) == KEPT


def test_as_many_items_at_once_as_model_calls(source: Any) -> None:
    called = Callables()
    module = build(line(work="parallel: max\n            limit: none", seconds=0))
    options = {"connectors": called.given, "max_concurrent_llm_calls": 4}
    record_of(module, {"count": 9}, **options)
    assert called.most == 4
    record_of(
        module, {"count": 1}, connectors=called.given, max_concurrent_llm_calls=50
    )


def test_a_source_holds_no_permit_while_it_waits_for_room(source: Any) -> None:
    """With one permit for all, a source that kept it would wait for ever."""
    text = line(make="buffer: 1\n            limit: one", work="limit: one", seconds=0)
    module = build(text + "\n    limit one: 1\n")
    record = record_of(module, {"count": 8}, connectors=Callables().given)
    assert record["status"] == "ok", record["error"]
    assert len(record["result"]) == 8


def test_nothing_to_hand_on_skips_the_stages_behind(source: Any) -> None:
    record = record_of(build(line()), {"count": 0}, connectors=Callables().given)
    assert record["result"] == [], record["error"]
    assert statuses(record) == {"make": "ok", "work": "skipped", "keep": "skipped"}


def test_a_failing_stage_cancels_the_others(source: Any) -> None:
    called = Callables(keep=30, fails_at=3)
    record = record_of(build(line()), {"count": 9}, connectors=called.given)
    assert record["status"] == "error"
    assert "Step 'work[2].work' failed: ConnectionError: no 3" in record["error"]
    found = statuses(record)
    assert found["make"] == found["keep[0].keep"] == "cancelled"
    assert source.closed == ["numbers"]
    assert record["metadata"]["elapsed_ms"] == 4500


def test_a_failing_source_cancels_the_others(source: Any) -> None:
    called = Callables(work=30)
    record = record_of(build(line("breaks")), {"count": 2}, connectors=called.given)
    assert "Step 'make' failed: OSError: the file ended" in record["error"]
    assert statuses(record) == {"make": "error", "work[0].work": "cancelled"}


@pytest.mark.parametrize("function", ["numbers", "rows"])
def test_the_deadline_ends_all_stages(source: Any, function: str) -> None:
    called = Callables(work=4)
    module = build(line(function, make="buffer: 1"))
    record = record_of(module, {"count": 99}, connectors=called.given, timeout=6)
    assert record["status"] == "timeout"
    assert "cancelled" in statuses(record).values()
    assert source.closed == [function]


def test_a_stage_for_each_item_has_its_own_timeout(source: Any) -> None:
    module = build(line(work="timeout: 2s"))
    record = record_of(module, {"count": 2}, connectors=Callables(work=3).given)
    assert "Step 'work[0].work' failed: timed out after 2 seconds" in record["error"]
    assert source.closed == ["numbers"]


def test_a_stage_for_each_item_is_tried_again(source: Any) -> None:
    tries: list[int] = []

    async def worker(ctx: Any) -> int:
        tries.append(ctx.payload["number"])
        if tries.count(2) < 2 and ctx.payload["number"] == 2:
            raise ConnectionError("away")
        return int(ctx.payload["number"] * 10)

    given = {**Callables().given, "worker": worker}
    module = build(line(work="retry: 1"))
    assert result_of(module, {"count": 3}, connectors=given) == KEPT[:3]
    assert tries == [1, 2, 2, 3]


def test_items_that_are_skipped_are_not_handed_on(source: Any) -> None:
    module = build(line(work="when: number % 2 == 1"))
    record = record_of(module, {"count": 5}, connectors=Callables().given)
    assert record["result"] == ["kept 10", "kept 30", "kept 50"], record["error"]
    assert statuses(record)["work[1].work"] == "skipped"


def test_items_of_a_wrong_type(source: Any) -> None:
    record = record_of(build(line("texts")), {"count": 1}, connectors=Callables().given)
    assert "Step 'make' failed" in record["error"]
    assert "int" in record["error"]
    assert statuses(record) == {"make": "error"}


def test_a_stage_for_each_item_may_make_several(source: Any) -> None:
    module = build("""
        pipeline p:
            stage make(count: int) -> list[int]:
                value: "{{ range(count) | list }}"
                stream: true
            stage split(number: int) -> list[int]:
                target: n3gen_tests_stage:pairs
                kind: python
                with: {number: "{{ number }}"}
                stream: true
            stage double(each: int) -> int:
                value: "{{ each * 2 }}"
            stage total(doubled: list[int]) -> str:
                value: "{{ doubled | join(' ') }}"
        """)
    assert result_of(module, {"count": 3}) == "0 0 2 -2 4 -4"


def test_the_events_of_stages_that_stream(source: Any) -> None:
    module = build(line())

    async def main() -> list[dict[str, Any]]:
        work = module.stream_chain("p", {"count": 2}, connectors=Callables().given)
        return [event async for event in work]

    events = run(main())
    staged = [
        (event["event"].partition("_")[2], event["stage"], event["time_ms"])
        for event in events
        if "stage" in event
    ]
    assert staged == [
        ("start", "make", 0),
        ("start", "work", 1000),
        ("start", "keep", 2000),
        ("complete", "make", 2500),
        ("complete", "work", 3000),
        ("complete", "keep", 4000),
    ]
    progress = [e["data"] for e in events if e["event"] == "step_progress"]
    assert progress == [1, 2]
    took = {
        e["stage"]: e["duration_ms"]
        for e in events
        if "duration_ms" in e and "stage" in e
    }
    assert took == {"make": 2500, "work": 2000, "keep": 2000}


def test_the_error_event_names_the_stage_that_failed(source: Any) -> None:
    called = Callables(keep=30, fails_at=2)
    module = build(line())

    async def main() -> list[dict[str, Any]]:
        work = module.stream_chain("p", {"count": 5}, connectors=called.given)
        return [event async for event in work]

    last = run(main())[-1]
    assert (last["event"], last["stage"]) == ("pipeline:error", "work")


def test_closing_the_events_ends_all_stages(source: Any) -> None:
    module = build(line())

    async def main() -> None:
        work = module.stream_chain("p", {"count": 99}, connectors=Callables().given)
        async for event in work:
            if event["event"] == "step_complete":
                break
        await work.aclose()

    run(main())
    assert source.closed == ["numbers"]


def test_a_stage_in_the_line_ends_the_pipeline(source: Any) -> None:
    module = build("""
        pipeline p:
            stage make(count: int) -> list[int]:
                target: n3gen_tests_stage:numbers
                kind: python
                with: {count: "{{ count }}"}
                stream: true
            stage look(number: int):
                if number == 3:
                    step found:
                        stop: "found {{ number }}"
                step more:
                    value: "{{ number }}"
        """)
    record = record_of(module, {"count": 9})
    assert record["result"] == "found 3", record["error"]
    assert source.closed == ["numbers"]
    assert statuses(record)["make"] == "cancelled"


PIECES = """
    connection model:
        api: local
        latency: 3s
        answers:
            - contains: [letters]
              answer: "a b c"

    pipeline p:
        stage write(topic: str) -> str:
            prompt: "Some {{ topic }}"
            stream: true
            KEYS
        stage say(piece: str) -> str:
            value: "<{{ piece }}>"
    """


@pytest.mark.parametrize("listens", [True, False])
def test_a_model_hands_on_the_pieces_of_its_text(listens: bool) -> None:
    module = build(PIECES.replace("KEYS", NONE))

    async def main() -> Any:
        if not listens:
            return await module.run_chain("p", {"topic": "letters"})
        return [e async for e in module.stream_chain("p", {"topic": "letters"})][-1][
            "run"
        ]

    record = run(main())
    assert record["result"] == ["<a >", "<b >", "<c>"], record["error"]
    assert record["steps"][0]["result"] == "a b c"
    starts = [step["started_ms"] for step in record["steps"]]
    assert starts == sorted(starts)
    assert starts[1] == 1000


def test_pieces_do_not_wait_for_room() -> None:
    """The call holds a permit, which the stage behind it may need."""
    text = PIECES.replace("KEYS", "buffer: 1").replace(
        'value: "<{{ piece }}>"', 'prompt: "letters {{ piece }}"'
    )
    module = build(text)
    work = module.run_chain("p", {"topic": "letters"}, max_concurrent_llm_calls=1)
    record = run(work)
    assert record["result"] == ["a b c"] * 3, record["error"]
    run(module.run_chain("p", {"topic": "letters"}, max_concurrent_llm_calls=50))


def test_a_connector_that_is_given_hands_on_its_items() -> None:
    module = build("""
        pipeline p:
            stage find(query: str) -> list[str]:
                target: search
                stream: true
            stage read(page: str) -> str:
                value: "{{ page | upper }}"
        """)

    async def search(ctx: Any) -> AsyncGenerator[str, None]:
        for letter in ctx.payload["query"]:
            await asyncio.sleep(1)
            yield letter

    options = {"connectors": {"search": search}, "max_concurrent_llm_calls": 1}
    record = record_of(module, {"query": "abc"}, **options)
    assert record["result"] == ["A", "B", "C"], record["error"]
    record_of(
        module,
        {"query": ""},
        connectors={"search": search},
        max_concurrent_llm_calls=50,
    )


def test_many_items_keep_few_records(source: Any) -> None:
    module = build("""
        pipeline p:
            stage make(count: int) -> list[int]:
                value: "{{ range(count) | list }}"
                stream: true
            stage double(number: int) -> int:
                value: "{{ number * 2 }}"
        """)
    record = record_of(module, {"count": 9000})
    assert record["result"][-1] == 17_998
    assert len(record["steps"]) + record["metadata"]["dropped_steps"] == 9001
    assert len(record["steps"]) < 5000


AROUND = """
    pipeline p:
        stage make(n: int) -> list[int]:
            target: n3gen_tests_stage:numbers
            kind: python
            with: {count: "{{ n }}"}
            stream: true
        stage work(each: int) -> int:
            target: slow
            options: {seconds: 4, give: 1}

    chain outer:
        BLOCK
    """


def around(block: str) -> Any:
    block = block.replace("\n", "\n        ")
    module = build(AROUND.replace("BLOCK", block))
    return run(module.run_chain("outer", connectors={"slow": slow}))


def test_a_deadline_around_it(source: Any) -> None:
    record = around(
        "within got: 8s:\n"
        "    step inner: {kind: chain, target: p, payload: {n: 9}}\n"
        "else:\n"
        '    step late: {value: "too late"}\n'
        'result: "{{ got }}"'
    )
    assert record["result"] == "too late", record["error"]
    assert statuses(record)["inner"] == "cancelled"
    assert source.closed == ["numbers"]


def test_a_race_that_another_wins(source: Any) -> None:
    record = around(
        "race first:\n"
        "    step inner: {kind: chain, target: p, payload: {n: 9}}\n"
        "    step quick: {target: slow, options: {seconds: 7}}\n"
        'result: "{{ first }}"'
    )
    assert record["result"] == "quick", record["error"]
    assert statuses(record)["inner"] == "cancelled"
    assert source.closed == ["numbers"]


def test_two_at_once_do_not_mix(source: Any) -> None:
    record = around(
        "parallel both:\n"
        "    step one: {kind: chain, target: p, payload: {n: 2}}\n"
        "    step two: {kind: chain, target: p, payload: {n: 3}}\n"
        'result: "{{ both }}"'
    )
    assert record["result"] == {"one": [1, 1], "two": [1, 1, 1]}, record["error"]
    assert {"one.work[1].work", "two.work[2].work"} <= statuses(record).keys()
    assert record["metadata"]["elapsed_ms"] == 13_000


def test_a_stage_without_a_parameter_runs_for_each_item() -> None:
    module = build("""
        pipeline p:
            stage outlet(n: int) -> list[int]:
                value: "{{ range(n) | list }}"
                stream: true
            stage stage_line:
                target: slow
                stream: true
                parallel: 2
            stage channel(each: str):
                value: "{{ each }}"
        """)
    record = record_of(module, {"n": 3})
    assert record["result"] == ["stage_line"] * 3, record["error"]
    assert record["metadata"]["elapsed_ms"] == 2000


def test_what_a_chain_gives_is_handed_on() -> None:
    module = build("""
        chain many:
            input: {n: int}
            step a:
                value: "{{ range(payload.n) | list }}"

        pipeline p:
            stage call(n: int) -> list[int]:
                kind: chain
                target: many
                stream: true
            stage body(k: int) -> list[int]:
                stream: true
                step both:
                    value: ["{{ k }}", "{{ k * 10 }}"]
            stage small(m: int):
                fail: "no {{ m }}"
                when: m > 15
        """)
    record = run(module.run_chain("p", {"n": 2}))
    assert record["result"] == [None] * 4, record["error"]
    assert statuses(record)["body[1].body.both"] == "ok"
    failed = run(module.run_chain("p", {"n": 3}))
    assert "Step 'small[5].small' failed: no 20" in failed["error"]


def test_a_callable_in_place_of_a_connector_hands_on_one_text() -> None:
    module = build("""
        connection model:
            api: local

        connector writer:
            prompt: "Write {{ payload.topic }}"

        pipeline p:
            stage write(topic: str) -> str:
                target: writer
                stream: true
            stage say(piece: str) -> str:
                value: "<{{ piece }}>"
        """)
    given = {"writer": lambda ctx: f"on {ctx.payload['topic']}"}
    assert result_of(module, {"topic": "a b"}, connectors=given) == ["<on a b>"]


@pytest.mark.parametrize(
    ("made", "failed"),
    [
        ([{"text": "a"}, {"text": "b"}], None),
        ([{"text": "a"}, {"words": "b"}], "in `ask`: WrongResult"),
    ],
)
def test_items_that_say_no_type_are_of_the_type_that_the_next_stage_takes(
    made: list[Any], failed: str | None
) -> None:
    module = build("""
        type Reply:
            text: str

        pipeline p:
            stage ask(question: str):
                target: asked
                stream: true
            stage again(one: any):
                target: same
                stream: true
            stage use(reply: Reply):
                target: used
            stage count(texts: list[str]) -> str:
                value: "{{ texts | join(' ') }}"
        """)
    given = {
        "asked": lambda ctx: made,
        "same": lambda ctx: ctx.payload["one"],
        "used": lambda ctx: ctx.payload["reply"].text,
    }
    record = record_of(module, {"question": "?"}, connectors=given)
    if failed is None:
        assert record["result"] == "a b", record["error"]
    else:
        assert failed.replace("ask", "again") in record["error"]
