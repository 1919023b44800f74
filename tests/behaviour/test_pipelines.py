"""Pipelines whose stages run one after another, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow, statuses
from tests.building import build, built_in
from tests.clock import run

DOCUMENTS = """
    type Classification:
        label: str
        reasoning: str

    pipeline document_processor:
        description: Classifies and summarizes a document
        stage extract(doc: str) -> str:
            target: extractor
        stage classify(text: str) -> Classification:
            target: classifier
        stage summarize(classification: Classification) -> str:
            value: "A {{ classification.label }} text: {{ classification.reasoning }}"
    """


async def extractor(ctx: Any) -> str:
    await asyncio.sleep(1.2)
    return str(ctx.payload["doc"]).strip()


async def classifier(ctx: Any) -> dict[str, str]:
    await asyncio.sleep(2)
    assert ctx.results["extract"] == ctx.payload["text"]
    return {"label": "short", "reasoning": f"{len(ctx.payload['text'])} letters"}


async def broken(ctx: Any) -> str:
    await asyncio.sleep(1)
    raise ConnectionError(f"{ctx.step} is away")


GIVEN = {"extractor": extractor, "classifier": classifier, "slow": slow}


def events_of(module: Any, payload: Any, **options: Any) -> list[dict[str, Any]]:
    async def main() -> list[dict[str, Any]]:
        (name,) = module.CHAINS
        return [e async for e in module.stream_chain(name, payload, **options)]

    return run(main())


def staged(events: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The events of pipelines, each with its stage."""
    return [
        (
            event["event"].partition(":")[2],
            *([event["stage"]] if "stage" in event else []),
        )
        for event in events
        if event["event"].startswith("pipeline:")
    ]


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_each_stage_gets_what_the_one_before_gives(
    layout: Literal["standalone", "shared"], tmp_path: Path
) -> None:
    with built_in(layout, DOCUMENTS, tmp_path) as module:
        record = record_of(module, {"doc": " abc "}, connectors=GIVEN)
        assert record["result"] == "A short text: 3 letters", record["error"]
        assert statuses(record) == dict.fromkeys(
            ("extract", "classify", "summarize"), "ok"
        )
        assert record["metadata"]["elapsed_ms"] == 3200
        assert module.CHAINS["document_processor"].steps == (
            "extract",
            "classify",
            "summarize",
        )


def test_it_has_a_typed_function_of_its_first_stages_parameters() -> None:
    module = build(DOCUMENTS)
    work = module.document_processor(doc="abcd", connectors=GIVEN)
    assert run(work) == "A short text: 4 letters"


@pytest.mark.parametrize("payload", [None, {}, {"doc": 1}, {"doc": "a", "more": 1}])
def test_the_payload_is_checked_before_anything_runs(payload: Any) -> None:
    record = record_of(build(DOCUMENTS), payload, connectors=GIVEN)
    assert record["status"] == "error"
    assert "document_processor" in record["error"]
    assert record["steps"] == []


def test_the_events_of_a_pipeline() -> None:
    events = events_of(build(DOCUMENTS), {"doc": "abc"}, connectors=GIVEN)
    names = [event["event"] for event in events]
    assert names == [
        "pipeline:start",
        *("pipeline:stage_start", "step_start", "step_complete"),
        *("pipeline:stage_complete", "pipeline:stage_start", "step_start"),
        *("step_complete", "pipeline:stage_complete", "pipeline:stage_start"),
        *("step_start", "step_complete", "pipeline:stage_complete"),
        "pipeline:complete",
    ]
    assert {event["name"] for event in events if "name" in event} == {
        "document_processor"
    }
    assert events[0]["input"] == {"doc": "abc"}
    assert events[4]["stage"] == "extract"
    assert events[4]["duration_ms"] == 1200
    assert events[-1]["duration_ms"] == 3200
    assert events[-1]["run"]["result"] == "A short text: 3 letters"


def test_a_failing_stage_ends_the_pipeline() -> None:
    given = {**GIVEN, "classifier": broken}
    events = events_of(build(DOCUMENTS), {"doc": "abc"}, connectors=given)
    assert staged(events) == [
        ("start",),
        ("stage_start", "extract"),
        ("stage_complete", "extract"),
        ("stage_start", "classify"),
        ("error", "classify"),
    ]
    assert "ConnectionError: classify is away" in events[-1]["error"]
    assert events[-1]["run"]["status"] == "error"
    assert events[-1]["run"]["metadata"]["pending"] == ["summarize"]


