"""The requests of `http` steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import httpx

from ..run.records import printable
from ..run.run import Step
from ..values.json_data import plain_json
from .addresses import address_fault
from .clients import http_clients, origin_of
from .codings import bound_codings, check_coding
from .secrets import hide_secrets, secret_values, variables_in
from .server_words import LARGEST_ERROR, error_words

LARGEST_RESPONSE = 64 * 1024 * 1024
"""Bytes of a response that are read at most, counted after decompression."""


async def http_request(
    step: Step, method: str, url: str, /, **parts: Any
) -> dict[str, Any]:
    """Send one request; raise `httpx.HTTPStatusError` for a status from 400.

    Returns `status`, `headers` (names in lower case) and `body`: parsed where it is
    JSON, else text.
    """
    step.calls_code = False
    headers = sent_values("headers", parts.pop("headers", None) or {})
    if "params" in parts:
        parts["params"] = sent_values("query", parts["params"] or {})
    if "json" in parts:
        parts["json"] = plain_json(parts["json"])
    response, content = await send(method, url, headers, parts)
    if response.status_code >= 400:
        # Without query and user, which may hold a key.
        asked = f"{method} {response.url.copy_with(query=None, userinfo=b'')}"
        status = f"{response.status_code} {response.reason_phrase}".strip()
        words = hide_secrets(error_words(content[:LARGEST_ERROR]), secret_values())
        words = printable(f"{asked} answered {status}: {words[:300]}".strip(": "))
        raise httpx.HTTPStatusError(words, request=response.request, response=response)
    body: Any = text_of_body(content, response.encoding)
    if "json" in response.headers.get("content-type", "").lower():
        with suppress(ValueError, RecursionError):
            body = json.loads(content)
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "body": body,
    }


def text_of_body(content: bytes, label: str | None) -> str:
    """Return a body as text, as UTF-8 where its label names no encoding of texts."""
    with suppress(LookupError, ValueError):
        return content.decode(label or "utf-8", errors="replace")
    return content.decode(errors="replace")


def sent_values(key: str, given: Mapping[Any, Any]) -> dict[str, Any]:
    """Return headers or a query as sent: without none, a list in a query item by item."""
    sent: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, list | tuple) and key == "query":
            items = cast("Sequence[Any]", value)
            sent[name] = [sent_text(key, name, i) for i in items if i is not None]
        elif value is not None:
            sent[name] = sent_text(key, name, value)
    return sent


def sent_text(key: str, name: str, value: Any) -> str:
    """Return a value of a header or a query as text; raise `TypeError` for other data."""
    if isinstance(value, list | tuple | Mapping | bytes):
        raise TypeError(f"`{key}.{name}` must be a text, a number or a boolean")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


async def send(
    method: str, url: str, headers: Mapping[str, str], parts: Mapping[str, Any]
) -> tuple[httpx.Response, bytes]:
    """Return the response to a request and its body, redirects followed.

    The headers go to the origin of `url` and to no other, as any may hold a key. Raises
    `httpx.HTTPError` for a redirect that would send the body to another origin, or
    would turn the request into a GET without it.
    """
    for header, value in headers.items():
        # httpx says so as well, and shows the value.
        if not value.isascii() or any(char in value for char in "\r\n\0"):
            raise ValueError(
                f"header `{header}` has a character that no header may have"
                f"{variables_in(value)}"
            )
    if fault := address_fault(url):
        raise ValueError(f"`url` {fault}")
    clients = await http_clients("http")
    timeout = httpx.Timeout(None, connect=10.0)
    async with clients.client() as client:
        request = client.build_request(
            method, url, headers=headers, timeout=timeout, **parts
        )
        bound_codings(request)
        origin = origin_of(request.url)
        for _ in range(client.max_redirects):
            response = await send_again(client, request)
            try:
                if response.next_request is None:
                    return response, await body_of(response)
            finally:
                await response.aclose()
            asked, request = request, response.next_request
            check_redirect(asked, request, response)
            if origin_of(request.url) != origin:
                for header in headers:
                    if header in request.headers and header.lower() != "host":
                        del request.headers[header]
    raise httpx.TooManyRedirects("too many redirects", request=request)


async def body_of(response: httpx.Response) -> bytes:
    """Return the body of a response; raise `ValueError` where it is too large."""
    check_coding(response)
    pieces = bytearray()
    async for piece in response.aiter_bytes():
        pieces += piece
        if len(pieces) > LARGEST_RESPONSE:
            most = LARGEST_RESPONSE >> 20
            raise ValueError(f"the response has more than {most} MiB")
    return bytes(pieces)


def check_redirect(
    asked: httpx.Request, following: httpx.Request, response: httpx.Response
) -> None:
    """Raise `httpx.HTTPStatusError` for a redirect that loses a body, or gives it away."""
    place = following.url.copy_with(query=None, userinfo=b"")
    sent, what = following.headers, ""
    has_body = "transfer-encoding" in sent or sent.get("content-length", "0") != "0"
    if asked.method not in ("GET", "HEAD") and following.method != asked.method:
        what = f"with a {following.method} in place of the {asked.method}"
    elif origin_of(following.url) != origin_of(asked.url) and (
        following.method not in ("GET", "HEAD") or has_body
    ):
        what = "which is another server, for the body"
    if what:
        message = (
            f"{asked.method} was answered {response.status_code}: go to {place}, {what}"
        )
        raise httpx.HTTPStatusError(message, request=asked, response=response)


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
        return await client.send(request, stream=True, follow_redirects=False)
    except httpx.TransportError as error:
        is_broken = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
        is_kept = is_broken and "connect_tcp.started" not in seen
        is_unanswered = "receive_response_headers.complete" not in seen
        if not (is_kept and is_unanswered and "send_request_headers.started" in seen):
            place = request.url.copy_with(query=None, userinfo=b"")
            error.args = (f"{request.method} {place}: {error}".strip(": "),)
            raise
        return await client.send(request, stream=True, follow_redirects=False)
