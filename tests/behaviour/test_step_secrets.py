"""A key that a step reads by `env.NAME` is as hidden as that of a connection."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options

from tests.building import build, built_in, process_is_fresh

CANARY = "canary-7f3a"

SPEC = """
chain headed:
    step ask:
        url: "https://example.com/ask"
        headers: {authorization: "Bearer {{ env.CANARY_KEY }}"}
        query: {it: "{{ payload.it }}"}
        retry: {max: 1, delay: 1ms, on: [connection, 5xx]}

chain in_path:
    step ask:
        url: "https://example.com/bot{{ env.CANARY_KEY }}/ask"

chain called:
    step ask:
        kind: python
        target: builtins:open
        with: {file: "/{{ env.CANARY_KEY }}", mode: "{{ payload.mode }}"}
"""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the key in the environment, which nothing in the process has read yet."""
    monkeypatch.setenv("CANARY_KEY", CANARY)
    with process_is_fresh():
        yield


@pytest.fixture(params=["standalone", "shared"])
def module(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModuleType]:
    options = Options(recordings=True)
    with built_in(request.param, SPEC, tmp_path, options) as module:
        yield module


def answer(request: httpx.Request) -> httpx.Response:
    """Answer as a careless server does, or not at all."""
    told = f"{dict(request.headers)} {request.url}"
    match request.url.params.get("it"):
        case "broken":
            raise httpx.ConnectError(told, request=request)
        case "illegal":
            raise httpx.LocalProtocolError(told) from ValueError(told)
        case "fine":
            return httpx.Response(200, json={"told": "fine"})
    return httpx.Response(500, text=told, headers={"x-told": "x"})


CASES: list[tuple[str, Any]] = [
    *(("headed", {"it": it}) for it in ("broken", "illegal", "500")),
    ("in_path", None),
    ("called", {"mode": "r"}),
    ("called", {"mode": "no"}),
]


