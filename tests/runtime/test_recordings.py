"""Exchanges that are recorded and replayed: what is kept, in which order, without secrets."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import pickle
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.http.clients import (
    CLIENT_WRAPPERS,
    close_clients,
    http_clients,
)
from n3gen.templates.runtime.http.http_step import http_request
from n3gen.templates.runtime.http.secrets import Env, read_setting
from n3gen.templates.runtime.models.models import Connection
from n3gen.templates.runtime.recordings.recordings import (
    ReplayMiss,
    recorded,
    use_recordings,
)
from n3gen.templates.runtime.recovery.failures import ModelError, failure_of
from n3gen.templates.runtime.run.process import Limiter, process_state
from n3gen.templates.runtime.run.run import Run, Step

from tests.clock import run

CANARY = "sk-canary/7f3+9a=="
URL = "https://api.example.com/v1/chat/completions"
ModelAnswer = Callable[
    [httpx.Request], httpx.Response | Coroutine[Any, Any, httpx.Response]
]


@pytest.fixture(autouse=True)
def recordings() -> Iterator[None]:
    """The clients of this process record and replay."""
    use_recordings()
    yield
    CLIENT_WRAPPERS.clear()


class Folder:
    """A folder of recordings, recorded into or replayed from, each on a loop of its own."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.monkeypatch = monkeypatch

    def client(self, answer: ModelAnswer | None = None) -> httpx.AsyncClient:
        self.monkeypatch.delenv("N3GEN_RECORD", raising=False)
        self.monkeypatch.delenv("N3GEN_REPLAY", raising=False)
        name = "N3GEN_REPLAY" if answer is None else "N3GEN_RECORD"
        self.monkeypatch.setenv(name, str(self.path))
        inner = None if answer is None else httpx.MockTransport(answer)
        return recorded(httpx.AsyncClient(transport=inner))

    def exchange(
        self, answer: ModelAnswer | None, *requests: dict[str, Any]
    ) -> list[httpx.Response]:
        """The responses to some requests, one after another."""

        async def main() -> list[httpx.Response]:
            async with self.client(answer) as client:
                return [await client.request(**request) for request in requests]

        return run(main())

    def files(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir())

    def text_of(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def recording(self) -> dict[str, Any]:
        (name,) = self.files()
        found: dict[str, Any] = json.loads((self.path / name).read_text("utf-8"))
        return found

    def text(self) -> str:
        return "".join(
            f"{path.name}\n{path.read_text('utf-8')}" for path in self.path.iterdir()
        )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setitem(process_state(), "secret_names", set())
    return Folder(tmp_path / "deep" / "recordings", monkeypatch)


def post(body: Any, url: str = URL, **parts: Any) -> dict[str, Any]:
    return {"method": "POST", "url": url, "json": body, **parts}


def get(url: str, **parts: Any) -> dict[str, Any]:
    return {"method": "GET", "url": url, **parts}


def echo(request: httpx.Request) -> httpx.Response:
    """All that a server could give away again."""
    return httpx.Response(
        200,
        json={
            "headers": dict(request.headers),
            "url": str(request.url),
            "body": request.content.decode("utf-8", "replace"),
        },
        headers={"x-request-id": "r1", "set-cookie": f"session={CANARY}"},
    )


def counting() -> ModelAnswer:
    """Answers with 1, 2, 3, ..."""
    numbers = iter(range(1, 1000))
    return lambda _: httpx.Response(200, json=next(numbers))


def test_without_a_variable_a_client_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("N3GEN_RECORD", " ")
    monkeypatch.delenv("N3GEN_REPLAY", raising=False)
    client = httpx.AsyncClient()
    assert recorded(client) is client


def test_both_variables_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("N3GEN_RECORD", "a")
    monkeypatch.setenv("N3GEN_REPLAY", "b")
    with pytest.raises(ModelError, match="N3GEN_RECORD and N3GEN_REPLAY are both set"):
        recorded(httpx.AsyncClient())


def test_what_was_recorded_is_replayed(folder: Folder) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            429,
            content=b'{"text": "gr\xc3\xb6\xc3\x9fer", "n": [1, 0.1, null], "half": "\\ud800"}',
            headers={
                "content-type": "application/json",
                "retry-after": "7",
                "date": "now",
                "x-ratelimit-remaining": "1",
            },
        )

    (live,) = folder.exchange(answer, post({"a": 1}))
    (again,) = folder.exchange(None, post({"a": 1}))
    assert live.headers["date"] == "now"
    assert (again.status_code, again.json()) == (429, live.json())
    assert dict(again.headers) == {
        "content-type": "application/json",
        "retry-after": "7",
    }


