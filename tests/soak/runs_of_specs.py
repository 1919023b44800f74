"""Runs of modules of random specs, without a network, that are the same in both layouts.

What is called gives data, fails or takes time by its name and how often it was called.
Errors that no spec can mean, such as a name that a module does not have, are faults.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Literal

import httpx
from n3gen.source import SourceFile

from tests.building import built_in
from tests.clock import run
from tests.soak.findings import Findings

__all__ = ["check_layouts", "check_run"]

GIVEN = ("given1", "given2", "given3", "given4", "given_function")
LAYOUTS: tuple[Literal["standalone", "shared"], ...] = ("standalone", "shared")
PAYLOADS: list[Any] = [{}, {"n": 1, "docs": ["a b", {"text": "x"}]}]
TURNS = 5
"""How often both layouts run again where they differ."""

OURS = re.compile(
    r"\b(NameError|UnboundLocalError|InvalidStateError|AssertionError|SyntaxError|"
    r"RecursionError|ExceptionGroup(?!: \d+ of \d+ steps succeeded)|RuntimeError)\b"
)
"""Errors that come of a module rather than of what it is given: a join has its own."""


def check_run(module: ModuleType, text: str, seed: int, findings: Findings) -> None:
    """Run each chain of a module once: with one of the payloads, in one of the ways."""
    for number, name in enumerate(module.CHAINS, start=seed):
        payload, parallel = PAYLOADS[number % 2], number // 2 % 2 == 0
        record = _record(module, name, payload, seed, parallel=parallel)
        _check_error(record, text, findings)


def check_layouts(source: SourceFile, seed: int, findings: Findings) -> None:
    """Run the chains of a spec in both layouts and all ways, and compare the records.

    A call in a real thread may end before or after what runs at the same moment of the
    virtual clock: such a tie goes one way or the other in either layout.
    """
    own_runs, shared_runs = (_records(source, layout, seed) for layout in LAYOUTS)
    ties = [] if own_runs == shared_runs else [own_runs, shared_runs]
    for _ in range(TURNS if ties else 0):
        ties += (_records(source, layout, seed) for layout in LAYOUTS)
    for number, (own, shared) in enumerate(zip(own_runs, shared_runs, strict=True)):
        owns, others = ([run[number] for run in ties[at::2]] for at in (0, 1))
        if own != shared and not any(one in others for one in owns):
            detail = f"standalone: {own}\nshared:     {shared}"
            findings.add("another run in the shared layout", detail, source.text)
        _check_error(own, source.text, findings)


def _records(
    source: SourceFile, layout: Literal["standalone", "shared"], seed: int
) -> list[Any]:
    """Run the chains of a spec in one layout, in all ways."""
    with (
        TemporaryDirectory() as folder,
        built_in(layout, source.text, Path(folder), path=source.path) as module,
    ):
        return [
            _record(module, name, payload, seed, parallel=parallel)
            for name in module.CHAINS
            for payload in PAYLOADS
            for parallel in (True, False)
        ]


def _check_error(record: Any, text: str, findings: Findings) -> None:
    """Look for an error that a module has of itself."""
    if found := OURS.search(json.dumps(record, default=repr)):
        findings.add(f"a run ends in {found[0]}", str(record), text)


def _record(
    module: ModuleType, name: str, payload: Any, seed: int, *, parallel: bool
) -> Any:
    """Return what is compared of a run; nothing may be left of it."""
    random.seed(seed)
    threads = set(threading.enumerate())
    arguments = {"connectors": _connectors(), "parallel": parallel, "run_id": "run"}

    async def main() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(_answer())) as http:
            return await module.run_chain(name, payload, http=http, **arguments)

    takes_http = "http" in module.run_chain.__annotations__
    record = run(main() if takes_http else module.run_chain(name, payload, **arguments))
    left = [t for t in set(threading.enumerate()) - threads if _stays(t)]
    assert not left, f"threads are left: {left}"
    steps = [
        (
            step.get("path", step["name"]),
            step["status"],
            repr(step["result"]),
            step["error"],
        )
        for step in record["steps"]
    ]
    return [
        record["status"],
        repr(record["result"]),
        record["error"],
        sorted(steps, key=repr),
    ]


def _stays(thread: threading.Thread) -> bool:
    """Say whether a thread is none of a pool, and does not end once it has its result."""
    if thread.name.startswith("asyncio_"):
        return False
    thread.join(10)
    return thread.is_alive()


def _connectors() -> dict[str, Any]:
    calls: Counter[str] = Counter()

    async def call(ctx: Any = None, **given: Any) -> Any:
        step = getattr(ctx, "step", "with")
        calls[step] += 1
        number = len(step) + calls[step]
        await asyncio.sleep(number / 7)
        if number % 5 == 0:
            raise [ValueError("no"), ConnectionError("gone"), TimeoutError()][
                number % 3
            ]
        return [{"text": "t", "a b": 1}, "word", 1, None, [1, 2], {"label": "a"}][
            number % 6
        ]

    return dict.fromkeys(GIVEN, call)


def _answer() -> Any:
    calls: Counter[str] = Counter()

    async def answer(request: httpx.Request) -> httpx.Response:
        key = str(request.url)
        calls[key] += 1
        number = len(key) + calls[key]
        await asyncio.sleep(number / 11)
        if number % 4 == 0:
            return httpx.Response([404, 500, 429][number % 3], text="no")
        said = ["words", '{"label": "a", "n": 2}', "[1, 2]", "3"][number % 4 - 1]
        chat = {"message": {"role": "assistant", "content": said}}
        body = {
            "choices": [{**chat, "index": 0, "finish_reason": "stop"}],
            "content": [{"type": "text", "text": said}],
            "stop_reason": "end_turn",
            "a": [{"text": said}],
            "data": [{"embedding": [0.5], "index": 0}],
        }
        return httpx.Response(200, json=body)

    return answer
