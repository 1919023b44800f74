"""Recordings of HTTP exchanges: kept while requests are answered, or answering them."""

from __future__ import annotations

import asyncio
import difflib
import heapq
import itertools
import json
import os
import threading
from bisect import bisect
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, cast

import httpx

from ..http.clients import CLIENT_WRAPPERS
from ..http.codings import check_coding
from ..recovery.failures import ModelError
from ..run.process import loop_state
from ..run.settings import variable
from .exchanges import Exchange, replay_answer

__all__ = ["ReplayMiss", "recorded", "use_recordings"]


COMPARED = 8
"""Recordings that are compared letter by letter with a request that has none."""

COMPARED_TEXT = 1000
"""Characters that are compared of what differs."""


class ReplayMiss(ModelError):
    """A request that no recording answers; it is not retried, and has no fallback."""

    def __init__(self, message: str) -> None:
        super().__init__(message, is_final=True)


def use_recordings() -> None:
    """Have the requests of this module recorded or replayed, where that is asked for."""
    CLIENT_WRAPPERS[:] = [recorded]


def recorded(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return a client that records or replays as `N3GEN_RECORD` or `N3GEN_REPLAY` says.

    Each names a folder; without them it is the client itself. While recording, requests
    are sent by `client`; in replay none is sent. Raises `ModelError` where both are set.
    """
    record, replay = variable("N3GEN_RECORD"), variable("N3GEN_REPLAY")
    if record is not None and replay is not None:
        message = "N3GEN_RECORD and N3GEN_REPLAY are both set, and only one can be"
        raise ModelError(message, is_final=True)
    if replay is not None:
        transport: httpx.AsyncBaseTransport = ReplayTransport(Path(replay), client)
    elif record is not None:
        transport = RecordTransport(Path(record), client)
    else:
        return client
    # The client within has the timeouts, redirects and cookies of its own.
    return httpx.AsyncClient(transport=transport, timeout=client.timeout)


class RecordTransport(httpx.AsyncBaseTransport):
    """Sends requests and keeps the answers, each when all of it has come.

    The answers to equal requests on one event loop are kept in the order of asking,
    in place of those of an earlier recording, with the time that they took.
    """

    def __init__(self, folder: Path, client: httpx.AsyncClient) -> None:
        self.folder = folder
        self.client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = Exchange(request, await request.aread())
        number = next(loop_state().setdefault("recording_numbers", itertools.count()))
        time = asyncio.get_running_loop().time
        asked = time()
        response = await self.client.send(request, stream=True, follow_redirects=False)

        def keep(pieces: Sequence[bytes]) -> None:
            took = time() - asked
            answer = exchange.describe_answer(response, pieces, took)
            self.keep(number, exchange, answer)

        headers = response.headers.copy()
        # The body is passed on unpacked, and in pieces whose sum is not known.
        for name in ("content-encoding", "content-length", "transfer-encoding"):
            headers.pop(name, None)
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=RecordedStream(response, keep),
            extensions=response.extensions,
        )

    def keep(self, number: int, exchange: Exchange, answer: dict[str, Any]) -> None:
        """Writes an answer into the recording of its request, at its place."""
        path = self.folder / exchange.file_name
        numbers: list[int]
        numbers = loop_state().setdefault("recorded", {}).setdefault(str(path), [])
        answers = list(read_recording(path)["answers"]) if numbers else []
        place = bisect(numbers, number)
        answers.insert(place, answer)
        write_recording(path, {**exchange.request, "answers": answers})
        numbers.insert(place, number)

    async def aclose(self) -> None:
        await self.client.aclose()


class RecordedStream(httpx.AsyncByteStream):
    """A response's body, passed on as it comes; all of it goes to `keep` at its end."""

    def __init__(
        self, response: httpx.Response, keep: Callable[[Sequence[bytes]], None]
    ) -> None:
        self.response = response
        self.keep = keep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        check_coding(self.response)
        pieces: list[bytes] = []
        body = cast("AsyncGenerator[bytes, None]", self.response.aiter_bytes())
        async with aclosing(body):
            async for piece in body:
                pieces.append(piece)
                yield piece
        self.keep(pieces)

    async def aclose(self) -> None:
        await self.response.aclose()


class ReplayTransport(httpx.AsyncBaseTransport):
    """Answers requests from recordings: equal ones on one event loop in turn.

    When all answers to a request have been given, the last is given again.
    """

    def __init__(self, folder: Path, client: httpx.AsyncClient) -> None:
        self.folder = folder
        self.client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = Exchange(request, await request.aread())
        path = self.folder / exchange.file_name
        if not path.is_file():
            raise ReplayMiss(describe_miss(self.folder, exchange.request))
        answers = read_recording(path)["answers"]
        counts: dict[str, int] = loop_state().setdefault("replayed", {})
        index = counts.get(str(path), 0)
        counts[str(path)] = index + 1
        with suppress(LookupError, TypeError, ValueError, AttributeError):
            return replay_answer(answers[min(index, len(answers) - 1)])
        raise unreadable(path)

    async def aclose(self) -> None:
        await self.client.aclose()


def read_recording(path: Path) -> dict[str, Any]:
    """The recording in a file; raises `ModelError` where there is none."""
    with suppress(OSError, LookupError, TypeError, ValueError, RecursionError):
        recording = json.loads(path.read_bytes())
        if recording["url"] and recording["answers"]:
            return cast("dict[str, Any]", recording)
    raise unreadable(path)


def unreadable(path: Path) -> ModelError:
    """What is wrong with a file that should be a recording."""
    return ModelError(f"`{path}` is not a recording that can be read", is_final=True)


def write_recording(path: Path, recording: Mapping[str, Any]) -> None:
    """Write a recording whole or not at all, readable by its owner; raise `ModelError`."""
    text = json.dumps(recording, indent=2, ensure_ascii=False)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.touch(0o600)
            # Half of a surrogate pair has no UTF-8; its escape is JSON's too.
            partial.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        message = f"the recording `{path}` cannot be written: {error.strerror}"
        raise ModelError(message, is_final=True) from error


def describe_miss(folder: Path, request: Mapping[str, Any]) -> str:
    """What is missing, and how the recording that is nearest to it differs."""
    missing = f"`{folder}` has no recording of {request['method']} {request['url']}"
    wanted = lines_of(request)
    near = heapq.nlargest(COMPARED, like_ones(folder, request, wanted), key=likeness)
    if not near or not near[0][0]:
        return f"{missing}, nor any that is like it"
    _, name, nearest = max(
        near, key=lambda one: one[0] + differing(one[2], wanted).ratio()
    )
    diff = difflib.unified_diff(nearest, wanted, name, "this request", lineterm="", n=1)
    shown = itertools.islice(diff, 20)
    return "\n".join([f"{missing}; the nearest differs:", *shown])


def like_ones(
    folder: Path, request: Mapping[str, Any], wanted: Sequence[str]
) -> Iterator[tuple[float, str, Sequence[str]]]:
    """Yield how like a request each recording about is, its name and its lines."""
    matcher = difflib.SequenceMatcher(None, "", wanted)
    for path in sorted(folder.glob("*.json")):
        with suppress(ModelError):
            recording = read_recording(path)
            lines = lines_of(recording)
            matcher.set_seq1(lines)
            like = matcher.quick_ratio() + differing(lines, wanted).quick_ratio()
            yield like + (recording["url"] == request["url"]), path.name, lines


def likeness(found: tuple[float, str, Sequence[str]]) -> float:
    """How like a request a recording is."""
    return found[0]


def differing(
    lines: Sequence[str], wanted: Sequence[str]
) -> difflib.SequenceMatcher[str]:
    """What compares, letter by letter, the lines that only one of two requests has."""
    same = {*lines} & {*wanted}
    one, other = (
        "".join(line for line in side if line not in same)[:COMPARED_TEXT]
        for side in (lines, wanted)
    )
    return difflib.SequenceMatcher(None, one, other)


def lines_of(request: Mapping[str, Any], width: int = 80) -> list[str]:
    """A request in short lines, for comparing."""
    fields = {name: value for name, value in request.items() if name != "answers"}
    text = json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False)
    return [
        line[start : start + width]
        for line in text.replace("\\n", "\\n\n").splitlines()
        for start in range(0, len(line), width)
    ]
