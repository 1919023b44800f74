"""Services that answer with what they should not, and keys that stay where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.building import build


class Odd(BaseHTTPRequestHandler):
    """Answers by its path; `seen` are the requests with their headers."""

    seen: list[tuple[str, dict[str, str]]]
    elsewhere = ""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.path, headers))
        status, body, more = 200, b"<not json>", {}
        if self.path.startswith("/redirect"):
            status, more = 302, {"location": self.elsewhere + "/there"}
        elif self.path.startswith("/down"):
            status, body = 503, f"key {headers.get('authorization')}".encode()
        elif self.path.startswith("/empty"):
            body = b""
        elif self.path.startswith("/cookie"):
            more = {"set-cookie": "session=1"}
        self.send_response(status)
        for name, value in {"content-type": "application/JSON", **more}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[tuple[str, type[Odd]]]:
    handler = type("Handler", (Odd,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        # Another name is another origin, though it is the same machine.
        handler.elsewhere = f"http://localhost:{server.server_port}"
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


HTTP = """
    chain c:
        step get:
            url: "{{ payload.url }}"
            headers: {authorization: "{{ payload.key }}", x-api-key: "{{ payload.key }}"}
    """

MODEL = """
    connection model:
        api: openai
        base_url: env("TEST_URL")
        api_key: env("TEST_KEY")
        model: m
    chain c:
        step ask:
            prompt: Hello
    """


def record_of(spec: str, payload: Any = None) -> Any:
    module = build(spec)

    async def main() -> Any:
        record = await module.run_chain("c", payload)
        await module.aclose()
        return record

    return asyncio.run(main())


def got(url: str, key: str = "s3cret") -> Any:
    return record_of(HTTP, {"url": url, "key": key})


def test_a_redirect_to_elsewhere_takes_no_keys_along(
    service: tuple[str, type[Odd]],
) -> None:
    url, handler = service
    assert got(f"{url}/redirect")["status"] == "ok"
    (_, first), (path, second) = handler.seen
    assert first["x-api-key"] == first["authorization"] == "s3cret"
    assert path == "/there"
    assert "s3cret" not in second.values()


def test_a_redirect_within_the_origin_takes_them_along(
    service: tuple[str, type[Odd]],
) -> None:
    url, handler = service
    handler.elsewhere = ""
    assert got(f"{url}/redirect")["status"] == "ok"
    assert handler.seen[1][1]["x-api-key"] == "s3cret"


def test_redirects_in_a_circle_end(service: tuple[str, type[Odd]]) -> None:
    url, handler = service
    handler.elsewhere = f"{url}/redirect"
    assert "TooManyRedirects" in got(f"{url}/redirect")["error"]


@pytest.mark.parametrize(("path", "body"), [("/html", "<not json>"), ("/empty", "")])
def test_what_only_says_that_it_is_json_is_text(
    service: tuple[str, type[Odd]], path: str, body: str
) -> None:
    assert got(service[0] + path)["result"]["body"] == body


def test_cookies_do_not_pass_from_run_to_run(service: tuple[str, type[Odd]]) -> None:
    url, handler = service
    module = build(HTTP)

    async def main() -> None:
        for _ in range(2):
            await module.run_chain("c", {"url": f"{url}/cookie", "key": "k"})
        await module.aclose()

    asyncio.run(main())
    assert ["cookie" in headers for _, headers in handler.seen] == [False, False]


def test_an_error_names_the_address_without_its_secrets(
    service: tuple[str, type[Odd]],
) -> None:
    url = service[0].replace("//", "//user:pa55@") + "/down?key=s3cret"
    error = got(url)["error"]
    assert "answered 503 Service Unavailable" in error
    assert "/down" in error
    assert "s3cret" not in error
    assert "pa55" not in error


def test_a_header_that_no_header_may_be_is_not_shown() -> None:
    error = got("http://127.0.0.1:9/", "s3cret\n")["error"]
    assert "header `authorization` has a character that no header may" in error
    assert "s3cret" not in error


def test_a_key_with_a_line_break_at_its_end_works_and_is_never_told(
    service: tuple[str, type[Odd]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, handler = service
    monkeypatch.setenv("TEST_KEY", "s3cret\n")
    monkeypatch.setenv("TEST_URL", f"{url}/down")
    error = record_of(MODEL)["error"]
    assert handler.seen[0][1]["authorization"] == "Bearer s3cret"
    assert "`model` answered 503: key Bearer ***" in error


def test_a_model_that_answers_without_json(
    service: tuple[str, type[Odd]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "k")
    monkeypatch.setenv("TEST_URL", service[0])
    message = "ModelError: `model` answered with what is not JSON: '<not json>'"
    assert message in record_of(MODEL)["error"]


def test_clients_of_closed_loops_are_forgotten(service: tuple[str, type[Odd]]) -> None:
    module = build(HTTP)
    payload = {"url": service[0], "key": "k"}
    loops = []
    for _ in range(3):
        loop = asyncio.new_event_loop()
        loops.append(loop)
        loop.run_until_complete(module.run_chain("c", payload))
        loop.run_until_complete(module.aclose())
        module.CLIENTS[loop] = {}
        loop.close()
    assert len(module.CLIENTS) <= 2
