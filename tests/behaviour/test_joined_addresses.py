"""Addresses that begin with a value, and those of pictures and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.building import build
from tests.clock import run

PNG = b"\x89PNG\r\n\x1a\n"

HTTP = """
chain c:
    step s:
        url: "{url}"
"""

ASKED = """
connection ai:
    api: openai
    model: m
    base_url: http://ai.test/v1

connector given:
    connection: ai
    prompt: See.
    {key}: ["{place}"]

chain c:
    step s:
        connection: ai
        prompt: See.
        {key}: ["{place}"]
    step t:
        target: given
    step u:
        connection: ai
        messages:
            - {{role: user, content: See., {key}: ["{place}"]}}
"""

ASKED_IN_YAML = """
connections:
  ai: {{api: openai, model: m, base_url: "http://ai.test/v1"}}
connectors:
  given: {{connection: ai, prompt: See., {key}: ["{place}"]}}
chains:
  c:
    steps:
      - {{name: s, connection: ai, prompt: See., {key}: ["{place}"]}}
      - {{name: t, target: given}}
      - name: u
        connection: ai
        messages:
          - {{role: user, content: See., {key}: ["{place}"]}}
"""


def sent_by(spec: str, payload: Any, path: str = "t.ai") -> tuple[Any, Any]:
    """The record of a run of chain `c`, and the requests that it has sent."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        message = {"role": "assistant", "content": "Seen."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice]})

    transport = httpx.MockTransport(handler)
    record = run(build(spec, path).run_chain("c", payload, http=transport))
    return record, seen


BASE, V = "{{ payload.base }}", "{{ payload.v }}"


@pytest.mark.parametrize(
    ("url", "base", "value", "sent"),
    [
        ("{{ payload.base ~ payload.v }}/x", "http://h.test/", "../a?b", "..%2Fa%3Fb"),
        ("{{ payload.base + payload.v }}/x", "http://h.test/", "../a?b", "..%2Fa%3Fb"),
        ("{{ payload.base ~ '/' ~ payload.v }}/x", "http://h.test", "a#b", "a%23b"),
        ("{{ payload.base + '/' + payload.v }}/x", "http://h.test", "a#b", "a%23b"),
        (
            "{{ payload.base ~ '/' ~ payload.v if payload.v else payload.v }}/x",
            "http://h.test",
            "a/b",
            "a%2Fb",
        ),
        (f"{BASE}{V}/x", "http://h.test/", "a@b/c", "a%40b%2Fc"),
        (f"{BASE}{V}/x", "http://h.test", "", ""),
        (f"{{% if 1 %}}{BASE}{{% endif %}}{V}/x", "http://h.test/", "a/b", "a%2Fb"),
    ],
)
def test_what_is_joined_to_a_beginning_stays_in_its_place(
    url: str, base: str, value: str, sent: str
) -> None:
    record, (request,) = sent_by(HTTP.format(url=url), {"base": base, "v": value})
    assert record["status"] == "ok"
    assert request.url.host == "h.test"
    assert request.url.raw_path.decode() == f"/{sent}/x".replace("//", "/")


def test_what_is_joined_behind_a_question_mark_is_of_the_query() -> None:
    spec = HTTP.format(url=f"{BASE}{V}&z=1")
    _, (request,) = sent_by(spec, {"base": "http://h.test/x?q=", "v": "..&a=#"})
    assert request.url.raw_path.decode() == "/x?q=..%26a%3D%23&z=1"


@pytest.mark.parametrize("value", ["@evil.test/x?", ".evil.test", ":81", "0", "/a"])
@pytest.mark.parametrize("url", ["{{ payload.base ~ payload.v }}/x", f"{BASE}{V}/x"])
@pytest.mark.parametrize("base", ["http://h.test", "http://h.test:80", "http://u@h"])
def test_a_value_behind_the_name_of_a_server_is_an_error(
    url: str, value: str, base: str
) -> None:
    record, seen = sent_by(HTTP.format(url=url), {"base": base, "v": value})
    assert "a value follows the name of a server: write `/` before it" in str(
        record["error"]
    )
    assert seen == []


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ({"a": None, "b": True, "c": "1 2"}, "b=true&c=1%202"),
        ([["a", "x/y"], ["b", 1]], "a=x%2Fy&b=1"),
        ("a b&c", "a%20b%26c"),
        (False, "false"),
    ],
)
def test_urlencode_in_a_query_leaves_out_what_is_none(value: Any, sent: str) -> None:
    spec = HTTP.format(url="http://h.test/?{{ payload.v | urlencode }}")
    _, (request,) = sent_by(spec, {"v": value})
    assert request.url.query.decode() == sent


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, "a value in an address is none"),
        (["a", "b"], "`urlencode` takes a text, a mapping or a list of pairs"),
    ],
)
def test_urlencode_tells_what_it_cannot_encode(value: Any, error: str) -> None:
    spec = HTTP.format(url="http://h.test/?q={{ payload.v | urlencode }}")
    record, seen = sent_by(spec, {"v": value})
    assert error in str(record["error"])
    assert seen == []


