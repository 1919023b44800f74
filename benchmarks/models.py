"""The cost of model calls to a server on this machine, and the limits that they keep.

Run as `python -m benchmarks.models`, with `--real` for the run under a rate limit as
well (it takes more than two minutes); prints Markdown. The server
(`benchmarks/model_server.py`) has a process of its own, and where there are several
processors also one of its own.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import json
import logging
import os
import resource
import statistics
import sys
import time
import tracemalloc
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import httpx
import httpx2

from benchmarks import ours
from benchmarks.measure import table
from benchmarks.model_server import Behaviour, behaviour, running
from benchmarks.workloads import CAP, Run

__all__ = ["main"]

CALLS = 500

STREAMS = 100

ROUNDS = 3

RATE = 600
RATED_CALLS = 1300

MANY = 10_000

LATENCY = "latency-300+jitter-100"
"""The model of the whole answers: 200 to 400 ms."""

STREAM = "latency-100+words-200+speed-100"
"""The model of the streams: 200 words, a hundred a second."""


def ideal(model: str, calls: int) -> float:
    """Seconds for all calls where nothing but the server's latency takes any time."""
    asked = behaviour(model)
    lanes = [0.0] * CAP
    for number in range(1, calls + 1):
        heapq.heapreplace(lanes, lanes[0] + seconds_of(asked, number))
    return max(lanes)


def seconds_of(asked: Behaviour, number: int) -> float:
    """The seconds of a request, its words included where they have a speed."""
    words = (asked.words + 2) / asked.speed if asked.speed else 0.0
    return asked.seconds(number) + words


SOCKETS = "bare sockets"

SPEC = """
connection server:
    api: openai
    base_url: "{url}/v1"
    api_key: env("BENCHMARK_KEY")
    model: {model}
    timeout: 60
{more}
chain one:
    timeout: 1h
    step ask:
        prompt: "Hello {{{{ payload }}}}"

"""


def chains(
    url: str,
    model: str,
    more: str = "",
    http: Literal["httpx", "httpx2"] = "httpx",
) -> ModuleType:
    """A chain of one call."""
    text = SPEC.format(url=url, model=model, more=more)
    return ours.built(text, http)


async def checked(run: Awaitable[dict[str, Any]]) -> Any:
    """The result of a run that has to go well."""
    record = await run
    if record["status"] != "ok":
        raise RuntimeError(record["error"])
    return record["result"]


async def at_once(work: Callable[[int], Awaitable[Any]], calls: int) -> None:
    """Does all of it at once; whoever is called sees to the cap."""
    async with asyncio.TaskGroup() as group:
        for number in range(calls):
            group.create_task(done(work(number)))


async def done(work: Awaitable[Any]) -> None:
    """What a task is made of."""
    await work


def question(model: str, number: int) -> dict[str, Any]:
    """A request, as a person would write it who has no library."""
    turn = {"role": "user", "content": f"Hello {number}"}
    return {"model": model, "messages": [turn]}


def over_sockets(url: str, model: str) -> Run:
    """The least that can be: fifty connections, each with one request after another."""
    host, _, port = url.removeprefix("http://").partition(":")
    free: list[tuple[StreamReader, StreamWriter]] = []
    permits = asyncio.Semaphore(CAP)

    async def ask(number: int) -> Any:
        async with permits:
            pair = (
                free.pop() if free else await asyncio.open_connection(host, int(port))
            )
            reader, writer = pair
            body = json.dumps(question(model, number)).encode()
            head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\n"
            head += f"content-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(answer.partition(b"content-length: ")[2].split(b"\r\n")[0])
            told = json.loads(await reader.readexactly(size))
            free.append(pair)
            return told["choices"][0]["message"]["content"]

    return lambda: at_once(ask, CALLS)


def by_hand(library: Any, url: str, model: str, *, is_streamed: bool) -> Run:
    """What one writes by hand: a client, a semaphore, a task group."""
    permits = asyncio.Semaphore(CAP)
    limits = library.Limits(max_connections=None, max_keepalive_connections=CAP)
    client = library.AsyncClient(limits=limits, timeout=60)
    address, headers = f"{url}/v1/chat/completions", {"authorization": "Bearer key"}

    async def ask(number: int) -> Any:
        async with permits:
            body = question(model, number)
            response = await client.post(address, json=body, headers=headers)
            response.raise_for_status()
            return response.json()["choices"][0]["message"]["content"]

    async def stream(number: int) -> Any:
        async with permits:
            body = {**question(model, number), "stream": True}
            texts: list[str] = []
            how = {"json": body, "headers": headers}
            async with client.stream("POST", address, **how) as response:
                response.raise_for_status()
                async for line in response.aiter_lines():
                    if line.startswith("data: ") and line != "data: [DONE]":
                        for choice in json.loads(line[6:])["choices"]:
                            texts.append(choice["delta"].get("content") or "")
            return "".join(texts)

    if is_streamed:
        return lambda: at_once(stream, STREAMS)
    return lambda: at_once(ask, CALLS)


async def streamed(events: AsyncIterator[dict[str, Any]]) -> None:
    """Reads a run that has to go well, event by event."""
    last: dict[str, Any] = {}
    async for event in events:
        last = event
    if last["event"] != "chain_complete":
        raise RuntimeError(last["run"]["error"])


