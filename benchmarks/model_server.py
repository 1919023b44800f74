"""A server of models that answers as late, as wrong and as rarely as configured.

Run as `python -m benchmarks.model_server [--port PORT] [BEHAVIOUR]`; the first line that
it prints is its address. It speaks OpenAI's chat completions and Anthropic's messages,
whole and streamed. What it does is read from the model's name, or is given for all
requests, in parts joined by `+`:

- `latency-50`: milliseconds before the answer, `jitter-10`: by which they are more or
  less, evenly spread; `words-20`: its length; `speed-40`: words a second of a stream.
- `error-500`, `error-429-every-100`: the status of every request, or of each 100th;
  `wait-50`: the milliseconds that it asks to wait then.
- `rate-600`: at most so many requests in any minute, 429 with `Retry-After` for others.
- `hang`, `drop`, `garbage`, `redirect`, `half-stream`, `stalled-stream`: never an
  answer, a closed connection, text that is no JSON, an address elsewhere, a stream
  that breaks, a stream that stops.

`/stats` tells as JSON what it has counted since its start or the last `POST /reset`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from benchmarks.model_protocols import AnthropicMessages, OpenAIChat, Protocol

__all__ = ["Behaviour", "main", "running"]

ROOT = Path(__file__).resolve().parent.parent

MINUTE = 60.0

HALF = {"half-stream", "stalled-stream"}

REALS = {"latency", "jitter", "speed"}

FLAGS = {"hang", "drop", "garbage", "redirect", *HALF}


@dataclass(frozen=True)
class Behaviour:
    """What a request gets: times in milliseconds, `speed` in words a second."""

    latency: float = 0.0
    jitter: float = 0.0
    words: int = 8
    speed: float = 0.0
    error: int = 0
    every: int = 1
    wait: int = 0
    rate: int = 0
    flags: frozenset[str] = frozenset()

    def seconds(self, number: int) -> float:
        """The latency of the `number`th request."""
        # Multiples of the golden ratio are spread more evenly than random numbers.
        spread = number * 0.6180339887498949 % 1 * 2 - 1
        return (self.latency + self.jitter * spread) / 1000


@lru_cache(maxsize=1024)
def behaviour(text: str) -> Behaviour:
    """The behaviour in a model's name; raises `ValueError` for what is none."""
    given: dict[str, Any] = {}
    known = {field.name for field in fields(Behaviour)} - {"flags", "every"}
    for part in filter(None, text.split("+")):
        name, _, rest = part.partition("-")
        if part in FLAGS:
            given["flags"] = given.get("flags", frozenset()) | {part}
        elif name in known:
            number, _, every = rest.partition("-every-")
            given[name] = float(number) if name in REALS else int(number)
            if every:
                given["every"] = int(every)
        else:
            raise ValueError(f"`{part}` is no behaviour")
    return Behaviour(**given)


@dataclass
class Counts:
    """What the server has seen; `arrivals` are the requests of the last minute."""

    requests: int = 0
    running: int = 0
    max_running: int = 0
    most_in_a_minute: int = 0
    strayed: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    by_model: Counter[str] = field(default_factory=Counter)
    arrivals: deque[float] = field(default_factory=deque)
    admitted: dict[str, deque[float]] = field(default_factory=dict)

    def arrive(self, model: str) -> int:
        """Count a request; return how many there were for its model."""
        self.requests += 1
        self.by_model[model] += 1
        self.running += 1
        self.max_running = max(self.max_running, self.running)
        in_last_minute(self.arrivals).append(time.monotonic())
        self.most_in_a_minute = max(self.most_in_a_minute, len(self.arrivals))
        return self.by_model[model]

    def seconds_to_wait(self, model: str, rate: int) -> float:
        """Seconds until a model has room for a request; 0 takes the room."""
        admitted = in_last_minute(self.admitted.setdefault(model, deque()))
        if len(admitted) >= rate:
            return admitted[-rate] + MINUTE - time.monotonic()
        admitted.append(time.monotonic())
        return 0.0

    def told(self, connections: int) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "requests": self.requests,
            "running": self.running,
            "max_running": self.max_running,
            "most_in_a_minute": self.most_in_a_minute,
            "strayed": self.strayed,
            "statuses": dict(sorted(self.statuses.items())),
            "connections": connections,
        }


def in_last_minute(moments: deque[float]) -> deque[float]:
    """The moments without those that are more than a minute ago."""
    while moments and moments[0] <= time.monotonic() - MINUTE:
        moments.popleft()
    return moments