def test_an_address_that_is_none_is_told() -> None:
    record, seen = sent_by(HTTP.format(url=V), {"v": None})
    assert "a value in an address is none" in str(record["error"])
    assert seen == []


def places_sent(requests: list[httpx.Request], key: str) -> set[str]:
    """The addresses and data that models were sent."""
    found: set[str] = set()
    for request in requests:
        (turn,) = json.loads(request.content)["messages"]
        for part in turn["content"]:
            if key == "images" and part["type"] == "image_url":
                found.add(part["image_url"]["url"])
            elif part["type"] == "file":
                found.add(part["file"]["file_data"])
    return found


@pytest.mark.parametrize(
    ("place", "value", "sent"),
    [
        (
            f"http://h.test/pics/{V}.png",
            "../../admin?x=1#",
            "http://h.test/pics/..%2F..%2Fadmin%3Fx%3D1%23.png",
        ),
        (f"{BASE}/p/{V}.png", "a/b c", "http://h.test/p/a%2Fb%20c.png"),
        (f"http://h.test/x?q={V}", "a&b", "http://h.test/x?q=a%26b"),
        (
            "http://h.test/{{ payload.v | urlencode }}.png",
            "a b",
            "http://h.test/a%20b.png",
        ),
        (f"https://{V}.test/a.png", "b-1", "https://b-1.test/a.png"),
        (f"data:image/png;base64,{V}", "iVBORw0KGgo=", None),
        ("{{ payload.v }}", "http://h.test/a b?c", "http://h.test/a b?c"),
    ],
)
@pytest.mark.parametrize(("spec", "path"), [(ASKED, "t.ai"), (ASKED_IN_YAML, "t.yaml")])
def test_values_in_addresses_of_pictures_are_encoded(
    spec: str, path: str, place: str, value: str, sent: str | None
) -> None:
    payload = {"base": "http://h.test", "v": value}
    record, seen = sent_by(spec.format(key="images", place=place), payload, path)
    assert record["status"] == "ok"
    assert len(seen) == 3
    assert places_sent(seen, "images") == {sent or "data:image/png;base64,iVBORw0KGgo="}


@pytest.mark.parametrize("key", ["images", "files"])
@pytest.mark.parametrize("place", [f"pics/{V}.png", f"{BASE}/{V}.png"])
def test_a_value_in_a_path_leads_out_of_no_folder(
    key: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("secret.png", "pics/a b.png", "pics/of/2026.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(PNG)
    spec = ASKED.format(key=key, place=place)
    for value in ("a b", "of/2026", "of//2026"):
        record, seen = sent_by(spec, {"base": "pics", "v": value})
        assert record["status"] == "ok", record["error"]
        assert places_sent(seen, key) == {"data:image/png;base64,iVBORw0KGgo="}
    for value in ("../secret", "of/../../secret", "..\\secret", ".."):
        record, seen = sent_by(spec, {"base": "pics", "v": value})
        assert "which leads to another path" in str(record["error"])
        assert seen == []


@pytest.mark.parametrize("value", ["/etc/hosts", "http://h.test/x", "data:image/png,a"])
def test_a_value_behind_an_empty_beginning_stays_in_the_folder(value: str) -> None:
    spec = ASKED.format(key="images", place=f"{BASE}{V}")
    record, seen = sent_by(spec, {"base": "", "v": value})
    assert "which leads to another path" in str(record["error"])
    assert seen == []


@pytest.mark.parametrize("value", ["//h.test/x", "/\x03\x01/"])
def test_no_value_makes_an_address_of_a_path(value: str) -> None:
    spec = ASKED.format(key="images", place=f"{BASE}{V}")
    record, seen = sent_by(spec, {"base": "http:", "v": value})
    assert record["status"] == "error"
    assert seen == []
