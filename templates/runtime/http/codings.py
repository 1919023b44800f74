"""How bodies are compressed: only so that a piece of one cannot grow without a bound."""

from __future__ import annotations

import httpx

__all__ = ["bound_codings", "check_coding"]

BOUND_CODINGS = ("", "identity", "gzip", "deflate")
"""Codings that make a piece at most about a thousand times as large; several do more."""


def bound_codings(request: httpx.Request) -> None:
    """Have a request ask for bounded codings where its client would take others too."""
    asked = request.headers.get("accept-encoding", "").lower()
    if "br" in asked or "zstd" in asked:
        request.headers["accept-encoding"] = "gzip, deflate"


def check_coding(response: httpx.Response) -> None:
    """Raise `httpx.DecodingError` for a body that nobody could read within a bound."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding.startswith("x-"):  # `x-gzip` is gzip by HTTP, but not to httpx
        coding = response.headers["content-encoding"] = coding[2:]
    if coding not in BOUND_CODINGS:
        message = f"the coding `{coding}` was not asked for"
        raise httpx.DecodingError(message, request=response.request)
