"""What `http` steps send for the values of a run, and what they do not follow."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import httpx
import pytest
from n3gen.templates.runtime.http import http_step

from tests.building import build


def run(spec: str, payload: Any, answer: Any) -> tuple[dict[str, Any], list[Any]]:
    """The record of a run of chain `c`, and the requests that it has sent."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        response: httpx.Response = answer(request)
        return response

    module = build(spec)
    transport = httpx.MockTransport(handler)
    record = asyncio.run(module.run_chain("c", payload, http=transport))
    return record, seen


def ok(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text="ok")


def step(url: str, more: str = "") -> str:
    return f'chain c:\n    step s:\n        url: "{url}"\n{more}'


@pytest.mark.parametrize(
    ("url", "value", "sent"),
    [
        ("https://h.test/users/{{ payload.v }}/x", "a/b", "/users/a%2Fb/x"),
        ("https://h.test/users/{{ payload.v }}/x", "../../admin?x=1#", None),
        ("https://h.test/users/{{ payload.v }}", "é ?", "/users/%C3%A9%20%3F"),
        (
            "https://h.test/users/{{ payload.v | urlencode }}",
            "a b/c",
            "/users/a%20b%2Fc",
        ),
        ("https://h.test/x?q={{ payload.v }}&z=1", "a&b=c#d", "/x?q=a%26b%3Dc%23d&z=1"),
        ("https://h.test/x?{{ payload.v | urlencode }}", {"a": "1 2"}, "/x?a=1%202"),
        ("https://h.test/x/{{ payload.v }}", 7, "/x/7"),
        ("https://h.test/x/{{ payload.v }}", True, "/x/true"),
        ("https://h.test/?to=https://{{ payload.v }}", "a/b", "/?to=https://a%2Fb"),
        (
            "{% set q %}{{ payload.v }}{% endset %}https://h.test/{{ q }}",
            "a/b",
            "/a%2Fb",
        ),
    ],
)
def test_a_value_stays_in_its_place(url: str, value: Any, sent: str | None) -> None:
    record, seen = run(step(url), {"v": value}, ok)
    if sent is None:
        # What could lead elsewhere is encoded as one part of the path.
        sent = "/users/..%2F..%2Fadmin%3Fx%3D1%23/x"
    assert record["status"] == "ok"
    (request,) = seen
    assert request.url.host == "h.test"
    assert request.url.raw_path.decode() == sent


@pytest.mark.parametrize("value", ["..", ".", None])
def test_a_value_that_leads_to_another_path_is_an_error(value: Any) -> None:
    record, seen = run(step("https://h.test/users/{{ payload.v }}/x"), {"v": value}, ok)
    assert record["status"] == "error"
    assert "failed in `url`" in record["error"]
    assert seen == []


NO_QUERY = "{% if payload.q %}?a=1{% endif %}"
NO_PATH = "{% if payload.q %}h.test/{% endif %}"


@pytest.mark.parametrize(
    ("url", "value"),
    [
        (f"https://h.test/users{NO_QUERY}/{{{{ payload.v }}}}/x", ".."),
        ("https://h.test{% for n in payload.n %}?{% endfor %}/{{ payload.v }}", ".."),
        (f"https://{NO_PATH}{{{{ payload.v }}}}/x", "evil.test/?"),
        (
            "https://{% if payload.q %}h.test/{% else %}{{ payload.v }}{% endif %}/x",
            "evil.test:80",
        ),
    ],
)
def test_a_value_behind_branches_is_safe_in_each_of_its_places(
    url: str, value: str
) -> None:
    record, seen = run(step(url), {"v": value, "q": False, "n": []}, ok)
    assert "failed in `url`: ValueError: a value in a" in record["error"]
    assert seen == []


@pytest.mark.parametrize(
    "tenant", ["127.0.0.1:80/?", "evil.test/", "a@evil.test", "a b"]
)
def test_a_value_in_the_host_names_no_other_host(tenant: str) -> None:
    url = "https://{{ payload.v }}.example.test/"
    record, seen = run(step(url), {"v": tenant}, ok)
    assert record["status"] == "error"
    assert seen == []
    record, seen = run(step(url), {"v": "good-1"}, ok)
    assert seen[0].url.host == "good-1.example.test"


