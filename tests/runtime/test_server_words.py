"""What servers say: in their headers of another try, and in words for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.http.server_words import retry_after_of, should_retry_of

from tests.runtime.model_servers import json_answer
from tests.runtime.told_answers import APIS, Told, answer_of, failure


def after(headers: dict[str, str]) -> float | None:
    return retry_after_of(httpx.Headers(headers))


def test_retry_after() -> None:
    assert after({"Retry-After": "2.5"}) == 2.5
    assert after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert after({"retry-after-ms": "soon", "retry-after": "9"}) == 9
    for text in ("0", "-1", "nan", "inf", "", "soon", "Mon, 99 Foo 2000"):
        assert after({"retry-after": text}) is None
    assert after({}) is None
    moment = datetime.now(UTC) + timedelta(seconds=60)
    found = after({"retry-after": format_datetime(moment, usegmt=True)})
    assert found is not None
    assert 58 < found <= 60
    past = datetime.now(UTC) - timedelta(seconds=60)
    assert after({"retry-after": format_datetime(past, usegmt=True)}) is None


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=40)
    | st.from_regex(r"\w{3}, \d{1,9} \w{3} -?\d{1,9} \d+:\d+:\d+ [+-]?\w{3,6}"),
)
def test_any_header_at_all(text: str) -> None:
    headers = {"retry-after": text, "retry-after-ms": text, "x-should-retry": text}
    found = retry_after_of(headers)
    assert found is None or found > 0
    assert should_retry_of(headers) in (None, True, False)


LOUD = "\x1b]0;title\x07 \x1b[2Jgone\x9b31m \u202eback\n\r next"
SHOWN = r"\x1b]0;title\x07 \x1b[2Jgone\x9b31m \u202eback next"


@pytest.mark.parametrize("status", [200, 400, 404, 429, 500])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("api", APIS)
def test_what_a_terminal_would_obey_is_escaped(
    api: str, stream: bool, status: int
) -> None:
    body = {"error": {"message": LOUD}}
    error, _ = failure(api, json_answer(body, status), stream=stream)
    assert SHOWN in str(error)
    assert str(error).isprintable()
    plain = json_answer(LOUD.encode(), status)
    error, _ = failure(api, plain, stream=stream)
    assert str(error).isprintable()
    assert "title" in str(error)


@pytest.mark.parametrize("api", APIS)
def test_a_refusal_in_loud_words(api: str) -> None:
    refusals = {"anthropic": "refusal", "gemini": "SAFETY", "ollama": LOUD}
    told = Told(LOUD, refusals.get(api, ""), refusal=LOUD)
    error, _ = failure(api, answer_of(api, told, stream=False), stream=False)
    assert str(error).isprintable()
