"""The demo: the chains in `specs`, run on the texts in `specs/data`.

Run as `python -m specs.demo`, after `n3gen build`; it takes about 15 seconds.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any

from generated import (
    customer_feedback_analysis,
    document_digest,
    draft_until_good,
    multi_model_consensus,
    parallel_analysis,
    rag_parallel_retrieval,
    support_triage,
)
from specs import connectors
from specs.connectors import Connector
from specs.texts import documents, feedback

__all__ = ["main"]

BOLD = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

PAD = "    "

QUESTION = (
    "Who pays the postage when a customer returns an opened Folio within 30 days?"
)

NOTES = """
The firmware 2.4 of the Folio is out. Waking up takes half a second again on devices
with many pages, as the index is no longer rebuilt at every start. The radio stays on
until all pages are uploaded, so that synchronisation no longer gets stuck when the
cover is closed. Large PDF files are read page by page. Shared pages keep their own
rotation. A device now remembers four pens. Two faults are known and will be mended in
2.5: voice notes end after two minutes without a warning, and tables drawn by hand
lose their columns when converted. The update arrives on all devices within five days,
and whoever does not want to wait finds it under Settings, Updates.
"""


def heading(text: str) -> None:
    """A line that begins a part of the demo."""
    print(f"\n\033[1m{text}\033[0m" if BOLD else f"\n{text}")
    print("-" * len(text))


def show(value: Any) -> None:
    """A result, folded to the width of a terminal, a line or more for each key."""
    if not isinstance(value, dict):
        print(textwrap.fill(str(value), 92, initial_indent=PAD, subsequent_indent=PAD))
        return
    for key, part in value.items():
        plain = part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
        head = f"{PAD}{key}: "
        print(
            textwrap.fill(plain, 92, initial_indent=head, subsequent_indent=PAD + "  ")
        )


class _Lines(logging.Handler):
    """Shows the chains' own log lines between the others."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"    {record.levelname}: {record.getMessage()}")


def show_event(event: Mapping[str, Any]) -> None:
    """One line of live progress."""
    clock = f"    {event['time_ms'] / 1000:6.2f}s "
    if event["event"] == "step_start":
        print(f"{clock} > {event['step']}", flush=True)
    elif event["event"] == "step_progress":
        print(f"{clock}   {event['step']}: {event['data']}", flush=True)
    elif event["event"] in ("step_complete", "step_error"):
        record = event["record"]
        print(f"{clock} {record['status']:>2} {event['step']}", flush=True)


async def run(
    module: ModuleType,
    chain: str,
    payload: Any,
    given: Mapping[str, Connector] | None = None,
    *,
    parallel: bool = True,
    quiet: bool = False,
) -> dict[str, Any]:
    """Runs a chain, with live progress unless `quiet`; its record."""
    os.environ["ENABLE_PARALLEL_STEPS"] = "true" if parallel else "false"
    logging.getLogger("n3gen").setLevel(logging.WARNING if quiet else logging.INFO)
    record: dict[str, Any] = {}
    async with aclosing(
        module.stream_chain(chain, payload, connectors=given)
    ) as events:
        async for event in events:
            if not quiet:
                show_event(event)
            record = event.get("run", record)
    if record["status"] != "ok":
        raise SystemExit(
            f"chain '{chain}' ended as {record['status']}: {record['error']}"
        )
    return record


async def both_ways(
    module: ModuleType, chain: str, payload: Any, given: Mapping[str, Connector]
) -> tuple[str, float, float]:
    """Runs a chain in sequence, then in parallel, and shows the result of the latter."""
    print("    in sequence (ENABLE_PARALLEL_STEPS=false) ...", flush=True)
    slow = await run(module, chain, payload, given, parallel=False, quiet=True)
    quick = await run(module, chain, payload, given)
    show(quick["result"])
    if slow["result"] != quick["result"]:
        raise SystemExit(f"chain '{chain}' gave two results: {slow['result']}")
    seconds = [record["metadata"]["elapsed_ms"] / 1000 for record in (slow, quick)]
    print(
        f"    {seconds[0]:.2f} s in sequence, {seconds[1]:.2f} s in parallel: "
        f"{seconds[0] / seconds[1]:.1f} times as fast, the same result"
    )
    return chain, seconds[0], seconds[1]


def show_plan(path: str) -> None:
    """What `n3gen plan` says of a spec."""
    command = Path(sys.executable).with_name("n3gen")
    done = subprocess.run([command, "plan", path], capture_output=True, text=True)
    print(textwrap.indent(done.stdout or done.stderr, "    ").rstrip())


