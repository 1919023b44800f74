"""The bodies that requests of steps have, and those of their responses."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from tests.behaviour.test_http_steps import Stream
from tests.building import build

SENT = """
chain c:
    step s:
        method: POST
        url: "http://h.test/x"
        json: {body}
"""
ASKED = """
chain c:
    step s:
        url: "http://h.test/x"
        retry: {max: 1, delay: 1ms, on: [5xx]}
"""


def asked(
    spec: str, payload: Any, *answers: Callable[[], httpx.Response]
) -> tuple[Any, list[httpx.Request]]:
    """The record of a run of chain `c`, and its requests, answered in order."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers[len(seen) - 1]()

    transport = httpx.MockTransport(handler)
    record = asyncio.run(build(spec).run_chain("c", payload, http=transport))
    return record, seen


def ok() -> httpx.Response:
    return httpx.Response(200, text="ok")


@pytest.mark.parametrize(
    ("body", "value", "told"),
    [
        (
            '{a: "{{ payload }}"}',
            float("nan"),
            "`json.a` is nan, a number that JSON does not have",
        ),
        (
            '{a: [1, "{{ payload }}"]}',
            float("inf"),
            "`json.a[1]` is inf, a number that JSON does not have",
        ),
        ('"{{ payload }}"', {"b": {1}}, "`json.b` cannot be sent: a value of type set"),
        ('"{{ payload }}"', {(1, 2): 1}, "`json` is not JSON: keys must be"),
    ],
)
def test_what_json_does_not_have_is_told_with_its_place(
    body: str, value: Any, told: str
) -> None:
    record, seen = asked(SENT.replace("{body}", body), value, ok)
    assert f"Step 's' failed in `json`: ValueError: {told}" in record["error"]
    assert not seen


@pytest.mark.parametrize(
    ("body", "value", "sent"),
    [
        ('"{{ payload }}"', {"d": date(2026, 1, 2)}, {"d": "2026-01-02"}),
        (
            '{a: "{{ payload }}", n: 1.5}',
            [1, None, True],
            {"a": [1, None, True], "n": 1.5},
        ),
        ('{a: "x {{ payload }}"}', 5, {"a": "x 5"}),
    ],
)
def test_what_is_sent_as_json(body: str, value: Any, sent: Any) -> None:
    record, (request,) = asked(SENT.replace("{body}", body), value, ok)
    assert record["status"] == "ok"
    assert json.loads(request.content) == sent


def test_a_failure_above_64_mib_is_tried_again_by_its_status() -> None:
    large = gzip.compress(bytes(65 << 20))

    def busy() -> httpx.Response:
        return httpx.Response(
            503, stream=Stream(large), headers={"content-encoding": "gzip"}
        )

    record, seen = asked(ASKED, None, busy, ok)
    assert record["result"]["body"] == "ok"
    assert len(seen) == 2
    record, _ = asked(ASKED, None, busy, busy)
    assert "GET http://h.test/x answered 503 Service Unavailable" in record["error"]


def test_x_gzip_is_gzip() -> None:
    def answer() -> httpx.Response:
        headers = {"content-encoding": "X-GZip"}
        body = Stream(gzip.compress(b"zipped"))
        return httpx.Response(200, stream=body, headers=headers)

    record, _ = asked(ASKED, None, answer)
    assert record["result"]["body"] == "zipped"


def test_a_redirect_to_what_is_no_address_ends_with_no_two_dots() -> None:
    def moved() -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://h.test:abc/"})

    record, _ = asked(ASKED, None, moved)
    assert "Invalid URL in location header" in record["error"]
    assert ".." not in record["error"]
    assert ". (" not in record["error"]


def test_a_redirected_delete_without_a_body() -> None:
    def moved() -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://h.test/y"})

    spec = 'chain c:\n    step s: {method: DELETE, url: "http://h.test/x"}\n'
    record, _ = asked(spec, None, moved)
    told = "DELETE http://h.test/x was redirected (302) to GET http://h.test/y"
    assert f"{told}, which would make it a GET (" in record["error"]
