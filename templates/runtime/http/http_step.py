"""The requests of `http` steps."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

import httpx

from ..run.records import printable
from ..run.run import Step
from .addresses import address_fault
from .clients import http_clients, origin_of
from .codings import bound_codings, check_coding
from .secrets import hide_secrets, secret_values, variables_in
from .server_words import LARGEST_ERROR, error_words

__all__ = ["http_request"]

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
    parts["params"] = sent_values("query", parts.get("params") or {}) or None
    response, content = await send(method, url, headers, parts)
    if response.status_code >= 400:
        status = f"{response.status_code} {response.reason_phrase}".strip()
        words = hide_secrets(error_words(content[:LARGEST_ERROR]), secret_values())
        asked = asked_of(response.request)
        fault = printable(f"{asked} answered {status}: {words[:300]}".strip(": "))
        raise httpx.HTTPStatusError(fault, request=response.request, response=response)
    body: Any = text_of_body(content, response.encoding)
    if "json" in response.headers.get("content-type", "").lower():
        with suppress(ValueError, RecursionError):
            try:
                body = json.loads(content)
            except UnicodeDecodeError:
                body = json.loads(body) if response.charset_encoding else body
    found = dict(response.headers)
    return {"status": response.status_code, "headers": found, "body": body}


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
    return str(value).strip(" \t") if key == "headers" else str(value)


async def send(
    method: str, url: str, headers: Mapping[str, str], parts: Mapping[str, Any]
) -> tuple[httpx.Response, bytes]:
    """Return the response to a request and its body, redirects followed.

    The headers go to the origin of `url` and to no other, as any may hold a key. Raises
    `httpx.HTTPError` for a redirect that would send the body to another origin, or
    would turn the request into a GET.
    """
    for header, value in headers.items():
        # httpx says so as well, and shows the value.
        if not (value.isascii() and value.replace("\t", " ").isprintable()):
            what = f"has a character that no header may have{variables_in(value)}"
            raise ValueError(f"header `{header}` {what}")
    if fault := address_fault(url):
        raise ValueError(f"`url` {fault}")
    clients = await http_clients("http")
    parts = {**parts, "headers": headers, "timeout": httpx.Timeout(None, connect=10.0)}
    async with clients.client() as client:
        if parts["params"] or client.params:  # in whose place httpx puts them
            parts["params"] = httpx.URL(url).params.merge(parts["params"])
        request = client.build_request(method, url, **parts)
        bound_codings(request)
        origin = origin_of(request.url)
        for _ in range(client.max_redirects):
            try:
                async with aclosing(await send_again(client, request)) as response:
                    if response.next_request is None:
                        return response, await body_of(response)
            except (httpx.TransportError, httpx.DecodingError) as error:
                error.args = (f"{asked_of(request)}: {error}".strip(": ."),)
                raise
            asked, request = request, response.next_request
            check_redirect(asked, request, response)
            if origin_of(request.url) != origin:
                for header in headers:
                    if header.lower() != "host":
                        request.headers.pop(header, None)
    raise httpx.TooManyRedirects("too many redirects", request=request)


def asked_of(request: httpx.Request) -> str:
    """Return what a request asks for, without what of its address may hold a key."""
    place = request.url.copy_with(query=None, fragment=None, userinfo=b"")
    return f"{request.method} {place}"


async def body_of(response: httpx.Response) -> bytes:
    """Return the body of a response; of a failed one, what can be read of its beginning."""
    is_failed = response.status_code >= 400
    most = LARGEST_ERROR if is_failed else LARGEST_RESPONSE
    body = bytearray()
    try:
        check_coding(response)
        pieces = cast("AsyncGenerator[bytes, None]", response.aiter_bytes())
        async with aclosing(pieces):
            async for piece in pieces:
                body += piece
                if len(body) > most:
                    break
    except httpx.HTTPError:
        if not is_failed:
            raise
    if len(body) > most and not is_failed:
        asked = asked_of(response.request)
        raise ValueError(f"{asked} answered with more than {most >> 20} MiB")
    return bytes(body)


def check_redirect(
    asked: httpx.Request, following: httpx.Request, response: httpx.Response
) -> None:
    """Raise `httpx.HTTPStatusError` for a redirect to a GET, or of a body elsewhere."""
    sent = following.headers
    has_body = "transfer-encoding" in sent or sent.get("content-length", "0") != "0"
    may_go_elsewhere = following.method in ("GET", "HEAD") and not has_body
    if asked.method not in ("GET", "HEAD") and following.method != asked.method:
        why = "which would make it a GET"
    elif not may_go_elsewhere and origin_of(following.url) != origin_of(asked.url):
        why = "another server, to which its body does not go"
    else:
        return
    status, place = response.status_code, asked_of(following)
    message = f"{asked_of(asked)} was redirected ({status}) to {place}, {why}"
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
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        new_or_answered = {"connect_tcp.started", "receive_response_headers.complete"}
        if seen & new_or_answered or "send_request_headers.started" not in seen:
            raise
        return await client.send(request, stream=True, follow_redirects=False)
