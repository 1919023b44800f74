"""Failures: what is logged, kept and charged of them, and what a caller gets."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

import httpx
import pytest

from tests.building import build, built_in, process_is_fresh
from tests.clock import run


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    with process_is_fresh():
        yield


def service(request: httpx.Request) -> httpx.Response:
    deep = "[" * 100_000 + "]" * 100_000
    texts = {"/deep": deep, "/good": "{}"}
    headers = {"content-type": "application/json"}
    if request.url.path in texts:
        return httpx.Response(200, text=texts[request.url.path], headers=headers)
    return httpx.Response(404, text="gone")


FORESEEN = {
    "fail": 'fail: "enough"',
    "status": "url: http://h/none",
    "missing": 'value: "{{ payload.nothing }}"',
    "type": "target: given\n        output: int",
    "timeout": "target: slow\n        timeout: 1",
}


async def slow(ctx: Any) -> Any:
    await asyncio.sleep(100)


def broken(ctx: Any) -> Any:
    raise ValueError("of the user")


GIVEN = {"given": lambda ctx: "x", "slow": slow, "broken": broken}


@pytest.mark.parametrize("kind", FORESEEN)
def test_a_foreseen_failure_is_logged_without_a_traceback(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    module = build(f"chain c:\n    step s:\n        {FORESEEN[kind]}\n")
    more = {"http": httpx.MockTransport(service)} if kind == "status" else {}
    record = run(module.run_chain("c", {}, connectors=GIVEN, **more))
    assert record["status"] == "error"
    assert record["error"] in caplog.text
    assert [r.exc_info for r in caplog.records] == [None] * len(caplog.records)
    if kind == "timeout":
        assert "timed out after 1 second (" in record["error"]


def test_an_error_of_the_users_code_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    module = build("chain c:\n    step s:\n        target: broken\n")
    run(module.run_chain("c", {}, connectors=GIVEN))
    assert "in broken" in caplog.text


EXPRESSIONS = {
    "for": "for x in payload.text:\n        step s:\n            value: x",
    "pooled": "for x in payload.none parallel 2:\n        step s:\n            value: x",
    "if": "if payload.text > 3:\n        step s:\n            value: x",
    "value": 'step s:\n        value: "{{ payload.text + 1 }}"',
    "filter": 'step s:\n        value: "{{ payload.mixed | sort }}"',
    "options": 'step s:\n        target: given\n        options: {a: "{{ -payload.text }}"}',
}


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("where", EXPRESSIONS)
def test_an_expression_that_its_data_does_not_suit_is_logged_without_a_traceback(
    where: str,
    layout: Literal["standalone", "shared"],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spec = f"chain c:\n    {EXPRESSIONS[where]}\n"
    payload = {"text": "abc", "none": None, "mixed": [1, "a"]}
    with built_in(layout, spec, tmp_path) as module:
        record = run(module.run_chain("c", payload, connectors=GIVEN))
    assert "Error: " in record["error"]
    assert record["error"] in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_an_expression_in_which_code_of_the_users_fails_is_logged_with_its_traceback(
    layout: Literal["standalone", "shared"],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Order:
        @property
        def total(self) -> float:
            raise ValueError("of the user")

    spec = 'chain c:\n    step s:\n        value: "{{ payload.order.total * 2 }}"\n'
    with built_in(layout, spec, tmp_path) as module:
        run(module.run_chain("c", {"order": Order()}))
    assert "in total" in caplog.text


def test_the_deadline_of_a_chain_of_one_second() -> None:
    module = build("chain c:\n    step s:\n        target: slow\n")
    record = run(module.run_chain("c", {}, connectors=GIVEN, timeout=1))
    assert record["error"] == "Chain 'c' execution timed out after 1 second"


def test_json_that_is_too_deep_to_read_stays_text() -> None:
    module = build("chain c:\n    step s:\n        url: http://h/deep\n")
    record = run(module.run_chain("c", http=httpx.MockTransport(service)))
    assert record["status"] == "ok", record["error"]
    assert len(record["result"]["body"]) == 200_000


def test_a_record_with_a_number_that_json_does_not_have_is_json() -> None:
    module = build("chain c:\n    step s:\n        target: odd\n")
    found = [float("nan"), float("inf")]
    record = run(module.run_chain("c", connectors={"odd": lambda ctx: found}))

    def refuse(word: str) -> None:
        raise AssertionError(word)

    told = json.loads(module.to_json(record), parse_constant=refuse)
    assert told["result"] == ["nan", "inf"]


@pytest.mark.parametrize(
    ("type_", "value", "fault"),
    [
        ("int", True, "must be int, not bool"),
        ("float", float("nan"), "must be a finite number"),
        ("list[float]", [1, float("inf")], "1: must be a finite number"),
        ("dict[str, int]", {"a": False}, "a: must be int, not bool"),
    ],
)
def test_what_is_no_number_is_no_result(type_: str, value: Any, fault: str) -> None:
    text = f'chain c:\n    step s:\n        target: odd\n        output: "{type_}"\n'
    record = run(build(text).run_chain("c", connectors={"odd": lambda ctx: value}))
    assert record["error"].endswith(f": {fault} (specs/x.ai:2)")


CACHED = dedent("""
    chain c:
        step first:
            value: "{{ payload.n }}"
        step second:
            target: read
            cache: 1h
            depends_on: [first]
        step third:
            target: shaky
            cache: 1h
            fallback: [spare]
