"""Takes a server of models on this machine; hands on what calling it costs, and keeps to.

Run as `python -m benchmarks.models`, with `--real` for the run under a rate limit as
well (it takes more than two minutes); prints Markdown. The server
(`benchmarks/model_server.py`) has a process of its own, and where there are several
processors also one of its own. It answers after 50 ms.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import json
import logging
import os
import resource
import sys
import tracemalloc
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from benchmarks import ours
from benchmarks.measure import Times, in_turn, table
from benchmarks.model_server import behaviour, running
from benchmarks.workloads import CAP, Run

__all__ = ["main"]

CALLS = 1000

RATE = 600
RATED_CALLS = 1300

MANY = 10_000

LATENCIES = {
    "always 50 ms": "latency-50",
    "40 to 60 ms": "latency-50+jitter-10",
}
"""By what is told of it, the model that the server is asked for."""


def ideal(model: str) -> float:
    """Seconds for all calls where nothing but the server's latency takes any time."""
    asked = behaviour(model)
    lanes = [0.0] * CAP
    for number in range(1, CALLS + 1):
        heapq.heapreplace(lanes, lanes[0] + asked.seconds(number))
    return max(lanes)


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


def chains(url: str, model: str, more: str = "", steps: int = 1) -> ModuleType:
    """A chain of one call, and one of many at once."""
    many = [
        f'    step s{number}:\n        parallel: true\n        prompt: "Hello {number}"\n'
        for number in range(steps)
    ]
    text = SPEC.format(url=url, model=model, more=more)
    return ours.built(text + ours.chain_text("many", many, "timeout: 1h"))


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


def over_httpx(client: httpx.AsyncClient, url: str, model: str) -> Run:
    """What one writes by hand: a client, a semaphore, a task group."""
    permits = asyncio.Semaphore(CAP)

    async def ask(number: int) -> Any:
        async with permits:
            response = await client.post(
                f"{url}/v1/chat/completions",
                json=question(model, number),
                headers={"authorization": "Bearer key"},
            )
            response.raise_for_status()
            return response.json()["choices"][0]["message"]["content"]

    return lambda: at_once(ask, CALLS)


async def throughput(url: str) -> str:
    """A thousand calls under fifty permits, ours beside others' ways of making them."""
    times: dict[str, dict[str, Times]] = {}
    for told, model in LATENCIES.items():
        module = chains(url, model, steps=CALLS)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            runs: dict[str, Run] = {
                SOCKETS: over_sockets(url, model),
                "httpx by hand, one client": over_httpx(client, url, model),
                "**n3gen**, a chain of 1,000 steps": many_steps(module),
                "**n3gen**, 1,000 runs of a chain": many_runs(module),
            }
            times[told] = await in_turn(runs, SOCKETS, inner=1, rounds=7, budget=20.0)
        await module.aclose()
    rows = []
    for name in next(iter(times.values())):
        row = [name]
        for told, model in LATENCIES.items():
            found = times[told][name]
            row += [f"{found.median:.3f}", f"{found.median / ideal(model):.3f}"]
            row += [f"{found.ratio:.3f}"]
        rows.append(row)
    ideals = ", ".join(
        f"{ideal(model):.3f} s ({told})" for told, model in LATENCIES.items()
    )
    head = [""]
    for told in LATENCIES:
        head += [f"{told}: s", "of the ideal", "of bare sockets"]
    return (
        f"### {CALLS:,} calls under {CAP} permits\n\n"
        f"The ideal is what {CAP} permits make of the latencies, where client and"
        f" server cost nothing: {ideals}. What this machine and the server take by"
        " themselves, the bare sockets show.\n\n"
        f"{table(head, rows)}"
    )


def many_steps(module: ModuleType) -> Run:
    return lambda: checked(module.run_chain("many"))


def many_runs(module: ModuleType) -> Run:
    return lambda: at_once(lambda n: checked(module.run_chain("one", n)), CALLS)


async def rates(url: str) -> str:
    """Calls at a rate, with 429s among the answers."""
    model = f"latency-50+rate-{RATE}+error-429-every-100+wait-1000"
    limit = f"    rate_limit:\n        requests_per_minute: {RATE}\n"
    module = chains(url, model, limit)
    async with httpx.AsyncClient() as client:
        await client.post(f"{url}/reset")
        time = asyncio.get_running_loop().time
        started = time()
        await at_once(lambda n: checked(module.run_chain("one", n)), RATED_CALLS)
        seconds = time() - started
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
