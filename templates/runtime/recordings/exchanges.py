"""HTTP requests and responses as plain data without secrets."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlencode

import httpx

from ..http.secrets import secret_hider, secret_values

__all__ = ["Exchange", "replay_answer"]

KEPT_HEADERS = (
    "content-type",
    "etag",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
)
"""The headers of a response that are recorded: what others say differs each time."""

STREAM_TYPES = ("text/event-stream", "application/x-ndjson", "application/jsonl")
"""The types of bodies whose pieces are recorded as they came."""

SECRET_HEADER = re.compile("auth|cookie|key|passw|secret|token", re.IGNORECASE)
"""Names of request headers whose values are secrets."""

SECRET_PARAMETER = re.compile(
    "(api|access|subscription)?[-_]?(key|token)|password|sig|(.*[-_])?(secret|signature)",
    re.IGNORECASE,
)
"""Names of query parameters whose values are secrets."""

SHORTEST_RECORDED = 8
"""Characters from which a secret is hidden in a recording.

A local server may take `test` for a key, which texts have for other reasons.
"""


class Exchange:
    """A request as its recording has it, and what hides secrets in its answer.

    `file_name` is that of all requests with the same method, address, type and body.
    """

    def __init__(self, request: httpx.Request, body: bytes) -> None:
        self.hide = secret_hider(secrets_of(request), SHORTEST_RECORDED)
        self.request = describe_request(request, body, self.hide)
        key = json.dumps(self.request, sort_keys=True, separators=(",", ":"))
        names = (self.hide(request.url.host), self.hide(path_of(request.url)).lower())
        parts = [re.sub(r"[^a-z0-9.]+", "-", n)[:80].strip("-.") for n in names]
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        self.file_name = "-".join([*filter(None, parts), f"{digest}.json"])

    def describe_answer(
        self, response: httpx.Response, pieces: Sequence[bytes], seconds: float
    ) -> dict[str, Any]:
        """A response that took so long as a recording has it."""
        headers = {
            name: self.hide(value)
            for name, value in response.headers.items()
            if name in KEPT_HEADERS
        }
        took = {"elapsed_ms": round(seconds * 1000)}
        answer = {"status": response.status_code, **took, "headers": headers}
        type_ = media_type(response.headers)
        whole = b"".join(pieces)
        if type_ not in STREAM_TYPES:
            return {**answer, **describe_body(type_, whole, self.hide)}
        hidden = [hide_bytes(piece, self.hide) for piece in pieces]
        if b"".join(hidden) != hide_bytes(whole, self.hide):
            hidden = [hide_bytes(whole, self.hide)]  # a secret came in two pieces
        return {**answer, "pieces": [write_piece(piece) for piece in hidden]}


def secrets_of(request: httpx.Request) -> list[str]:
    """What must not be recorded of a request and of what it is answered."""
    secrets = secret_values()
    for name, value in request.headers.items():
        if SECRET_HEADER.search(name):
            scheme, _, credentials = value.partition(" ")
            secrets += [value, credentials]
            secrets += [cookie.partition("=")[2] for cookie in value.split(";")]
            if scheme.lower() == "basic":
                with suppress(ValueError):
                    secrets.append(b64decode(credentials).decode().partition(":")[2])
    for name, value in request.url.params.multi_items():
        if SECRET_PARAMETER.fullmatch(name):
            secrets.append(value)
    return secrets


def describe_request(
    request: httpx.Request, body: bytes, hide: Callable[[str], str]
) -> dict[str, Any]:
    """A request as plain data, its address without user and with its query sorted."""
    url = request.url
    query = sorted(
        (hide(name), "***" if SECRET_PARAMETER.fullmatch(name) else hide(value))
        for name, value in url.params.multi_items()
    )
    port = "" if url.port is None else f":{url.port}"
    address = f"{url.scheme}://{hide(url.host)}{port}{hide(path_of(url))}"
    if query:
        address += f"?{urlencode(query, safe='*')}"
    described: dict[str, Any] = {"method": request.method, "url": address}
    if body:
        type_ = media_type(request.headers)
        described |= {"content_type": type_, **describe_body(type_, body, hide)}
    return described


def path_of(url: httpx.URL) -> str:
    """The path of an address, escaped as it is sent."""
    return url.raw_path.decode("ascii").partition("?")[0]


def media_type(headers: httpx.Headers) -> str:
    """The type of a body, without parameters such as a boundary."""
    content_type: str = headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower()


def describe_body(
    type_: str, body: bytes, hide: Callable[[str], str]
) -> dict[str, Any]:
    """A body as plain data: as `json`, as `text`, or in `base64`."""
    if type_.endswith(("/json", "+json")):
        with suppress(ValueError, RecursionError):
            return {"json": hide_in(json.loads(body.decode()), hide)}
    piece = write_piece(hide_bytes(body, hide))
    return {"text": piece} if isinstance(piece, str) else piece


def hide_bytes(data: bytes, hide: Callable[[str], str]) -> bytes:
    """Text in bytes without secrets; what is not UTF-8 stays as it is."""
    return hide(data.decode("utf-8", "surrogateescape")).encode(
        "utf-8", "surrogateescape"
    )


def hide_in(data: Any, hide: Callable[[str], str]) -> Any:
    """JSON data without the secrets in its texts, keys and numbers."""
    if isinstance(data, str):
        return hide(data)
    if isinstance(data, dict):
        fields = cast("dict[str, Any]", data)
        return {hide(key): hide_in(value, hide) for key, value in fields.items()}
    if isinstance(data, list):
        return [hide_in(item, hide) for item in cast("list[object]", data)]
    text = str(data)
    return data if hide(text) == text else "***"


def write_piece(piece: bytes) -> str | dict[str, str]:
    """A piece of a body: its text, or its base64 where it is not in UTF-8 by itself."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(piece).decode()}


def read_piece(piece: str | Mapping[str, str]) -> bytes:
    """The bytes of a piece of a body."""
    return piece.encode() if isinstance(piece, str) else b64decode(piece["base64"])


class ReplayedStream(httpx.AsyncByteStream):
    """A response's body, in the pieces in which it once came."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def replay_answer(answer: Mapping[str, Any]) -> httpx.Response:
    """A response as it was recorded."""
    if "pieces" in answer:
        pieces = [read_piece(piece) for piece in answer["pieces"]]
    elif "json" in answer:
        pieces = [json.dumps(answer["json"]).encode()]
    else:
        pieces = [read_piece(answer.get("text", answer))]
    return httpx.Response(
        answer["status"], headers=answer["headers"], stream=ReplayedStream(pieces)
    )