""")


def test_the_key_of_a_callable_has_what_it_can_read() -> None:
    module = build(CACHED)
    calls: list[str] = []

    async def main() -> None:
        answers = iter([None, "well", "never"])

        def read(ctx: Any) -> Any:
            calls.append("read")
            return ctx.results["first"]

        def shaky(ctx: Any) -> Any:
            calls.append("shaky")
            answer = next(answers)
            if answer is None:
                raise ValueError("not yet")
            return answer

        given = {"read": read, "shaky": shaky, "spare": lambda ctx: "spare"}
        seen = []
        for n in (1, 1, 1):
            record = await module.run_chain("c", {"n": n}, connectors=given)
            steps = {s["name"]: s for s in record["steps"]}
            third = steps["third"]
            seen.append((third["result"], third.get("fallback"), third.get("cached")))
        assert seen == [
            ("spare", "spare", None),
            ("well", None, None),
            ("well", None, True),
        ]
        assert calls == ["read", "shaky", "shaky"]

    run(main())


OTHER_RESULTS = dedent("""
    chain c:
        step first:
            target: counter
        step second:
            target: read
            cache: 1h
            depends_on: [first]
""")


def test_another_result_before_it_is_another_key() -> None:
    module = build(OTHER_RESULTS)

    async def main() -> None:
        numbers = iter([1, 2, 2])
        given = {
            "counter": lambda ctx: next(numbers),
            "read": lambda ctx: ctx.results["first"] * 10,
        }
        found = [
            (await module.run_chain("c", {}, connectors=given))["result"]
            for _ in range(3)
        ]
        assert found == [10, 20, 20]

    run(main())


def test_certificates_are_read_once_and_in_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module: Any = build("chain c:\n    step s:\n        url: http://127.0.0.1:9/\n")
    threads: list[threading.Thread] = []

    def context() -> ssl.SSLContext:
        threads.append(threading.current_thread())
        return ssl.create_default_context()

    monkeypatch.setattr(httpx, "create_ssl_context", context)

    async def main() -> None:
        for _ in range(2):
            assert (await module.run_chain("c"))["status"] == "error"
        await module.aclose()

    run(main())
    run(main())
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{% for x in v %}{{ x }}{% endfor %}", "for"),
        ("{% for x in v if x %}{{ loop.index }}{% else %}-{% endfor %}", "for"),
        ("{% for x in v.a %}{{ x }}{% endfor %}", "for"),
        ("{% for x in payload.more %}{{ x }}{% endfor %}", "for"),
        ("{{ v | join(', ') }}", "join"),
        ("{{ v.a | join }}", "join"),
    ],
)
@pytest.mark.parametrize(("value", "found"), [(None, "none"), (3, "int")])
def test_what_a_text_goes_through_needs_items(
    text: str, word: str, value: Any, found: str
) -> None:
    module = build(
        'chain c:\n    input: {any: any, more: "list[int]?"}\n'
        '    step v:\n        value: "{{ payload.any }}"\n'
        f'    step s:\n        value: "- {text}"\n    result: "{{{{ s }}}}"\n'
    )
    if "payload.more" in text:
        value, found = None, "none"
    given = {"a": value} if "v.a" in text else value
    record = run(module.run_chain("c", {"any": given, "more": None}))
    (step,) = (step for step in record["steps"] if step["name"] == "s")
    assert f"`{word}` needs a list, but found {found}" in step["error"]


def test_what_has_items_is_gone_through() -> None:
    module = build(
        "chain c:\n    input: {any: any}\n"
        '    step v:\n        value: "{{ payload.any }}"\n'
        "    result: \"{% for x in v %}{{ x }};{% endfor %}{{ v | join('-') }}\"\n"
    )
    for given in (["a", "b"], {"a": 1, "b": 2}, "ab"):
        assert run(module.run_chain("c", {"any": given}))["result"] == "a;b;a-b"