def test_a_stage_that_is_cut_off_by_the_deadline() -> None:
    events = events_of(build(DOCUMENTS), {"doc": "a"}, connectors=GIVEN, timeout=2)
    assert events[-1]["event"] == "pipeline:error"
    assert events[-1]["stage"] == "classify"
    assert "timed out after 2 seconds" in events[-1]["error"]
    record = events[-1]["run"]
    assert record["status"] == "timeout"
    assert statuses(record) == {"extract": "ok", "classify": "cancelled"}


def test_a_payload_that_does_not_fit_has_no_stage() -> None:
    events = events_of(build(DOCUMENTS), {}, connectors=GIVEN)
    assert staged(events) == [("start",), ("error", None)]  # type: ignore[list-item]


def test_the_callers_cancellation_goes_up() -> None:
    module = build(DOCUMENTS)

    async def main() -> None:
        work = module.run_chain("document_processor", {"doc": "a"}, connectors=GIVEN)
        task = asyncio.create_task(work)
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert module.metrics()["runs"]["cancelled"] == 1


ROUTES = """
    type Analysis:
        category: str
        content: str

    pipeline routing:
        stage analyze(doc: str) -> Analysis:
            value:
                category: "{{ doc.split(':')[0] }}"
                content: "{{ doc.split(':')[1] }}"
        stage route(analysis: Analysis) -> str:
            KEYS
            match analysis.category:
                case "legal":
                    step lawyer:
                        target: agent
                        options: {text: "{{ analysis.content }}"}
                case "technical":
                    step engineer:
                        target: agent
                    step checked:
                        value: "{{ engineer }}, checked"
                else:
                    step anyone:
                        value: "{{ payload.doc }} of {{ analyze.category }}"
        stage format(response: str) -> str:
            value: "<{{ response }}>"
    """


async def agent(ctx: Any) -> str:
    await asyncio.sleep(3)
    given = ctx.payload["analysis"]
    return f"{ctx.step} on {ctx.options.get('text', given.content)}"


def routed(doc: str, keys: str = "description: none", **options: Any) -> Any:
    given = {"connectors": {"agent": agent}, **options}
    return record_of(build(ROUTES.replace("KEYS", keys)), {"doc": doc}, **given)


def test_a_stage_with_a_body() -> None:
    record = routed("legal:x")
    assert record["result"] == "<lawyer on x>", record["error"]
    assert statuses(record) == {
        "analyze": "ok",
        "route": "ok",
        "route.lawyer": "ok",
        "route.engineer": "skipped",
        "route.checked": "skipped",
        "route.anyone": "skipped",
        "format": "ok",
    }
    # The stage is as long as its steps, whose time counts once.
    assert record["metadata"]["sequential_ms"] == 3000
    assert routed("technical:y")["result"] == "<engineer on y, checked>"


def test_a_body_reads_the_payload_and_earlier_stages() -> None:
    assert routed("tax:z")["result"] == "<tax:z of tax>"


def test_a_body_has_a_timeout() -> None:
    record = routed("legal:x", "timeout: 2s")
    assert statuses(record)["route"] == "timeout"
    assert statuses(record)["route.lawyer"] == "cancelled"
    assert "Step 'route' failed: timed out after 2 seconds" in record["error"]


def test_a_body_is_tried_again() -> None:
    calls: list[str] = []

    async def flaky(ctx: Any) -> str:
        calls.append(ctx.step)
        if len(calls) < 3:
            raise ConnectionError("away")
        return await agent(ctx)

    keys = "retry: {max: 3, backoff: exponential}"
    record = routed("legal:x", keys, connectors={"agent": flaky})
    assert record["result"] == "<lawyer on x>", record["error"]
    attempts = {step["name"]: step["attempts"] for step in record["steps"]}
    assert attempts["route"] == 3
    assert calls == ["lawyer"] * 3


def test_what_fails_in_a_body_names_its_path() -> None:
    record = routed("legal:x", connectors={"agent": broken})
    assert "Step 'route.lawyer' failed: ConnectionError" in record["error"]
    assert statuses(record)["route"] == "error"