@pytest.mark.parametrize(("chain", "payload"), CASES)
def test_a_key_is_in_no_error_log_or_event(
    module: ModuleType, chain: str, payload: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for logger in ("n3gen", "httpx"):
        caplog.set_level(logging.DEBUG, logger)

    options = {} if chain == "called" else {"http": httpx.MockTransport(answer)}

    async def main() -> tuple[Any, BaseException]:
        told = [e async for e in module.stream_chain(chain, payload, **options)]
        with pytest.raises(module.ChainError) as caught:
            await getattr(module, chain)(payload, **options)
        return told, caught.value

    told, error = asyncio.run(main())
    assert told[-1]["event"] == "chain_error"
    shown = "".join(traceback.format_exception(error))
    logged = caplog.text + "".join(str(record.args) for record in caplog.records)
    for text in (repr(told), shown, logged):
        assert "ask" in text
        assert CANARY not in text


def test_what_httpx_logs_of_a_request_has_no_key_and_no_password(
    module: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "httpx")
    asyncio.run(module.run_chain("in_path", http=httpx.MockTransport(answer)))
    url = httpx.URL("https://me:password@h.test/x")
    logging.getLogger("httpx").info("%s %s", "GET", url)
    lines = (r.getMessage() for r in caplog.records if r.name == "httpx")
    first, second = lines
    assert "GET https://example.com/bot***/ask" in first
    assert second == "GET https://h.test/x"


class Careless(Exception):
    """An error that keeps a key in an attribute of its own."""

    def __init__(self, key: str) -> None:
        super().__init__("careless")
        self.key = key
        self.add_note(f"it was {key}")


def test_no_error_keeps_a_key_in_its_attributes() -> None:
    async def work(ctx: Any) -> None:
        raise Careless(ctx.options["key"])

    text = """
        chain c:
            step s:
                target: work
                options: {key: "{{ env.CANARY_KEY }}"}
        """

    async def main() -> BaseException:
        module = build(text)
        with pytest.raises(module.ChainError) as caught:
            await module.c(connectors={"work": work})
        return caught.value

    kept = [error for error in causes(asyncio.run(main())) if hasattr(error, "key")]
    assert [vars(error) for error in kept] == [
        {"key": "***", "__notes__": ["it was ***"]}
    ]


GROUPED = """
    chain c:
        step s:
            target: work
            options: {key: "{{ env.CANARY_KEY }}"}

    chain rounds:
        for docs: n in [1, 2]:
            key: env.CANARY_KEY ~ n
            step s:
                target: late
                options: {key: "{{ env.CANARY_KEY }}", n: "{{ n }}"}
    """


@pytest.mark.parametrize("chain", ["c", "rounds"])
@pytest.mark.parametrize("is_behind", [True, False])
def test_no_group_and_no_round_tells_a_key(
    chain: str, is_behind: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "n3gen")

    async def work(ctx: Any) -> None:
        key = ctx.options["key"]
        inner = ExceptionGroup(f"in {key}", [OSError(2, key, f"/{key}"), ValueError(1)])
        group = ExceptionGroup(f"no {key}", [inner])
        group.add_note("a note")
        if is_behind:
            raise LookupError("none") from group
        raise group

    async def late(ctx: Any) -> int:
        if ctx.options["n"] == 2:
            await work(ctx)
        return 1

    async def main() -> tuple[Any, BaseException]:
        module = build(GROUPED)
        given = {"work": work, "late": late}
        told = [e async for e in module.stream_chain(chain, connectors=given)]
        with pytest.raises(module.ChainError) as caught:
            await getattr(module, chain)(connectors=given)
        return told, caught.value

    told, error = asyncio.run(main())
    shown = "".join(traceback.format_exception(error))
    for text in (repr(told), shown, caplog.text):
        assert "s' failed" in text
        assert CANARY not in text
    assert "ExceptionGroup: no *** (1 sub-exception)" in shown
    assert "a note" in shown
    assert "in work" in shown, "the traceback is kept"
    if chain == "rounds":
        assert "docs[***2].s" in shown


def causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize("it", ["broken", "500"])
def test_no_error_keeps_the_request_with_its_headers(
    module: ModuleType, it: str
) -> None:
    async def main() -> BaseException:
        with pytest.raises(module.ChainError) as caught:
            await module.headed({"it": it}, http=httpx.MockTransport(answer))
        return caught.value

    errors = causes(asyncio.run(main()))
    (kept,) = [error for error in errors if isinstance(error, httpx.HTTPError)]
    with pytest.raises(RuntimeError, match="has not been set"):
        _ = kept.request
    if isinstance(kept, httpx.HTTPStatusError):
        assert kept.response.status_code == 500
        with pytest.raises(RuntimeError, match="has not been set"):
            _ = kept.response.request


def test_recordings_and_their_names_have_no_key_and_are_their_owners(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recordings"
    monkeypatch.setenv("N3GEN_RECORD", str(folder))

    async def main() -> None:
        http = httpx.MockTransport(answer)
        await module.run_chain("headed", {"it": "fine"}, http=http)
        await module.run_chain("in_path", http=http)

    asyncio.run(main())
    files = sorted(folder.iterdir())
    assert len(files) == 2
    for file in files:
        assert CANARY not in file.name + file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_address_of_a_server_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_OF_STEP", "https://api.example.com")
    text = """
        chain c:
            step ask:
                url: "{{ env.SERVER_OF_STEP }}/orders"
        """

    async def main() -> Any:
        return await build(text).run_chain("c", http=httpx.MockTransport(answer))

    with process_is_fresh():
        error = asyncio.run(main())["error"]
    assert "GET https://api.example.com/orders answered 500" in error


HOOKED = """
chain hooked:
    step ask: {url: "{{ env.CANARY_HOOK }}", query: {at: "{{ payload }}"}, retry: {max: 0}}

chain continued:
    step ask: {url: "{{ env.CANARY_HOOK }}?wait=true", retry: {max: 0}}

chain plain:
    step ask: {method: POST, url: "{{ env.CANARY_HOOK }}", json: {a: 1}, retry: {max: 0}}
"""

HOOKS = [
    f"https://h.test/hook/{CANARY}",
    f"https://h.test/hook/{CANARY}?wait=true",
    f"https://h.test/hook?key={CANARY}&v=2",
    f"https://h.test/a/../hook/{CANARY}/",
    f"HTTPS://H.test/hook/{CANARY}?wait=true",
    f"https://me:{CANARY}@h.test/hook",
    f"https://{CANARY}@h.test/hook#{CANARY}",
    f"https://h.test/hook%2f{CANARY}?{CANARY}",
    f"h.test/{CANARY}?wait=true",
]
"""Addresses that whoever knows them may post to."""


def told_back(request: httpx.Request) -> httpx.Response:
    """Answer with what of the address a server knows, or by going there again."""
    told = f"bad key {request.url.raw_path.decode()} of {request.url.userinfo.decode()}"
    last = request.url.path.rpartition("/")[2]
    headers = {
        "location": str(request.url.copy_with(host="other.test")),
        "x-told": last,
    }
    if request.method == "POST":
        return httpx.Response(307, headers=headers)
    if request.url.params.get("at") == "broken":
        raise httpx.ConnectError("cannot", request=request)
    return httpx.Response(401, text=f"{told}: {last}".upper(), headers=headers)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_parts_of_a_secret_address_are_as_hidden_as_it_is(
    hook: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CANARY_HOOK", hook)
    for logger in ("n3gen", "httpx"):
        caplog.set_level(logging.DEBUG, logger)
    module = build(HOOKED)

    async def main(chain: str, payload: str) -> tuple[Any, BaseException]:
        options: Any = {"http": httpx.MockTransport(told_back)}
        record = await module.run_chain(chain, payload, **options)
        with pytest.raises(module.ChainError) as caught:
            await getattr(module, chain)(payload, **options)
        return record, caught.value

    for chain in ("hooked", "continued", "plain"):
        for payload in ("broken", "401"):
            record, error = asyncio.run(main(chain, payload))
            kept = [f"{e.args} {vars(e)}" for e in causes(error)]
            kept += [
                str(e.response.headers)
                for e in causes(error)
                if isinstance(e, httpx.HTTPStatusError)
            ]
            shown = "".join(traceback.format_exception(error))
            for text in (repr(record), shown, caplog.text, *kept):
                assert CANARY not in text.lower()
            assert "Step 'ask' failed" in record["error"]


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if "://" in hook])
def test_the_parts_of_a_secret_address_are_in_no_recording(
    hook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_HOOK", hook)
    monkeypatch.setenv("N3GEN_RECORD", str(tmp_path / "recordings"))
    module = build(HOOKED, options=Options(recordings=True))
    http = httpx.MockTransport(told_back)
    asyncio.run(module.run_chain("hooked", "401", http=http))
    (file,) = (tmp_path / "recordings").iterdir()
    assert CANARY not in (file.name + file.read_text()).lower()
    assert "https://h.test" in file.read_text()


def test_a_short_part_of_a_secret_address_hides_no_other_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANARY_HOOK", "https://h.test/v1?wait=true&to=hook")

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, text="true is no v1 of a hook")

    async def main() -> Any:
        transport = httpx.MockTransport(answer)
        return await build(HOOKED).run_chain("hooked", "x", http=transport)

    error = asyncio.run(main())["error"]
    assert "GET https://h.test/v1 answered 400 Bad Request: true is no v1" in error


EMITTED = """
    chain told:
        step by_itself: {emit: "key {{ env.CANARY_KEY }}"}
        step called:
            target: work
            options: {key: "{{ env.CANARY_KEY }}"}
        step asked:
            wait: ok
            ask: "Is {{ env.CANARY_KEY }} yours?"
            timeout: 1
            default: null
        step piped: {kind: chain, target: p, payload: {text: "{{ env.CANARY_KEY }}"}}
        result: 1
    pipeline p:
        stage one: {value: "{{ payload.text | length }}"}
    """


class Kept:
    """An object whose text has a key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __str__(self) -> str:
        return f"kept {self.key}"


def test_no_key_stands_in_what_steps_emit_and_ask() -> None:
    free = {"fine": object(), "parts": (1, 2)}

    async def work(ctx: Any) -> None:
        key = ctx.options["key"]
        await ctx.emit(free)
        await ctx.emit({"it": [f"a {key}", 3, {key: None}], "kept": Kept(key)})
        await ctx.emit(key)

    async def main() -> list[Any]:
        module = build(EMITTED)
        handle = module.start_chain("told", connectors={"work": work})
        return [event async for event in handle.events()]

    told = asyncio.run(main())
    begun = [e for e in told if e["event"] not in ("step_complete", "chain_complete")]
    assert CANARY not in repr(begun)
    data = [e["data"] for e in told if e["event"] == "step_progress"]
    nested = {"it": ["a ***", 3, {"***": None}], "kept": "kept ***"}
    assert data == ["key ***", free, nested, "***"]
    assert data[1] is free
    (asked,) = (e for e in told if e["event"] == "step_waiting")
    assert asked["question"] == "Is *** yours?"
    (piped,) = (e for e in told if e["event"] == "pipeline:start")
    assert piped["input"] == {"text": "***"}
    results = {e["step"]: e["record"]["result"] for e in told if "record" in e}
    assert results["by_itself"] == f"key {CANARY}", "a result stays as it is"