def test_a_recording_reads_well(folder: Folder) -> None:
    folder.exchange(
        lambda _: httpx.Response(200, json={"text": "größer"}),
        post({"model": "m", "messages": []}, f"{URL}?b=2&a=1"),
    )
    (name,) = folder.files()
    digest = name.removeprefix("api.example.com-v1-chat-completions-")
    assert len(digest.removesuffix(".json")) == 12
    assert (folder.path / name).read_text("utf-8") == """{
  "method": "POST",
  "url": "https://api.example.com/v1/chat/completions?a=1&b=2",
  "content_type": "application/json",
  "json": {
    "model": "m",
    "messages": []
  },
  "answers": [
    {
      "status": 200,
      "elapsed_ms": 0,
      "headers": {
        "content-type": "application/json"
      },
      "json": {
        "text": "größer"
      }
    }
  ]
}
"""


def test_the_time_of_an_answer_is_recorded(folder: Folder) -> None:
    async def late(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.25)
        return httpx.Response(200, json="late")

    folder.exchange(late, get(URL))
    assert [a["elapsed_ms"] for a in folder.recording()["answers"]] == [250]
    (replayed,) = folder.exchange(None, get(URL))
    assert replayed.json() == "late"


def test_equal_requests_are_told_by_what_they_ask(folder: Folder) -> None:
    body = {"a": 1, "b": {"c": 2, "d": 3}}
    other_order = {"b": {"d": 3, "c": 2}, "a": 1}
    folder.exchange(counting(), post(body, f"{URL}?x=1&y=2"))
    same = [
        post(other_order, f"{URL}?y=2&x=1"),
        post(body, f"{URL}?x=1&y=2", headers={"x-trace": "1", "user-agent": "other"}),
        post(body, f"{URL}?x=1&y=2", headers={"authorization": "Bearer other"}),
        post(body, "https://me:pass@api.example.com/v1/chat/completions?x=1&y=2"),
    ]
    assert [r.json() for r in folder.exchange(None, *same)] == [1] * len(same)
    others = [
        post({**body, "a": 2}, f"{URL}?x=1&y=2"),
        post(body, f"{URL}?x=1&y=3"),
        post(body, f"{URL}s?x=1&y=2"),
        post(body, f"{URL}?x=1&y=2") | {"method": "PUT"},
        post(body, "https://api.example.org/v1/chat/completions?x=1&y=2"),
        post(body, "https://api.example.com:81/v1/chat/completions?x=1&y=2"),
        get(f"{URL}?x=1&y=2"),
        {
            **post(None, f"{URL}?x=1&y=2"),
            "json": None,
            "content": json.dumps(body),
            "headers": {"content-type": "text/plain"},
        },
    ]
    for other in others:
        with pytest.raises(ReplayMiss):
            folder.exchange(None, other)


def test_answers_to_equal_requests_are_replayed_in_order(folder: Folder) -> None:
    request = get("https://x/")
    folder.exchange(counting(), *[request] * 3)
    replayed = folder.exchange(None, *[request] * 5)
    assert [response.json() for response in replayed] == [1, 2, 3, 3, 3]
    assert folder.exchange(None, request)[0].json() == 1, "another loop begins anew"