@pytest.mark.parametrize("password", ["a/b?c", "p@evil.test", "two words", "50%", "x"])
def test_a_password_in_an_address_may_have_any_sign(password: str) -> None:
    record, seen = run(step("https://bob:{{ payload.v }}@h.test/"), {"v": password}, ok)
    assert record["status"] == "ok"
    assert (seen[0].url.host, seen[0].url.password) == ("h.test", password)


@pytest.mark.parametrize("port", ["80@evil.test", "80/evil", "80@evil.test:80"])
def test_a_value_for_a_port_names_no_other_host(port: str) -> None:
    record, seen = run(step("https://h.test:{{ payload.v }}/"), {"v": port}, ok)
    assert record["status"] == "error"
    assert seen == []
    _, seen = run(step("https://h.test:{{ payload.v }}/"), {"v": 8443}, ok)
    assert (seen[0].url.host, seen[0].url.port) == ("h.test", 8443)


def test_one_expression_alone_is_an_address_as_it_stands() -> None:
    address = "https://h.test/a/b?c=d%20e"
    record, seen = run(step("{{ payload.v }}"), {"v": address}, ok)
    assert record["status"] == "ok"
    assert str(seen[0].url) == address
    record, seen = run(
        step("{{ payload.v }}/x/{{ payload.w }}"),
        {"v": "https://h.test", "w": "a/b"},
        ok,
    )
    assert seen[0].url.raw_path == b"/x/a%2Fb"


def test_none_is_left_out_and_booleans_are_words() -> None:
    more = """\
        headers: {X-None: "{{ payload.none }}", X-Yes: "{{ payload.yes }}"}
        query: {none: "{{ payload.none }}", no: "{{ payload.no }}", id: "01234", v: "1.10"}
"""
    payload = {"none": None, "yes": True, "no": False}
    _, (request,) = run(step("https://h.test/x", more), payload, ok)
    assert "x-none" not in request.headers
    assert request.headers["x-yes"] == "true"
    assert request.url.query == b"no=false&id=01234&v=1.10"


@pytest.mark.parametrize(
    ("place", "value"),
    [("headers", ["a", "b"]), ("headers", {"a": 1}), ("query", {"a": 1})],
)
def test_what_is_no_text_is_not_sent_as_python_shows_it(place: str, value: Any) -> None:
    more = f'        {place}: {{X-V: "{{{{ payload.v }}}}"}}\n'
    record, seen = run(step("https://h.test/x", more), {"v": value}, ok)
    wanted = f"TypeError: `{place}.X-V` must be a text, a number or a boolean"
    assert wanted in record["error"]
    assert seen == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirected_post_is_not_a_get(status: int) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"location": "https://h.test/y"})

    more = "        method: POST\n        json: {a: 1}\n"
    record, seen = run(step("https://h.test/x", more), None, moved)
    assert record["status"] == "error"
    told = f"POST https://h.test/x was redirected ({status}) to GET https://h.test/y"
    assert f"{told}, which would make it a GET" in record["error"]
    assert len(seen) == 1


def test_a_body_goes_to_no_other_server() -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/x":
            return httpx.Response(307, headers={"location": "https://evil.test/y"})
        return httpx.Response(200, text="got it")

    more = "        method: POST\n        json: {secret: 1}\n"
    record, seen = run(step("https://h.test/x", more), None, moved)
    assert record["status"] == "error"
    assert (
        "POST https://evil.test/y, another server, to which its body does not go"
        in record["error"]
    )
    assert [request.url.host for request in seen] == ["h.test"]


