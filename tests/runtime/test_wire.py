"""Requests over HTTP and what can come back: each fault is told, and nothing stays open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from n3gen.templates.runtime.http.secrets import Env
from n3gen.templates.runtime.http.wire import Timeouts
from n3gen.templates.runtime.providers.openai import OpenAIModel, openai_vectors
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.runtime.model_servers import (
    CHAT_END,
    Server,
    asked,
    body_of,
    chat_chunk,
    embedded,
    event_data,
    json_answer,
    request_of,
    stream_answer,
)

KEY = "sk-canary-4711"

ANSWER = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setenv("TEST_TOKEN", "tok/canary+1==")


def model(**fields: Any) -> OpenAIModel:
    given: dict[str, Any] = {
        "base_url": "https://models.test/v1",
        "api_key": Env("TEST_KEY"),
        **fields,
    }
    return OpenAIModel("house", **given)


def failed(server: Server, told: list[str] | None = None, **fields: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        asked(model(**fields), server, None, told)
    assert "canary" not in str(caught.value)
    return caught.value


# What is sent.


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://h/v1", "https://h/v1/chat/completions"),
        ("https://h/v1/", "https://h/v1/chat/completions"),
        ("https://h", "https://h/chat/completions"),
        (
            "http://h:81/a%2Fb/?x=1&y=a%2Fb",
            "http://h:81/a%2Fb/chat/completions?x=1&y=a%2Fb",
        ),
        ("http://[::1]:8000/v1#part", "http://[::1]:8000/v1/chat/completions#part"),
    ],
)
def test_addresses(base_url: str, address: str) -> None:
    server = Server(json_answer(ANSWER))
    asked(model(base_url=base_url), server)
    assert str(server.requests[0].url) == address
    assert server.requests[0].method == "POST"


def test_query_of_the_base_and_of_the_connection() -> None:
    server = Server(json_answer(ANSWER))
    query = {"api-version": "2024-10-21", "token": Env("TEST_TOKEN")}
    asked(model(base_url="https://h/v1?a=1&token=old", query=query), server)
    assert dict(server.requests[0].url.params) == {
        "a": "1",
        "api-version": "2024-10-21",
        "token": "tok/canary+1==",
    }


@pytest.mark.parametrize(
    "base_url", ["", "models.test/v1", "ftp://h/v1", "https:///v1"]
)
def test_a_base_url_that_is_no_address(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failed(Server(json_answer(ANSWER)), base_url=base_url)
    shown = f"is `{base_url}`, which" if base_url else "is empty"
    assert f"the `base_url` of `house` {shown}" in str(error)
    # A key in the wrong variable is not shown.
    monkeypatch.setenv("TEST_URL", base_url or "canary")
    error = failed(Server(json_answer(ANSWER)), base_url=Env("TEST_URL"))
    shown = shown if base_url else "has no `https://`"
    assert f"the `base_url` of `house`, from TEST_URL, {shown}" in str(error)


def test_a_base_url_with_a_user_is_not_shown() -> None:
    error = failed(Server(json_answer(ANSWER)), base_url="user:pa55@models.test/v1")
    assert "has no `https://`" in str(error)
    assert "pa55" not in str(error)


@pytest.mark.parametrize("port", ["99999", "port"])
def test_a_port_that_is_none(port: str) -> None:
    error = failed(Server(json_answer(ANSWER)), base_url=f"http://h:{port}/v1")
    assert str(error) == (
        f"the `base_url` of `house` is `http://h:{port}/v1`, which has a port, a host or a character that no address can have"
    )


@pytest.mark.parametrize("base_url", ["http://h\n/v1"])
def test_a_base_url_that_is_none(base_url: str) -> None:
    error = failed(Server(json_answer(ANSWER)), base_url=base_url)
    what = "has a port, a host or a character that no address can have"
    assert str(error) == f"the `base_url` of `house` {what}"


def test_headers_of_the_connection_go_before_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_KEY", f" {KEY}\n")
    server = Server(json_answer(ANSWER))
    asked(model(), server)
    headers = server.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"

    given = {"authorization": Env("TEST_TOKEN"), "X-Team": " blue\t1 "}
    asked(model(headers=given), server)
    headers = server.requests[1].headers
    assert headers.get_list("authorization") == ["tok/canary+1=="]
    assert headers["x-team"] == "blue 1"


def test_a_user_in_the_address_is_for_servers_without_a_key() -> None:
    server = Server(json_answer(ANSWER))
    asked(model(base_url="https://u:p@h/v1"), server)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    asked(model(base_url="https://u:p@h/v1", api_key=None), server)
    assert server.requests[1].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "value", ["canary-é", "canary\r\nx: y", "canary\0", "canary\x7f"]
)
def test_values_that_no_header_may_have(value: str) -> None:
    error = failed(Server(json_answer(ANSWER)), headers={"X-Key": value})
    assert str(error) == "header `X-Key` has a character that no header may have"


def test_a_header_that_cannot_be_sent_names_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "canary-é")
    error = failed(Server(json_answer(ANSWER)), headers={"X-Key": Env("TEST_TOKEN")})
    assert str(error) == (
        "header `X-Key` has a character that no header may have"
        " (it is from TEST_TOKEN)"
    )


def test_a_variable_that_is_not_set() -> None:
    error = failed(Server(json_answer(ANSWER)), api_key=Env("TEST_UNSET_KEY"))
    assert str(error) == "the environment variable TEST_UNSET_KEY is not set"


@pytest.mark.parametrize("value", [float("nan"), object(), "\ud800", {1: {2}}])
def test_what_is_no_json_is_not_sent(value: Any) -> None:
    server = Server(json_answer(ANSWER))
    with pytest.raises(ModelError, match="what is to be sent to `house` is not JSON"):
        asked(model(), server, request_of("Hi", options={"x": value}))
    assert server.requests == []


# What comes back.


def test_an_answer() -> None:
    server = Server(json_answer(ANSWER))
    assert asked(model(), server).text == "Hello"
    assert "stream" not in body_of(server)


@pytest.mark.parametrize("timeouts", [Timeouts(first_token=5), Timeouts(idle=5)])
def test_limits_within_an_answer_have_it_streamed(timeouts: Timeouts) -> None:
    server = Server(stream_answer(event_data(chat_chunk("Hello")), *CHAT_END))
    assert asked(model(timeouts=timeouts), server).text == "Hello"
    assert body_of(server)["stream"] is True


def test_a_server_that_does_not_stream() -> None:
    told: list[str] = []
    assert asked(model(), Server(json_answer(ANSWER)), None, told).text == "Hello"
    assert told == ["Hello"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no such model", "code": 1}}, "no such model"),
        ({"error": "out of memory"}, "out of memory"),
        ({"message": "slow down"}, "slow down"),
        ({"detail": [{"loc": ["body"]}]}, '[{"loc": ["body"]}]'),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ({"error": None, "x": 1}, '{"error": null, "x": 1}'),
        (b"<p>Bad\n  gateway</p>", "<p>Bad gateway</p>"),
        (b"", "Bad Request"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 200_000, "x" * 300),
        (b"[" * 100_000, "[" * 300),
    ],
)
def test_words_of_a_server_on_its_status(body: Any, words: str) -> None:
    error = failed(Server(json_answer(body, 400)))
    assert str(error) == f"`house` answered 400: {words}"
    assert (error.kind, error.status, error.is_final) == ("status", 400, False)


def test_a_big_error_is_not_read_to_its_end() -> None:
    pieces = [b"x" * 65536] * 100
    server = Server(httpx.Response(500, stream=stream_answer(*pieces).stream))
    assert failed(server).status == 500
    assert server.given[0].read <= 3 * 65536


def test_an_error_that_breaks_off_is_told_as_far_as_it_came() -> None:
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"the model is "
            raise httpx.ReadError("reset")

    error = failed(Server(httpx.Response(503, stream=Broken())))
    assert (str(error), error.status) == ("`house` answered 503: the model is", 503)


def test_secrets_are_hidden_in_what_a_server_echoes() -> None:
    words = f"no access for {KEY} with tok%2Fcanary%2B1%3D%3D in {'x' * 400}"
    fields = {"headers": {"X-Token": Env("TEST_TOKEN")}}
    for server in (
        Server(json_answer({"error": {"message": words}}, 403)),
        Server(json_answer({"error": {"message": words}})),
        Server(json_answer(f"{'x' * 290}{KEY}".encode(), 500)),
        Server(json_answer(f"{'x' * 75}{KEY}".encode())),
        Server(stream_answer(event_data({"error": {"message": words}}))),
        Server(stream_answer(f"data: {{{KEY}\n\n")),
        Server(httpx.ConnectError(f"no route for {KEY}")),
        Server(json_answer(b"", 307, {"location": f"https://e.test/{KEY}"})),
    ):
        for told in (None, list[str]()):
            failed(server, told, **fields)  # which looks for the canary


@pytest.mark.parametrize("told", [None, []])
def test_a_failure_is_known_by_its_status_whatever_its_coding(
    told: list[str] | None,
) -> None:
    answer = json_answer(b"odd", 503, {"content-encoding": "br", "retry-after": "7"})
    error = failed(Server(answer), told)
    assert str(error) == "`house` answered 503: Service Unavailable"
    assert (error.kind, error.status, error.retry_after) == ("status", 503, 7.0)


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({}, " (its key is that of TEST_KEY)"),
        ({"api_key": None}, " (it has no `api_key`)"),
        (
            {"api_key": None, "headers": {"api-key": Env("TEST_TOKEN")}},
            " (it was given what is in TEST_TOKEN)",
        ),
        ({"api_key": "local-key"}, ""),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_hints_on_keys(fields: Mapping[str, Any], hint: str, status: int) -> None:
    error = failed(Server(json_answer({"error": "no"}, status)), **fields)
    assert str(error) == f"`house` answered {status}: no{hint}"


def test_a_hint_on_the_address() -> None:
    error = failed(Server(json_answer(b"404 page not found", 404)))
    hint = " (at /v1/chat/completions: is its `base_url` right?)"
    assert str(error) == f"`house` answered 404: 404 page not found{hint}"
    error = failed(Server(json_answer({"error": "no such model"}, 404)))
    assert str(error) == "`house` answered 404: no such model"


@pytest.mark.parametrize(
    "message",
    [
        "prompt is too long: 200251 tokens > 200000 maximum",
        "The input token count (1200000) exceeds the maximum number of tokens allowed",
        "This model's maximum context length is 8192 tokens. However, you asked ...",
        "the request exceeds the available context size, try increasing it",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "the input length exceeds the context length",
        "This model's maximum prompt length is 131072 but the request contains 9",
        "Input is too long for requested model.",
    ],
)
def test_prompts_that_are_too_long(message: str) -> None:
    body = {"error": {"message": message}}
    for answer in (
        json_answer(body, 400),
        json_answer(body),
        stream_answer(event_data(body)),
    ):
        error = failed(Server(answer), [])
        assert error.kind == "context_length"
        assert message in str(error)
    code = {"error": {"message": "too much", "code": "context_length_exceeded"}}
    assert failed(Server(json_answer(code, 400))).kind == "context_length"
    assert failed(Server(json_answer(code))).kind == "context_length"
    assert failed(Server(json_answer(body, 500))).kind == "status"


def test_what_a_server_says_of_another_try() -> None:
    headers = {"retry-after": "7", "x-should-retry": "TRUE"}
    error = failed(Server(json_answer({"error": "slow"}, 429, headers)))
    assert (error.retry_after, error.should_retry) == (7.0, True)
    body = {"error": {"message": "pay", "code": "insufficient_quota"}}
    for answer in (
        json_answer(body, 429),
        json_answer(body),
        stream_answer(event_data(body)),
    ):
        error = failed(Server(answer), [])
        assert (error.status, error.should_retry) == (429, False)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"message": "m", "code": 503}, 503),
        ({"message": "m", "code": "429"}, 429),
        ({"message": "m", "code": "rate_limit_exceeded"}, 429),
        ({"message": "m", "type": "overloaded_error"}, 529),
        ({"message": "m", "type": "invalid_request_error", "code": None}, 400),
        ({"message": "m", "code": 200}, 500),
        ({"message": "m"}, 500),
        ("m", 500),
    ],
)
def test_failures_told_in_an_answer(error: Any, status: int) -> None:
    for answer in (
        json_answer({"error": error}),
        stream_answer(event_data({"error": error})),
    ):
        found = failed(Server(answer), [])
        assert (found.kind, found.status) == ("status", status)
        assert str(found) == "`house` failed while it answered: m"


@pytest.mark.parametrize("body", [b"", b"It works!", b'{"choices": [', b"[" * 100_000])
def test_garbage(body: bytes) -> None:
    error = failed(Server(json_answer(body)))
    assert str(error).startswith("`house` answered with what is not JSON: ")
    assert error.kind == "error"
    error = failed(Server(stream_answer(b"data: x" + body + b"\n\n")), [])
    assert str(error).startswith("`house` answered with what is not JSON: 'x")


def test_a_page_in_place_of_a_stream() -> None:
    server = Server(stream_answer("<html>Log in</html>", kind="text/html"))
    error = failed(server, [])
    assert str(error).endswith("answered with what is not JSON: '<html>Log in</html>'")


@pytest.mark.parametrize("body", [[], 1, None, "x"])
def test_json_of_another_shape(body: Any) -> None:
    error = failed(Server(json_answer(body)))
    assert str(error) == f"`house` answered with no JSON object: {json.dumps(body)}"
    assert error.kind == "error"


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (httpx.ConnectError("refused"), "connection", "cannot be reached: refused"),
        (httpx.ConnectTimeout(""), "timeout", "could not be reached within 10 seconds"),
        (httpx.ReadError(""), "connection", "broke the connection off"),
        (httpx.RemoteProtocolError("x"), "connection", "broke the connection off: x"),
    ],
)
def test_faults_of_the_connection(fault: Exception, kind: str, message: str) -> None:
    error = failed(Server(fault))
    assert (str(error), error.kind) == (f"`house` {message}", kind)


def test_a_request_that_cannot_be_sent() -> None:
    error = failed(Server(httpx.LocalProtocolError("Illegal header name")))
    assert str(error) == "the request to `house` cannot be sent: Illegal header name"
    assert error.kind == "error"


def test_what_cannot_be_decoded() -> None:
    headers = {"content-encoding": "gzip"}
    error = failed(Server(json_answer(b"not gzip", 200, headers)))
    assert "answered with what cannot be decoded" in str(error)


# Redirects.


def test_redirects_within_the_server() -> None:
    there = json_answer(b"", 307, {"location": "/v2/chat?x=1"})
    here = json_answer(b"", 308, {"location": "https://models.test/v3"})
    server = Server(there, here, json_answer(ANSWER))
    assert asked(model(), server).text == "Hello"
    assert [r.url.path for r in server.requests] == [
        "/v1/chat/completions",
        "/v2/chat",
        "/v3",
    ]
    assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {KEY}"}
    assert len({r.content for r in server.requests}) == 1


def test_redirects_without_end() -> None:
    server = Server(json_answer(b"", 307, {"location": "/v1"}))
    assert str(failed(server)) == "`house` redirects more than 3 times"
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("status", "location", "why"),
    [
        (307, "https://else.test/v1?a=1", "the request holds a key"),
        (308, "http://models.test/v1", "the request holds a key"),
        (302, "//u:p@models.test:444/v1", "the request holds a key"),
        (302, "/login", "its body would be lost"),
        (303, "https://models.test/v1", "its body would be lost"),
    ],
)
def test_redirects_elsewhere(status: int, location: str, why: str) -> None:
    server = Server(json_answer(b"", status, {"location": location}))
    error = failed(server)
    assert len(server.requests) == 1
    assert f"which is not followed, as {why}; is its `base_url` right?" in str(error)
    assert "a=1" not in str(error)
    assert "u:p" not in str(error)


def test_vectors() -> None:
    rows = [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2.5]}]
    usage = {"prompt_tokens": 4, "total_tokens": 4}
    server = Server(json_answer({"data": rows, "usage": usage}))
    found = embedded(openai_vectors, model(), server, "one", "two")
    assert found.vectors == [[1.0, 2.5], [3.0, 4.0]]
    assert found.usage is not None
    assert found.usage.input == 4
    assert server.requests[0].url.path == "/v1/embeddings"
    assert body_of(server) == {"model": "e", "input": ["one", "two"]}
    unnumbered = [{"embedding": [1]}, {"embedding": [2]}]
    found = embedded(
        openai_vectors, model(), Server(json_answer({"data": unnumbered})), "a", "b"
    )
    assert found.vectors == [[1.0], [2.0]]
    with pytest.raises(ModelError, match='no list of numbers: "AAAA"'):
        embedded(
            openai_vectors,
            model(),
            Server(json_answer({"data": [{"embedding": "AAAA"}]})),
            "a",
        )
