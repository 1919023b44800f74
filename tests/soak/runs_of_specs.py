"""Runs of modules of random specs, without a network: in both layouts they are the same.

What is called gives data, fails or takes time by its name and how often it was called.
Errors that no spec can mean, such as a name that a module does not have, are faults.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import httpx
from n3gen.source import SourceFile

from tests.building import built_in
from tests.clock import run
from tests.soak.findings import Findings

__all__ = ["check_layouts"]

GIVEN = ("given1", "given2", "given3", "given4", "given_function")
PAYLOADS: list[Any] = [{}, {"n": 1, "docs": ["a b", {"text": "x"}]}]
OURS = re.compile(
    r"\b(NameError|UnboundLocalError|InvalidStateError|AssertionError|SyntaxError|"
    r"RecursionError|ExceptionGroup|RuntimeError)\b"
)
"""Errors that come of a module rather than of what it is given."""


def check_layouts(source: SourceFile, seed: int, findings: Findings) -> None:
    """Run the chains of a spec in both layouts, and compare the records."""
    seen: dict[str, list[Any]] = {}
    for layout in ("standalone", "shared"):
        with (
            TemporaryDirectory() as folder,
            built_in(layout, source.text, Path(folder), path=source.path) as module,
        ):
            seen[layout] = [
                _record(module, name, payload, seed, parallel=parallel)
                for name in module.CHAINS
                for payload in PAYLOADS
                for parallel in (True, False)
            ]
    for own, shared in zip(seen["standalone"], seen["shared"], strict=True):
        if own != shared:
            detail = f"standalone: {own}\nshared:     {shared}"
            findings.add("another run in the shared layout", detail, source.text)
        if found := OURS.search(json.dumps(own, default=repr)):
            findings.add(f"a run ends in {found[0]}", str(own), source.text)


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
    logging.disable(logging.CRITICAL)
    try:
        record = run(
            main() if takes_http else module.run_chain(name, payload, **arguments)
        )
    finally:
        logging.disable(logging.NOTSET)
    left = [
        t
        for t in set(threading.enumerate()) - threads
        if not t.name.startswith("asyncio_")
    ]
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