def test_a_stage_that_stops_ends_the_pipeline() -> None:
    module = build("""
        pipeline p:
            stage look(n: int) -> int:
                value: "{{ n }}"
            stage enough(m: int):
                if m > 3:
                    step end:
                        stop: "{{ m }} is enough"
                step more:
                    value: "{{ m + 1 }}"
            stage last(more_of_it: any):
                value: "{{ more_of_it * 10 }}"
        """)
    assert result_of(module, {"n": 9}) == "9 is enough"
    assert result_of(module, {"n": 1}) == 20


CALLED = """
    pipeline shout:
        stage upper(text: str) -> str:
            value: "{{ text | upper }}"
        stage mark(loud: str) -> str:
            target: slow
            options: {give: "{{ loud }}!"}

    chain greet:
        input: {name: str}
        step loud:
            kind: chain
            target: shout
            payload: {text: "{{ payload.name }}"}
        result: "hello {{ loud }}"

    pipeline twice:
        stage first(text: str) -> str:
            kind: chain
            target: shout
        stage second(text_again: str) -> str:
            kind: chain
            target: greet
            payload: {name: "{{ text_again }}"}
    """


def test_a_chain_calls_a_pipeline() -> None:
    module = build(CALLED)
    work = module.run_chain("greet", {"name": "ann"}, connectors=GIVEN)
    record = run(work)
    assert record["result"] == "hello ANN!", record["error"]
    assert set(statuses(record)) == {"loud", "loud.upper", "loud.mark"}


def test_a_stage_calls_a_pipeline_with_its_argument() -> None:
    module = build(CALLED)
    record = run(module.run_chain("twice", {"text": "bo"}, connectors=GIVEN))
    assert record["result"] == "hello BO!!", record["error"]


def test_the_events_of_a_pipeline_inside_a_chain() -> None:
    module = build(CALLED)

    async def main(given: Any) -> list[dict[str, Any]]:
        work = module.stream_chain("greet", {"name": "ann"}, connectors=given)
        return [event async for event in work]

    events = run(main(GIVEN))
    inner = [event for event in events if event["event"].startswith("pipeline:")]
    assert events[0]["event"] == "chain_start"
    assert events[-1]["event"] == "chain_complete"
    assert [event["event"] for event in inner] == [
        "pipeline:start",
        *("pipeline:stage_start", "pipeline:stage_complete") * 2,
        "pipeline:complete",
    ]
    assert {event["step"] for event in inner} == {"loud"}
    assert inner[-1]["duration_ms"] == 1000
    failed = [e for e in run(main({"slow": broken})) if e["event"] == "pipeline:error"]
    assert failed[0]["stage"] == "mark"
    assert "ConnectionError" in failed[0]["error"]


def test_a_chain_of_another_file_calls_a_pipeline() -> None:
    module = build(
        """
        use shared
        chain outer:
            step inner:
                kind: chain
                target: shout
                payload: {text: "a"}
        """,
        others={"specs/shared.ai": dedented(CALLED)},
    )
    assert set(module.CHAINS) == {"outer"}
    assert result_of(module, connectors=GIVEN) == "A!"


def dedented(text: str) -> str:
    from textwrap import dedent

    return dedent(text)


def test_connectors_of_the_spec_find_the_argument_in_their_payload() -> None:
    module = build("""
        connection model:
            api: local
            answers:
                - contains: "Classify abc for en"
                  answer: "letters"

        connector classify_text:
            prompt: "Classify {{ payload.text }} for {{ payload.language }}"

        pipeline p:
            stage clean(raw: str, language: str) -> str:
                value: "{{ raw | trim }}"
            stage classify(text: str) -> str:
                target: classify_text
        """)
    assert result_of(module, {"raw": " abc ", "language": "en"}) == "letters"


def test_the_same_in_yaml() -> None:
    module = build(
        """
        pipelines:
          p:
            timeout: 5s
            stages:
              - {name: extract, input: {doc: str}, output: str, target: slow}
              - stage: route
                input: {text: str}
                steps:
                  - if: text == 'extract'
                    then:
                      - {name: yes_, value: "taken by {{ text }}"}
                    else:
                      - {name: no_, value: "not taken"}
            result: {value: "{{ route }}", first: "{{ extract }}"}
        """,
        path="specs/x.yaml",
    )
    result = result_of(module, {"doc": "x"})
    assert result == {"value": "taken by extract", "first": "extract"}