async def feedback_analysis() -> tuple[str, float, float]:
    """Three sources of feedback, counted beside each other."""
    sources = {name: feedback(name) for name in ("twitter", "email", "reviews")}
    total = sum(map(len, sources.values()))
    heading(f"customer_feedback_analysis: {total} texts from three sources")
    given = {
        "sentiment_analyzer": connectors.sentiment_analyzer(0.6),
        "aggregator": connectors.aggregator(0.12),
    }
    module = customer_feedback_analysis
    return await both_ways(module, "customer_feedback_analysis", sources, given)


async def retrieval() -> tuple[str, float, float]:
    """A question, searched for in three collections."""
    heading(f"rag_parallel_retrieval: {QUESTION}")
    given = {
        "pinecone_retriever": connectors.retriever("handbook", 0.25),
        "github_retriever": connectors.retriever("engineering", 0.38),
        "web_scraper": connectors.retriever("help", 0.5),
        "gpt4": connectors.answerer(0.6),
    }
    payload = {"question": QUESTION}
    module = rag_parallel_retrieval
    return await both_ways(module, "rag_parallel_retrieval", payload, given)


async def consensus() -> tuple[str, float, float]:
    """Three classifiers, and a vote."""
    messages = feedback("email")
    heading(f"multi_model_consensus: three classifiers vote on {len(messages)} e-mails")
    given = {
        "gpt4": connectors.judge("words", 0.8),
        "claude": connectors.judge("asking", 0.7),
        "gemini": connectors.judge("ending", 0.6),
        "consensus_calculator": connectors.consensus_calculator,
    }
    payload = {"messages": messages}
    module = multi_model_consensus
    return await both_ways(module, "multi_model_consensus", payload, given)


async def analysis() -> tuple[str, float, float]:
    """Three analyses of one message, and a summary."""
    message = feedback("email")[1]["text"]
    heading("parallel_analysis: one e-mail")
    show(message)
    given = {
        "sentiment_analyzer": connectors.sentiment_analyzer(0.4),
        "entity_extractor": connectors.entity_extractor(0.4),
        "topic_detector": connectors.topic_detector(0.4),
        "summarizer": connectors.summarizer(0.1),
    }
    payload = {"text": message}
    return await both_ways(parallel_analysis, "parallel_analysis", payload, given)


async def triage() -> None:
    """Branches: four messages take four ways."""
    heading("support_triage: four messages, models answered by `api: local`")
    emails = {item["id"]: item["text"] for item in feedback("email")}
    for id_ in ("em-002", "em-013", "em-005", "em-004"):
        record = await run(
            support_triage, "support_triage", {"message": emails[id_]}, quiet=True
        )
        print(f"    {id_}: {textwrap.shorten(emails[id_], 84)}")
        result = record["result"]
        print(f"        {result['team']}, {result['mood']}, due in {result['due']}")
        print(f"        {textwrap.shorten(result['reply'], 88)}")


async def drafting() -> None:
    """A loop: draft, review, until it fits."""
    heading("draft_until_good: from 120 words of notes to a notice of at most 60")
    payload = {"notes": NOTES, "words": 60}
    given = {"writer": connectors.writer, "reviewer": connectors.reviewer}
    record = await run(draft_until_good, "draft_until_good", payload, given, quiet=True)
    reviews = [s["result"] for s in record["steps"] if s["name"] == "review"]
    for number, review in enumerate(reviews, 1):
        print(f"    round {number}: {review['words']} words, score {review['score']}")
    show(record["result"]["text"])


async def digest() -> None:
    """A loop over documents."""
    found = documents()
    heading(f"document_digest: {len(found)} documents, one after another")
    record = await run(
        document_digest, "document_digest", {"documents": found}, quiet=True
    )
    for line in record["result"]["digests"][:4]:
        print(f"    {textwrap.shorten(line, 92)}")
    print(f"    ... and {len(found) - 4} more")
    show(record["result"]["overview"])


async def demo() -> None:
    """All parts, one after another."""
    heading("The plan of specs/rag_parallel_retrieval.ai (n3gen plan)")
    show_plan("specs/rag_parallel_retrieval.ai")
    pairs = [
        await part() for part in (feedback_analysis, retrieval, consensus, analysis)
    ]
    await triage()
    await drafting()
    await digest()
    heading("Time saved by running steps in parallel")
    for chain, slow, quick in pairs:
        saved = f"{slow:5.2f} s -> {quick:5.2f} s   {slow / quick:.1f}x"
        print(f"    {chain:28} {saved}")
    print("\nThe modules that just ran are in generated/, plain asyncio.")


def main() -> None:
    """Runs the demo from the project's root."""
    os.chdir(Path(__file__).parent.parent)
    logging.getLogger("n3gen").addHandler(_Lines())
    asyncio.run(demo())


if __name__ == "__main__":
    main()