class Stamped(HttpToolsProtocol):
    """Tells with each request when it arrived: its latency begins there."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["arrived"] = self.loop.time()


class Server:
    """The server: its counts, and what it does where a request does not say."""

    def __init__(self, default: str) -> None:
        behaviour(default)  # one that is none is told at once
        self.default = default
        self.counts = Counts()
        self.port = 0
        self.endpoints = {
            "/v1/chat/completions": Endpoint(self, OpenAIChat()),
            "/v1/messages": Endpoint(self, AnthropicMessages()),
        }
        self.others = Starlette(
            routes=[
                Route("/elsewhere", self.elsewhere, methods=["GET", "POST"]),
                Route("/stats", self.stats),
                Route("/reset", self.reset, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(
            self,
            lifespan="off",
            log_level="error",
            access_log=False,
            timeout_keep_alive=3600,
            http=Stamped,
        )
        self.uvicorn = uvicorn.Server(config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Routing takes as long as all the rest of an answer.
        await self.endpoints.get(scope["path"], self.others)(scope, receive, send)

    async def stats(self, request: Request) -> Response:
        """What was counted; the connection that asks is not among them."""
        connections = len(self.uvicorn.server_state.connections) - 1
        return JSONResponse(self.counts.told(connections))

    async def reset(self, request: Request) -> Response:
        """Reset the counts."""
        self.counts = Counts(running=self.counts.running)
        return JSONResponse({})

    async def elsewhere(self, request: Request) -> Response:
        """Where a redirect leads: nobody should come here, let alone with a key."""
        self.counts.strayed += 1
        return JSONResponse({})

    def close_connection(self, scope: Scope, *, at_once: bool) -> None:
        """Closes the connection of a request, with what is written or without."""
        for protocol in list(self.uvicorn.server_state.connections):
            transport = getattr(protocol, "transport", None)
            if transport and getattr(protocol, "client", None) == scope["client"]:
                transport.abort() if at_once else transport.close()

    async def serve(self, host: str, port: int) -> None:
        """Serves until the process is told to stop; prints the address first."""
        # Where the protocol is not named, asyncio leaves Nagle's algorithm on.
        protocol = socket.IPPROTO_TCP
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(1024)
            self.port = listener.getsockname()[1]
            gc.freeze()  # or else it would be looked through in the midst of answers
            print(f"http://{host}:{self.port}", flush=True)
            await self.uvicorn.serve(sockets=[listener])


class Endpoint:
    """One protocol's endpoint: an ASGI application."""

    def __init__(self, server: Server, protocol: Protocol) -> None:
        self.server = server
        self.protocol = protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = json.loads(await Request(scope, receive).body())
        model = str(body.get("model") or "")
        counts = self.server.counts
        number = counts.arrive(model)
        try:
            asked = self.asked(model)
            answer = self.failure(asked, model, number) or self.answer(asked, body)
            # What it took to make the answer is part of its latency.
            if asked.latency:
                arrived: float = scope["state"]["arrived"]
                if await has_left(receive, arrived + asked.seconds(number)):
                    return
            if asked.flags & {"hang", "drop"}:
                if "drop" in asked.flags:
                    self.server.close_connection(scope, at_once=True)
                await has_left(receive, None)
                return
            if isinstance(answer, Response):
                counts.statuses[answer.status_code] += 1
                await answer(scope, receive, send)
            else:
                counts.statuses[200] += 1
                await self.stream(asked, answer, scope, receive, send)
        finally:
            counts.running -= 1

    def asked(self, model: str) -> Behaviour:
        """What a request is to get; a model that is no behaviour fails with a 404."""
        try:
            return behaviour(f"{self.server.default}+{model}")
        except ValueError:
            return Behaviour(error=404)

    def failure(self, asked: Behaviour, model: str, number: int) -> Response | None:
        """The answer that is none, where one is due."""
        error = self.protocol.error
        if asked.rate:
            seconds = self.server.counts.seconds_to_wait(model, asked.rate)
            if seconds:
                headers = {"retry-after": f"{seconds:.3f}"}
                return JSONResponse(error(429, "too many requests"), 429, headers)
        if asked.error and number % asked.every == 0:
            headers = {"retry-after-ms": str(asked.wait)} if asked.wait else {}
            message = "told to fail"
            return JSONResponse(error(asked.error, message), asked.error, headers)
        if "garbage" in asked.flags:
            return Response("<html>It works!</html>", media_type="application/json")
        if "redirect" in asked.flags:
            # Another name is another origin, though it is the same machine.
            address = f"http://localhost:{self.server.port}/elsewhere"
            return Response(status_code=302, headers={"location": address})
        return None

    def answer(self, asked: Behaviour, body: Any) -> Response | list[str]:
        """The answer, in one piece or as the events of a stream."""
        words = [f"word{place} " for place in range(asked.words)]
        tokens = sum(len(str(turn["content"]).split()) for turn in body["messages"])
        model = str(body.get("model"))
        if body.get("stream"):
            return list(self.protocol.events(model, words, tokens))
        return JSONResponse(self.protocol.answer(model, words, tokens))

    async def stream(
        self,
        asked: Behaviour,
        events: list[str],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Sends an answer event by event, at its speed, to its end or not."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for place, event in enumerate(events):
            if place == len(events) // 2 and asked.flags & HALF:
                if "half-stream" in asked.flags:
                    self.server.close_connection(scope, at_once=False)
                await has_left(receive, None)
                return
            data = event.encode()
            await send({"type": "http.response.body", "body": data, "more_body": True})
            if asked.speed:
                now = asyncio.get_running_loop().time()
                if await has_left(receive, now + 1 / asked.speed):
                    return
        await send({"type": "http.response.body", "body": b""})


async def has_left(receive: Receive, until: float | None) -> bool:
    """Waits until then, or until the client has gone, and says whether it has."""
    try:
        async with asyncio.timeout_at(until):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


@contextmanager
def running(*arguments: str, is_apart: bool = False) -> Iterator[str]:
    """The address of a server in a process of its own, which ends with the block.

    One that is apart leaves this process a processor for itself, where it can.
    """
    command = [sys.executable, "-m", "benchmarks.model_server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        try:
            address = run.stdout.readline().strip()
            if not address:
                raise RuntimeError("benchmarks.model_server did not start")
            if is_apart:
                part_processors(run.pid)
            yield address
        finally:
            run.kill()


def part_processors(pid: int) -> None:
    """Gives this process one processor, and another all others."""
    if sys.platform == "linux":
        own, *others = sorted(os.sched_getaffinity(0))
        if others:
            os.sched_setaffinity(pid, others)
            os.sched_setaffinity(0, {own})


def main() -> None:
    """Serves on loopback."""
    parser = argparse.ArgumentParser(description="A server of models, for tests.")
    parser.add_argument("behaviour", nargs="?", default="", help="of all requests")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 is any free one")
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        runner.run(Server(given.behaviour).serve(given.host, given.port))


def precise_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are not late by up to a millisecond, as epoll's are."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    main()