def many_runs(module: ModuleType, *, is_streamed: bool) -> Run:
    """The same by runs of a chain."""
    if is_streamed:
        return lambda: at_once(
            lambda n: streamed(module.stream_chain("one", n)), STREAMS
        )
    return lambda: at_once(lambda n: checked(module.run_chain("one", n)), CALLS)


async def throughput(url: str) -> str:
    """Calls under fifty permits, ours beside the same library by hand."""
    parts: list[str] = []
    for title, model, calls, is_streamed in (
        (f"{CALLS} calls of 200 to 400 ms", LATENCY, CALLS, False),
        (f"{STREAMS} streams of 200 words", STREAM, STREAMS, True),
    ):
        runs: dict[str, Run] = {}
        if not is_streamed:
            runs[SOCKETS] = over_sockets(url, model)
        packages: dict[Literal["httpx", "httpx2"], Any] = {
            "httpx": httpx,
            "httpx2": httpx2,
        }
        for http, library in packages.items():
            module = chains(url, model, http=http)
            runs[f"{http} by hand"] = by_hand(
                library, url, model, is_streamed=is_streamed
            )
            runs[f"**n3gen** over {http}"] = many_runs(module, is_streamed=is_streamed)
        parts.append(await compared(title, runs, ideal(model, calls), calls))
    return "\n".join(parts)


async def compared(title: str, runs: dict[str, Run], best: float, calls: int) -> str:
    """The table of runs, all of which take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(ROUNDS + 1):
        for name, run in runs.items():
            gc.collect()
            started, worked = time.perf_counter(), time.process_time()
            await run()
            if round_:
                seconds[name].append(time.perf_counter() - started)
                cpu[name].append((time.process_time() - worked) / calls * 1000)
    rows: list[list[str]] = []
    for name in runs:
        own = statistics.median(cpu[name])
        base = name.removeprefix("**n3gen** over ") + " by hand"
        ratio = own / statistics.median(cpu[base]) if base in cpu else None
        took = statistics.median(seconds[name])
        rows.append(
            [
                name,
                f"{took:.2f}",
                f"{took / best:.3f}",
                f"{own:.2f}",
                "" if ratio is None else f"{ratio:.2f}",
            ]
        )
    head = ["", "s", "of the ideal", "CPU ms a call", "of by hand"]
    return f"### {title}, {CAP} permits\n\n{table(head, rows)}"


async def rates(url: str) -> str:
    """Calls at a rate, with 429s among the answers."""
    model = f"latency-50+rate-{RATE}+error-429-every-100+wait-1000"
    limit = f"    rate_limit:\n        requests_per_minute: {RATE}\n"
    module = chains(url, model, limit)
    async with httpx.AsyncClient() as client:
        await client.post(f"{url}/reset")

        started = time.perf_counter()
        await at_once(lambda n: checked(module.run_chain("one", n)), RATED_CALLS)
        seconds = time.perf_counter() - started
        counted = (await client.get(f"{url}/stats")).json()
    await module.aclose()
    refused = counted["statuses"].get("429", 0)
    most = counted["most_in_a_minute"]
    if most > RATE:
        raise RuntimeError(f"{most} requests in a minute")
    least = (RATED_CALLS + refused) / RATE * 60
    return (
        f"### {RATE} requests a minute\n\n"
        f"{RATED_CALLS:,} calls at once to a server that allows {RATE} a minute, and"
        f" answers each hundredth with a 429 besides: no call failed, {refused} were"
        f" turned down and asked again. In no 60 seconds were there more than {most}"
        f" requests. It took {seconds:.0f} s; {RATED_CALLS + refused:,} requests at"
        f" {RATE} a minute take {least:.0f} s.\n"
    )


def resident() -> int:
    """The memory of this process, in bytes."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text(encoding="utf-8").split()[1])
        return pages * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def memory(url: str) -> str:
    """What is left of many calls."""
    module = chains(url, "words-50")

    async def ask(calls: int) -> None:
        for _ in range(calls // CAP):
            await at_once(lambda n: checked(module.run_chain("one", n)), CAP)
        gc.collect()

    await ask(MANY // 5)
    before = resident()
    await ask(MANY)
    grown = resident() - before
    tracemalloc.start()
    await ask(MANY // 10)
    held = tracemalloc.get_traced_memory()[0]
    await ask(MANY // 10)
    more = tracemalloc.get_traced_memory()[0] - held
    tracemalloc.stop()
    await module.aclose()
    return (
        f"### {MANY:,} calls\n\n"
        f"After {MANY // 5:,} calls to warm up, {MANY:,} more let the process grow by"
        f" {grown / 2**20:+.2f} MiB ({before / 2**20:.0f} MiB before). Of {MANY // 10:,}"
        f" further ones {more / 1024:+.1f} KiB of Python's objects were left.\n"
    )


async def sections(url: str, *, is_real: bool) -> str:
    """All tables of this file."""
    parts: Sequence[Callable[[str], Awaitable[str]]] = [throughput, memory]
    return "\n".join([await part(url) for part in (*parts, *[rates] * is_real)])


def main() -> None:
    """Prints the sections as Markdown."""
    os.environ["ENABLE_PARALLEL_STEPS"] = "true"
    os.environ["MAX_CONCURRENT_LLM_CALLS"] = str(CAP)
    os.environ["BENCHMARK_KEY"] = "key"
    logging.getLogger("n3gen").setLevel(logging.ERROR)
    with running(is_apart=True) as url:
        print(asyncio.run(sections(url, is_real="--real" in sys.argv[1:])))


if __name__ == "__main__":
    main()
