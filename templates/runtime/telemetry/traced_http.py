"""Requests of `http` steps that are spans."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from ..http.http_step import http_request
from ..http.secrets import hide_secrets, secret_values
from ..run.run import Step
from .servers import address_of
from .spans import Traced, carried_context, without_http_spans

__all__ = ["http_request_traced"]


async def http_request_traced(
    step: Step, method: str, url: str, /, **parts: Any
) -> dict[str, Any]:
    """Send one request as `http_request` does; it is a span, of which its server learns."""
    host, port = address_of(url)
    attributes = {
        "http.request.method": method,
        "url.full": shown_address(url),
        "server.address": host,
        "server.port": port,
    }
    with Traced(method, attributes, is_client=True) as traced:
        given: dict[str, Any] = parts.get("headers") or {}
        parts["headers"] = {**carried_context(), **given}
        try:
            with without_http_spans():
                answer = await http_request(step, method, url, **parts)
        except httpx.HTTPStatusError as error:
            traced.set(http__response__status_code=error.response.status_code)
            raise
        traced.set(http__response__status_code=answer["status"])
    return answer


def shown_address(url: str) -> str | None:
    """Return an address without what may hold a key: its user, query and secrets."""
    try:
        parts = urlsplit(hide_secrets(url, secret_values()))
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, place, parts.path, "", ""))
    except ValueError:
        return None
