"""The requests of `http` steps."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from ..run.run import Step
from .clients import http_clients, origin_of

__all__ = ["http_request"]


async def http_request(
    step: Step, method: str, url: str, /, **parts: Any
) -> dict[str, Any]:
    """Send one request; raise `httpx.HTTPStatusError` for a status from 400.

    Returns `status`, `headers` (names in lower case) and `body`: parsed where it is
    JSON, else text.
    """
    given: Mapping[Any, Any] = parts.pop("headers", None) or {}
    headers = {str(name): str(value) for name, value in given.items()}
    response = await send(method, url, headers, parts)
    if response.status_code >= 400:
        # Without query and user, which may hold a key.
        asked = f"{method} {response.url.copy_with(query=None, userinfo=b'')}"
        message = f"{asked} answered {response.status_code} {response.reason_phrase}"
        raise httpx.HTTPStatusError(
            message.strip(), request=response.request, response=response
        )
    body: Any = response.text
    if "json" in response.headers.get("content-type", "").lower():
        with suppress(ValueError):
            body = response.json()
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "body": body,
    }


async def send(
    method: str, url: str, headers: Mapping[str, str], parts: Mapping[str, Any]
) -> httpx.Response:
    """Return the response to a request, redirects followed.

    The headers go to the origin of `url` and to no other, as any may hold a key.
    """
    for header, value in headers.items():
        # httpx says so as well, and shows the value.
        if not value.isascii() or any(char in value for char in "\r\n\0"):
            raise ValueError(f"header `{header}` has a character that no header may")
    with http_clients("http").client() as client:
        request = client.build_request(method, url, headers=headers, **parts)
        origin = origin_of(request.url)
        for _ in range(client.max_redirects):
            response = await send_again(client, request)
            if response.next_request is None:
                return response
            request = response.next_request
            if origin_of(request.url) != origin:
                for header in headers:
                    if header in request.headers and header.lower() != "host":
                        del request.headers[header]
    raise httpx.TooManyRedirects("too many redirects", request=request)


async def send_again(
    client: httpx.AsyncClient, request: httpx.Request
) -> httpx.Response:
    """Send a request, a GET twice where a kept connection dies before it is answered."""
    seen: set[str] = set()

    async def trace(event: str, _: Mapping[str, Any]) -> None:
        seen.add(event.partition(".")[2])

    if request.method == "GET":
        request.extensions["trace"] = trace
    try:
        return await client.send(request, follow_redirects=False)
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        is_kept = "connect_tcp.started" not in seen
        is_unanswered = "receive_response_headers.complete" not in seen
        if not (is_kept and is_unanswered and "send_request_headers.started" in seen):
            raise
        return await client.send(request, follow_redirects=False)