def test_a_new_recording_takes_the_place_of_the_old(folder: Folder) -> None:
    request = get("https://x/")
    folder.exchange(counting(), *[request] * 3)
    before = folder.text()
    folder.exchange(counting(), *[request] * 3)
    assert folder.text() == before
    folder.exchange(lambda _: httpx.Response(200, json="new"), request)
    assert [answer["json"] for answer in folder.recording()["answers"]] == ["new"]


def test_answers_stand_in_the_order_of_asking(folder: Folder) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.headers["x-number"])
        await asyncio.sleep(10 - number)  # the first to ask is the last to be answered
        return httpx.Response(200, json=number)

    async def main() -> None:
        async with folder.client(answer) as client:
            headers = [{"x-number": str(number)} for number in range(5)]
            await asyncio.gather(
                *(client.get("https://x/", headers=h) for h in headers)
            )

    run(main())
    answers = folder.recording()["answers"]
    assert [answer["json"] for answer in answers] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", "größer\r\n".encode()),
        ("text/plain; charset=latin-1", "größer".encode("latin-1")),
        ("image/png", b"\x89PNG\r\n\x00\xff"),
        ("application/json", b"not json"),
        ("application/json", b"\xff"),
        ("application/json", b"[" * 5_000),
        ("application/json", b""),
        ("", b""),
    ],
)
def test_a_body_of_any_type_comes_back(
    folder: Folder, content_type: str, body: bytes
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, content=body, headers={"content-type": content_type})

    request = {"method": "POST", "url": URL, "content": body}
    (live,) = folder.exchange(answer, request)
    (again,) = folder.exchange(None, request)
    assert (live.content, again.content) == (body, body)
    assert again.text == live.text


def test_a_packed_body_is_recorded_unpacked(folder: Folder) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        body = gzip.compress(b'{"a": "readable"}')
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        return httpx.Response(200, content=body, headers=headers)

    (live,) = folder.exchange(answer, get(URL))
    assert live.json() == {"a": "readable"}
    assert folder.recording()["answers"][0]["json"] == {"a": "readable"}
    assert folder.exchange(None, get(URL))[0].json() == {"a": "readable"}


