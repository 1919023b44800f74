"""What servers say in their headers of another try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.http.server_words import retry_after_of, should_retry_of


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