def test_the_events_are_those_of_a_pipeline_in_the_shared_layout(
    tmp_path: Path,
) -> None:
    with built_in("shared", DOCUMENTS, tmp_path) as module:
        events = events_of(module, {"doc": "abc"}, connectors=GIVEN)
    assert staged(events)[0] == ("start",)
    assert staged(events)[-1] == ("complete",)


def test_blocks_of_all_kinds_in_a_body() -> None:
    module = build("""
        pipeline p:
            stage first(items: list[int], id: int = 3) -> list[int]:
                value: "{{ items }}"
            stage work(list: list[int]) -> any:
                parallel both:
                    step a: {target: slow, options: {give: "{{ list | length }}"}}
                    step b: {target: slow, options: {give: "{{ payload.id }}"}}
                for rounds: item in list parallel 2:
                    step doubled: {value: "{{ item * 2 + both.a }}"}
                while n: total < 10 max 4:
                    step total:
                        value: "{{ (total | default(0)) + (list | first) + 3 }}"
                step all: {value: ["{{ rounds }}", "{{ both }}", "{{ n }}", "{{ first }}"]}
            stage last(x: any):
                value: "{{ x }}"
        """)
    record = record_of(module, {"items": [1, 2]})
    assert record["result"] == [[4, 6], {"a": 2, "b": 3}, 12, [1, 2]], record["error"]
    assert statuses(record)["work.rounds[1].doubled"] == "ok"


def test_names_that_are_no_identifiers() -> None:
    module = build("""
        pipeline "Customer feedback":
            stage "First look"("the text": str) -> str:
                value: "{{ payload['the text'] }}{{ the_text }}"
            stage "second-one"("its value": str) -> str:
                target: slow
                options: {give: "{{ its_value }}"}
            stage third(outlet: str) -> str:
                value: "{{ outlet }} {{ steps['First look'] }}"
        """)
    assert result_of(module, {"the text": "a"}) == "aa aa"


def test_a_pipeline_without_parameters_takes_any_payload() -> None:
    module = build("""
        pipeline p:
            stage one:
                value: "{{ payload.x }}"
            stage two:
                value: "{{ one }} {{ payload.x }}"
            stage three(t: any):
                target: slow
                options: {give: "{{ t }}!"}
        """)
    assert result_of(module, {"x": 1}) == "1 1!"


OPEN = """
    type Reply:
        text: str

    pipeline p:
        stage ask(question: str):
            target: asked
        stage use(reply: Reply) -> str:
            value: "{{ reply.text }}"
    """


def test_what_says_no_type_is_of_the_type_that_the_next_stage_takes() -> None:
    module = build(OPEN)
    given = {"asked": lambda ctx: {"text": "yes"}}
    assert result_of(module, {"question": "?"}, connectors=given) == "yes"
    given = {"asked": lambda ctx: {"words": "yes"}}
    record = record_of(module, {"question": "?"}, connectors=given)
    assert "Step 'ask' failed: WrongResult" in record["error"]


def test_a_body_holds_no_slot_of_its_run_while_its_steps_wait_for_one() -> None:
    module = build("""
        pipeline p:
            stage a(number: int):
                step first:
                    target: slow
                step second:
                    target: slow
            stage b(value: any) -> str:
                value: "b: {{ value }}"
        chain c:
            max_parallel: 1
            step call:
                kind: chain
                target: p
                payload: {number: 1}
        """)
    record = run(module.run_chain("c", connectors=GIVEN, timeout=60))
    assert record["result"] == "b: second", record["error"]
    assert record["metadata"]["elapsed_ms"] == 2000


@pytest.mark.parametrize("type_", ["int?", "int | none"])
def test_a_parameter_may_be_none(type_: str) -> None:
    module = build(f"""
        pipeline p:
            stage a(number: int?):
                value: "{{{{ number }}}}"
            stage b(found: {type_}) -> str:
                value: "{{{{ found is none }}}}."
        """)
    assert result_of(module, {}) == "True."
    assert result_of(module, {"number": 3}) == "False."