def test_a_small_answer_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"0" * 80 * 1024 * 1024)
    assert len(bomb) < 200_000

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=Stream(bomb))

    record, _ = run(step("https://h.test/x"), None, answer)
    assert record["status"] == "error"
    told = "ValueError: GET https://h.test/x answered with more than 64 MiB"
    assert told in record["error"]
    assert http_step.LARGEST_RESPONSE == 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", gzip.compress(bytes(80 << 20))), ("br", b"odd")]
)
def test_a_failure_is_known_by_its_status_whatever_its_body(
    coding: str, body: bytes
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": coding}
        return httpx.Response(500, headers=headers, stream=Stream(body))

    again = "        retry: {max: 1, delay: 1ms, on: [5xx]}\n"
    record, seen = run(step("https://h.test/x", again), None, answer)
    told = "HTTPStatusError: GET https://h.test/x answered 500 Internal Server Error"
    assert told in record["error"]
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("coding", "told"),
    [("br", "the coding `br` was not asked"), ("gzip", "Error -3 while decompressing")],
)
def test_a_body_that_cannot_be_decoded_names_its_address(
    coding: str, told: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": coding}
        return httpx.Response(200, headers=headers, stream=Stream(b"odd"))

    error = run(step("https://h.test/x?k=v"), None, answer)[0]["error"]
    assert f"DecodingError: GET https://h.test/x: {told}" in error


@pytest.mark.parametrize("value", [" lead", "trail ", "\tboth\t"])
def test_blanks_around_the_value_of_a_header_are_not_part_of_it(value: str) -> None:
    more = '        headers: {x-a: "{{ payload }}"}\n'
    record, seen = run(step("https://h.test/x", more), value, ok)
    assert record["error"] is None
    assert seen[0].headers["x-a"] == value.strip()


@pytest.mark.parametrize("value", ["a\nb", "a\x01b", "é", "a\x7f"])
def test_a_header_that_cannot_be_sent_is_named(value: str) -> None:
    more = '        headers: {x-a: "{{ payload }}"}\n'
    record, seen = run(step("https://h.test/x", more), value, ok)
    assert "header `x-a` has a character that no header may have" in record["error"]
    assert not seen


class Stream(httpx.AsyncByteStream):
    """A body in pieces, as a server sends it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def __aiter__(self) -> Any:
        for start in range(0, len(self.data), 4096):
            yield self.data[start : start + 4096]


def test_a_failure_has_the_words_of_the_server_without_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "s3cret-token")

    def locked(request: httpx.Request) -> httpx.Response:
        words = f"the tenant of {request.headers['x-key']} is locked"
        return httpx.Response(422, json={"error": {"message": words}})

    spec = step(
        "https://h.test/x", '        headers: {X-Key: "{{ env.TEST_TOKEN }}"}\n'
    )
    record, _ = run(spec, {}, locked)
    assert "answered 422 Unprocessable Entity: the tenant of *** is locked" in (
        record["error"]
    )


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("example.com/x", "`url` is `example.com/x`, which has no `https://`"),
        (
            "http://h.test:99999/x",
            "`url` is `http://h.test:99999/x`, which has a port, a host or a character that no address",
        ),
        ("http://[::1", "`url` is `http://[::1`, which has a port, a host or a"),
        (
            "http://api:abc/?k=v",
            "`url` is `http://api:abc/`, which has a port, a host or a char",
        ),
        ("/just/path", "`url` is `/just/path`, which has no `https://`"),
        ("Sk3y/path", "`url` has no `https://`"),
        ("http:///x", "`url` is `http:///x`, which does not name a server"),
        ("ftp://h.test/x", "`url` is `ftp://h.test/x`, which has no `https://`"),
    ],
)
def test_an_address_that_is_none(url: str, fault: str) -> None:
    record, seen = run(step("{{ payload }}"), url, ok)
    assert fault in record["error"]
    assert not seen


def test_a_header_that_cannot_be_sent_names_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "s3cret\ntoken")
    spec = step(
        "https://h.test/x", '        headers: {X-Key: "{{ env.TEST_TOKEN }}"}\n'
    )
    error = run(spec, {}, ok)[0]["error"]
    assert "header `X-Key` has a character that no header may have" in error
    assert "(it is from TEST_TOKEN)" in error
    assert "s3cret" not in error


@pytest.mark.parametrize("label", ["latin1", "windows-1252", "utf-16", "utf-8"])
@pytest.mark.parametrize("text", ["x", "\u00e9"])
def test_json_is_read_in_the_encoding_that_its_server_names(
    label: str, text: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": f"application/json; charset={label}"}
        content = f'{{"a": "{text}"}}'.encode(label)
        return httpx.Response(200, content=content, headers=headers)

    record, _ = run(step("https://h.test/"), None, answer)
    assert record["result"]["body"] == {"a": text}


@pytest.mark.parametrize(
    "label", ["rot13", "zlib", "hex", "undefined", "idna", "nonsense", "", "base64"]
)
@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_a_charset_that_is_no_encoding_of_texts_reads_as_utf_8(
    label: str, kind: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": f"{kind}; charset={label}"}
        return httpx.Response(200, content='{"a": "é"}'.encode(), headers=headers)

    record, _ = run(step("https://h.test/"), None, answer)
    body = {"a": "é"} if kind == "application/json" else '{"a": "é"}'
    assert record["error"] is None
    assert record["result"]["body"] == body
