"""Where the requests of steps go, and what is said of addresses that are none."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.building import build
from tests.clock import run

MODELS = """
connection ai:
    api: http
    base_url: "http://h.test/v1?a=1"
    path: "/ask?c=3"
    query: {b: "2"}
    answer: body
chain c:
    step s:
        connection: ai
        prompt: Hi
"""


def sent_by(spec: str, payload: Any, **how: Any) -> tuple[Any, list[httpx.Request]]:
    """The record of a run of chain `c`, and the requests that it has sent."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json="ok")

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), **how)
    return run(build(spec).run_chain("c", payload, http=client)), seen


def step(url: str, query: str = "") -> str:
    more = f"        query: {query}\n" if query else ""
    return f'chain c:\n    step s:\n        url: "{url}"\n{more}'


@pytest.mark.parametrize(
    ("url", "query", "sent"),
    [
        ("http://h.test/s?a=1", '{b: "{{ payload }}"}', "/s?a=1&b=v"),
        ("http://h.test/s?a=1", '{b: "{{ payload }}", a: 2}', "/s?a=2&b=v"),
        ("http://h.test/s?a=1", "{b: [1, 2]}", "/s?a=1&b=1&b=2"),
        ("http://h.test/s?a=%2F&f", '{b: "{{ none }}"}', "/s?a=%2F&f"),
        ("http://h.test/s?a=%2F&f", "", "/s?a=%2F&f"),
        ("http://h.test/s", "{b: 2}", "/s?b=2"),
    ],
)
def test_a_query_is_added_to_that_of_the_address(
    url: str, query: str, sent: str
) -> None:
    record, (request,) = sent_by(step(url, query), "v")
    assert record["status"] == "ok"
    assert request.url.raw_path.decode() == sent


def test_the_parameters_of_a_given_client_are_added_too() -> None:
    spec = step("http://h.test/s?a=1", "{b: 2}")
    _, (request,) = sent_by(spec, None, params={"k": "v"})
    assert dict(request.url.params) == {"a": "1", "b": "2", "k": "v"}


@pytest.mark.parametrize("params", [{}, {"k": "v"}])
def test_the_queries_of_a_connection_are_added(params: dict[str, str]) -> None:
    record, (request,) = sent_by(MODELS, None, params=params)
    assert record["result"] == "ok"
    assert request.url.path == "/v1/ask"
    assert dict(request.url.params) == {"a": "1", "b": "2", "c": "3", **params}


@pytest.mark.parametrize("value", [["a"], {"a": 1}, b"a", {1, 2}])
@pytest.mark.parametrize(
    "url",
    [
        "{{ payload.v }}",
        "http://h.test/{{ payload.v }}",
        "http://h.test/?q={{ payload.v }}",
        "http://{{ payload.v }}.test/",
        "{{ payload.base }}{{ payload.v }}",
    ],
)
def test_what_is_not_one_value_is_an_error(url: str, value: Any) -> None:
    record, seen = sent_by(step(url), {"v": value, "base": "http://h.test/"})
    told = "failed in `url`: TypeError: a value in an address must be a text, a number"
    assert told in record["error"]
    assert not seen


SCHEME = "has no `https://` or `http://` before it"
HOST = "does not name a server"
NONE = "has a port, a host or a character that no address can have"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http//h/x", f"is `http//h/x`, which {SCHEME}"),
        ("//h/x", f"is `//h/x`, which {SCHEME}"),
        ("javascript:alert(1)", f"is `javascript:alert(1)`, which {SCHEME}"),
        ("data:text/plain,hi", f"is `data:text/plain,hi`, which {SCHEME}"),
        ("http:/h/x", f"is `http:/h/x`, which {HOST}"),
        ("HTTP://", f"is `HTTP://`, which {HOST}"),
        ("https://user:pw@h:99999/x", f"is `https://h:99999/x`, which {NONE}"),
        ("https://user:pa?w@h:99999/x", NONE),
        ("https://user:pa/w@h:99999/x", NONE),
        ("abc/v1", f"is `abc/v1`, which {SCHEME}"),
        ("99999", f"is `99999`, which {SCHEME}"),
        (5, f"is `5`, which {SCHEME}"),
        ("http://h\n/x", NONE),
        ("sk-pa55word", SCHEME),
        ("PaSs/Word+x==", SCHEME),
        ("pass/word7", SCHEME),
        ("1234567890", SCHEME),
    ],
)
def test_an_address_that_is_none_is_shown_without_secrets(url: Any, fault: str) -> None:
    record, seen = sent_by(step("{{ payload }}"), url)
    assert f"ValueError: `url` {fault} (" in record["error"]
    assert "pa55" not in record["error"]
    assert not seen


@pytest.mark.parametrize(
    ("base_url", "fault"),
    [
        ("abc/v1", f"is `abc/v1`, which {SCHEME}"),
        ("99999", f"is `99999`, which {SCHEME}"),
        ("https://user:pw@h:99999/x", f"is `https://h:99999/x`, which {NONE}"),
        ("pass/word7", SCHEME),
    ],
)
def test_the_address_of_a_connection_that_is_none(
    monkeypatch: pytest.MonkeyPatch, base_url: str, fault: str
) -> None:
    monkeypatch.setenv("TEST_BASE", base_url)
    spec = MODELS.replace('"http://h.test/v1?a=1"', 'env("TEST_BASE")')
    record, _ = sent_by(spec, None)
    assert f"the `base_url` of `ai`, from TEST_BASE, {fault} (" in record["error"]