class Pieces(httpx.AsyncByteStream):
    """A body that comes in pieces, a second apart."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(1)
            yield piece

    async def aclose(self) -> None:
        self.is_closed = True


EVENTS = ("data: größer\n\n".encode(), b"data: \xc3", b"\xbc\n\n", b"data: [DONE]\n\n")
STREAMED = {"content-type": "text/event-stream; charset=utf-8"}


def streaming(stream: httpx.AsyncByteStream) -> ModelAnswer:
    return lambda _: httpx.Response(200, headers=STREAMED, stream=stream)


async def pieces_of(client: httpx.AsyncClient) -> list[tuple[float, bytes]]:
    """The pieces of a streamed answer, with the time of each."""
    time = asyncio.get_running_loop().time
    async with client.stream("POST", URL, json={"stream": True}) as response:
        return [(time(), piece) async for piece in response.aiter_bytes()]


def test_a_stream_is_passed_on_as_it_comes_and_replayed_in_its_pieces(
    folder: Folder,
) -> None:
    async def main(answer: ModelAnswer | None) -> list[tuple[float, bytes]]:
        async with folder.client(answer) as client:
            return await pieces_of(client)

    stream = Pieces(*EVENTS)
    live = run(main(streaming(stream)))
    assert live == list(zip((1.0, 2.0, 3.0, 4.0), EVENTS, strict=True))
    assert stream.is_closed
    assert folder.recording()["answers"][0]["pieces"] == [
        "data: größer\n\n",
        {"base64": base64.b64encode(EVENTS[1]).decode()},
        {"base64": base64.b64encode(EVENTS[2]).decode()},
        "data: [DONE]\n\n",
    ]
    assert [piece for _, piece in run(main(None))] == list(EVENTS)


@pytest.mark.parametrize("seconds", [0.5, 2.5, 3.5])
def test_an_exchange_that_is_cut_off_leaves_no_file(
    folder: Folder, seconds: float
) -> None:
    stream = Pieces(*EVENTS)

    async def main() -> None:
        async with folder.client(streaming(stream)) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await pieces_of(client)
        assert stream.is_closed

    run(main())
    assert not folder.path.exists()


def test_an_exchange_that_breaks_leaves_no_file(folder: Folder) -> None:
    class Breaking(Pieces):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"data: half"
            raise httpx.ReadError("gone")

    async def main() -> None:
        async with folder.client(streaming(Breaking())) as client:
            with pytest.raises(httpx.ReadError):
                await pieces_of(client)

    run(main())
    assert not folder.path.exists()


def test_a_folder_that_cannot_be_written_is_told(folder: Folder) -> None:
    folder.path.parent.mkdir()
    folder.path.touch()
    with pytest.raises(ModelError, match="cannot be written") as caught:
        folder.exchange(counting(), get(URL))
    assert failure_of(caught.value).is_final


def test_a_miss_shows_the_nearest_recording(folder: Folder) -> None:
    prompt = "Summarise this.\n" + "It is a long text. " * 50
    request = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    folder.exchange(counting(), post({"other": 1}), post(request), get("https://x/y"))
    changed = json.loads(
        json.dumps(request).replace("long text. It", "SHORT text. It", 1)
    )
    with pytest.raises(ReplayMiss) as caught:
        folder.exchange(None, post(changed))
    head, *diff = str(caught.value).splitlines()
    assert (
        head == f"`{folder.path}` has no recording of POST {URL}; the nearest differs:"
    )
    assert diff[0].startswith("--- api.example.com-v1-chat-completions-")
    assert diff[1] == "+++ this request"
    removed = [line for line in diff[2:] if line.startswith("-")]
    added = [line for line in diff[2:] if line.startswith("+")]
    assert "long text" in removed[0]
    assert "SHORT text" in added[0]
    assert len(diff) <= 20


def test_the_nearest_recording_is_not_the_first_by_name(folder: Folder) -> None:
    prompts = ["hello", *(f"secret {number}" for number in range(30))]
    folder.exchange(counting(), *(post({"prompt": prompt}) for prompt in prompts))
    hello = next(name for name in folder.files() if '"hello"' in folder.text_of(name))
    assert folder.files()[0] != hello
    with pytest.raises(ReplayMiss) as caught:
        folder.exchange(None, post({"prompt": "hello2"}))
    shown = str(caught.value)
    assert f"--- {hello}\n" in shown and '-  "prompt": "hello"\n' in shown


def test_a_miss_is_neither_repeated_nor_stood_in_for(folder: Folder) -> None:
    with pytest.raises(ReplayMiss, match="nor any that is like it") as caught:
        folder.exchange(None, post({}))
    failure = failure_of(caught.value)
    assert (failure.kind, failure.is_final) == ("error", True)
    assert not isinstance(caught.value, httpx.HTTPError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.is_final) == (str(caught.value), True)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"url": "u", "answers": []}', "[" * 5_000, "\udc80"],
)
def test_a_recording_that_cannot_be_read_is_named(folder: Folder, text: str) -> None:
    folder.exchange(counting(), get("https://x/"))
    (name,) = folder.files()
    (folder.path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(
        ModelError, match=f"{name}` is not a recording that can be read"
    ):
        folder.exchange(None, get("https://x/"))
    with pytest.raises(ReplayMiss):
        folder.exchange(None, get("https://x/other"))


@pytest.mark.parametrize("answer", [None, 1, {}, {"status": "x"}, {"json": 1}])
def test_an_answer_that_cannot_be_read_is_told(folder: Folder, answer: Any) -> None:
    folder.exchange(counting(), get("https://x/"))
    (name,) = folder.files()
    recording = {**folder.recording(), "answers": [answer]}
    (folder.path / name).write_text(json.dumps(recording))
    with pytest.raises(ModelError, match="is not a recording that can be read"):
        folder.exchange(None, get("https://x/"))


HIDING = [
    post({"a": 1}, headers={"authorization": f"Bearer {CANARY}"}),
    post({"a": 1}, headers={"x-api-key": CANARY}),
    post({"a": 1}, headers={"x-goog-api-key": CANARY}),
    post({"a": 1}, headers={"api-key": CANARY}),
    post({"a": 1}, headers={"proxy-authorization": f"Basic {CANARY}"}),
    post({"a": 1}, headers={"cookie": f"a=1; session={CANARY}"}),
    post({"a": 1}, auth=("user", CANARY)),
    get(f"{URL}?key={CANARY.replace('+', '%2B')}"),
    get(URL, params={"api_key": CANARY}),
    get(URL, params={"access_token": CANARY, "page": "2"}),
]

USING = [
    post({"a": 1}, headers={"x-whatever": CANARY}),
    get(URL, params={"whatever": f"prefix-{CANARY}-suffix"}),
    post({"text": f"say {CANARY}!", CANARY: [CANARY]}),
    {"method": "POST", "url": URL, "content": f"say {CANARY}!".encode()},
    {"method": "POST", "url": URL, "content": b"\xff" + CANARY.encode()},
    {"method": "POST", "url": URL, "data": {"token_of_mine": CANARY}},
    get(f"https://api.example.com/bot{CANARY.replace('/', '%2F')}/send"),
]


def leaks(text: str) -> list[str]:
    """In which forms a text has the canary."""
    core = base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-2]
    return [form for form in ("canary", "7f3", core) if form in text]


@pytest.mark.parametrize("request_", HIDING + USING)
def test_no_secret_is_recorded_whatever_the_server_echoes(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, request_: dict[str, Any]
) -> None:
    if request_ in USING:
        monkeypatch.setenv("MY_SECRET", CANARY)
        assert read_setting(Env("MY_SECRET")) == CANARY

    def answer(request: httpx.Request) -> httpx.Response:
        if "stream" not in request.headers:
            return echo(request)
        content = echo(request).content
        # The secret is split over pieces, wherever it stands.
        parts = [content[start : start + 5] for start in range(0, len(content), 5)]
        return httpx.Response(200, headers=STREAMED, stream=Pieces(*parts))

    (live,) = folder.exchange(answer, request_)
    assert (
        CANARY in live.json()["headers"].values()
        or leaks(live.text)
        or "Basic" in (live.text)
    )
    assert leaks(folder.text()) == []
    (again,) = folder.exchange(None, request_)
    assert set(again.json()) == {"headers", "url", "body"}
    streamed = dict(request_)
    streamed["headers"] = {**request_.get("headers", {}), "stream": "1"}
    folder.exchange(answer, streamed)
    assert leaks(folder.text()) == []
    monkeypatch.setenv("MY_SECRET", "dummy-in-replay")
    if request_ in HIDING:
        other = json.loads(json.dumps(request_).replace(CANARY, "dummy"))
        other["url"] = request_["url"].replace(CANARY.replace("+", "%2B"), "dummy")
        if "auth" in other:
            other["auth"] = tuple(other["auth"])
        assert folder.exchange(None, other)[0].status_code == 200
    with pytest.raises(ReplayMiss) as caught:
        folder.exchange(None, {**request_, "method": "PATCH"})
    if request_ in HIDING:
        told = "".join(traceback.format_exception(caught.value))
        assert leaks(str(caught.value)) == []
        assert leaks(told) == []


def test_a_short_dummy_key_does_not_change_what_is_asked(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = post({"prompt": "a test of ollama"})
    monkeypatch.setenv("MY_SECRET", CANARY)
    read_setting(Env("MY_SECRET"))
    folder.exchange(counting(), request)
    for dummy in ("test", "ollama"):
        monkeypatch.setenv("MY_SECRET", dummy)
        assert folder.exchange(None, request)[0].json() == 1


@pytest.fixture
def server() -> Iterator[Callable[[], Coroutine[Any, Any, asyncio.Server]]]:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with_head = await reader.readuntil(b"\r\n\r\n")
        body = b'{"path": "%s"}' % with_head.split(b" ")[1]
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close"
        writer.write(b"%s\r\ncontent-length: %d\r\n\r\n%s" % (head, len(body), body))
        await writer.drain()
        writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(answer, "127.0.0.1", 0)

    yield start


def test_the_clients_of_a_module_record_and_replay(
    folder: Folder,
    monkeypatch: pytest.MonkeyPatch,
    server: Callable[[], Coroutine[Any, Any, asyncio.Server]],
) -> None:
    async def ask(url: str) -> dict[str, Any]:
        step = Step(Run("c", "specs/c.ai", Limiter(1), {}), "s", line=1)
        try:
            return await http_request(step, "GET", url, headers={"x-api-key": CANARY})
        finally:
            await close_clients()

    async def record() -> str:
        monkeypatch.setenv("N3GEN_RECORD", str(folder.path))
        async with await server() as listening:
            port = listening.sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}/a"
            assert (await ask(url))["body"] == {"path": "/a"}
            return url

    async def replay() -> None:
        monkeypatch.delenv("N3GEN_RECORD")
        monkeypatch.setenv("N3GEN_REPLAY", str(folder.path))
        assert (await ask(url))["body"] == {"path": "/a"}, "the server is gone"
        with pytest.raises(ReplayMiss):
            await ask(f"{url}/b")

    async def neither() -> None:
        monkeypatch.delenv("N3GEN_REPLAY")
        with pytest.raises(httpx.ConnectError):
            await ask(url)

    url = asyncio.run(record())
    asyncio.run(replay())
    asyncio.run(neither())


def test_both_variables_fail_the_call_and_not_the_import(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        clients = await http_clients("x")
        with pytest.raises(ModelError, match="both set"):
            async with clients.client():
                pass

    monkeypatch.setenv("N3GEN_RECORD", "a")
    monkeypatch.setenv("N3GEN_REPLAY", "b")
    run(main())


@dataclass(frozen=True)
class KeyedConnection(Connection):
    """A connection with a key."""

    api_key: Env | str | None = None

    async def send(self, *_: Any) -> Any: ...

    async def embed(self, *_: Any) -> Any: ...


def test_a_connection_shows_the_names_of_its_secrets_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_SECRET", CANARY)
    connection = KeyedConnection("c", api_key=Env("MY_SECRET"))
    assert read_setting(connection.api_key) == CANARY
    shown = f"{connection!r} {connection.identity()!r} {pickle.dumps(connection)!r}"
    assert "MY_SECRET" in shown
    assert leaks(shown) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    ),
    pieces=st.lists(st.binary(min_size=1), max_size=5),
)
def test_any_exchange_comes_back(
    folder: Folder, body: Any, pieces: list[bytes]
) -> None:
    content = json.dumps(body)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/stream":
            return httpx.Response(200, headers=STREAMED, stream=Pieces(*pieces))
        headers = {"content-type": "application/json"}
        return httpx.Response(200, content=content, headers=headers)

    requests: list[dict[str, Any]] = [
        {
            "method": "POST",
            "url": f"https://x/{name}",
            "content": content.encode(),
            "headers": {"content-type": "application/json"},
        }
        for name in ("json", "stream")
    ]
    folder.exchange(answer, *requests)
    whole, streamed = folder.exchange(None, *requests)
    assert json.dumps(whole.json()) == content
    assert streamed.content == b"".join(pieces)
