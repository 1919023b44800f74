"""A demo of `specs/flows`, `specs/pools` and `specs/pipelines`, on `specs/data`.

Run as `python -m specs.flows_demo`, after `n3gen build`; it takes about 20 seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import textwrap
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import Any

from generated.flows import (
    catch_and_explain,
    customer_memory,
    hedged_answer,
    quorum_review,
    refund_approval,
    resumed_digest,
    reviewed_reply,
    reviews_map,
    support_desk,
    three_models,
    tolerant_batch,
)
from generated.pipelines import concurrency, primitives, reading_room, stateful
from generated.pools import (
    chunk_analysis,
    concurrent_operations,
    shared_capacity,
    task_queue,
    word_index,
)
from specs.demo import QUESTION, heading, show
from specs.texts import documents, feedback

__all__ = ["main"]

NOTICE = "The firmware 2.4 of the Folio arrives on all devices within five days."


def line(text: str) -> None:
    """Print one line of a part, cut to the width of a terminal."""
    print(f"    {textwrap.shorten(text, 92)}")


async def reviews() -> None:
    """A map over items, one of which cannot be read."""
    found = [*feedback("reviews"), {"id": "rv-broken"}]
    heading(f"reviews_map: {len(found)} reviews, eight at once, one without a text")
    show(await reviews_map.reviews_map(reviews=found))


async def hedge() -> None:
    """Two models, of which the second is asked only where the first is slow."""
    heading(f"hedged_answer: {QUESTION}")
    show(await hedged_answer.hedged_answer(question=QUESTION))


async def quorum() -> None:
    """Three reviewers, of whom two are enough."""
    heading(f"quorum_review: {NOTICE}")
    record = await quorum_review.run_chain("quorum_review", {"notice": NOTICE})
    for name, review in record["result"]["reviews"].items():
        line(f"{name}: {review.reason}")
    line(f"approved after {record['metadata']['elapsed_ms'] / 1000:.1f} s")


async def reply() -> None:
    """Research beside a draft, and the first two of three reviewers."""
    message = feedback("email")[0]["text"]
    heading(f"reviewed_reply: {textwrap.shorten(message, 60)}")
    record = await reviewed_reply.run_chain("reviewed_reply", {"message": message})
    line(record["error"] or record["result"]["text"])
    line(f"after {record['metadata']['elapsed_ms'] / 1000:.1f} s")


async def approval() -> None:
    """Three refunds, the larger ones with a person who is asked."""
    heading("refund_approval: 20, 120 and 900 euros; a person agrees after a while")
    for amount in (20, 120, 900):
        payload = {"order": "48213", "amount": amount}
        run = refund_approval.start_chain("refund_approval", payload)
        async with run, aclosing(run.events()) as events:
            async for event in events:
                if event["event"] != "step_waiting":
                    continue
                line(f"{event['question']} ({event['count']}x)")
                await asyncio.sleep(0.2)
                yes = {"approved": True} if event["signal"] == "approval" else True
                for _ in range(event["count"]):
                    await run.send(event["signal"], yes, key=event["key"])
            line((await run.result())["result"]["letter"])


async def fallback() -> None:
    """Three models, of which the first answers."""
    heading("three_models: a summary of one e-mail")
    line(await three_models.three_models(text=feedback("email")[1]["text"]))


async def batch() -> None:
    """Texts in pages of twenty."""
    texts = [item["text"] for name in ("email", "twitter") for item in feedback(name)]
    heading(f"tolerant_batch: {len(texts)} texts in pages of twenty, four at once")
    show(await tolerant_batch.tolerant_batch(texts=texts))


async def resumed() -> None:
    """A process that is killed at the last step of a chain, and one that goes on."""
    payload = {"documents": documents()}
    heading(f"resumed_digest: {len(payload['documents'])} documents, killed at the end")
    command = ("-m", "generated.flows.resumed_digest", "resumed_digest", "--events")
    given = ("--connectors", "specs.sources:FRAGILE", "--input", json.dumps(payload))
    killed = await asyncio.create_subprocess_exec(
        sys.executable, *command, *given, stdout=asyncio.subprocess.PIPE
    )
    written, _ = await killed.communicate()
    events = [json.loads(event) for event in written.splitlines()]
    line(f"exit code {killed.returncode}, {len(events)} events")
    record = await resumed_digest.run_chain(
        "resumed_digest",
        payload,
        connectors={"editor": lambda ctx: " ".join(ctx.options["summaries"])},
        resume=events,
    )
    line(f"{record['metadata']['resumed']['kept']} steps kept: {record['result']}")


async def catch() -> None:
    """An order book that answers, is busy twice, or cannot be reached."""
    calls = Counter[str]()
    pages: list[str] = []

    async def order_book(ctx: Any) -> str:
        text = ctx.payload["text"]
        calls[text] += 1
        place = [mail["text"] for mail in mails].index(text)
        if place == 2 or (place == 1 and calls[text] < 3):
            raise ConnectionError("the order book does not answer")
        return "on its way"

    def diary(ctx: Any) -> None:
        pages.append(f"{ctx.options['status']}, order {ctx.options['order']}")

    mails = feedback("email")[:3]
    heading("catch_and_explain: three e-mails, and an order book that has bad days")
    given = {"order_book": order_book, "diary": diary}
    for mail in mails:
        letter = await catch_and_explain.catch_and_explain(
            text=mail["text"], connectors=given
        )
        line(f"asked {calls[mail['text']]}x: {letter}")
    line(f"the diary: {'; '.join(pages)}")


async def operations() -> None:
    """Three operations of 0.2 s, both ways."""
    heading("operations: three of 0.2 s each, in sequence and in parallel")
    for parallel in (False, True):
        record = await concurrent_operations.run_chain("operations", parallel=parallel)
        way = "in parallel" if parallel else "in sequence"
        line(f"{way}: {record['metadata']['elapsed_ms'] / 1000:.2f} s")


async def capacity() -> None:
    """Three workflows over thirty connections."""
    heading("shared_capacity: 140, 140 and 20 queries of 0.1 s over 30 connections")
    payload = {"a": 140, "b": 140, "c": 20}
    record = await shared_capacity.run_chain("shared_capacity", payload)
    ended = Counter[str]()
    for step in record["steps"]:
        if step["started_ms"] + step["elapsed_ms"] < 500:
            ended[step["name"]] += 1
    line(f"all done after {record['metadata']['elapsed_ms'] / 1000:.2f} s")
    line(f"done within the first 0.5 s: {dict(sorted(ended.items()))}")


async def chunks() -> None:
    """A document, analysed while it is read."""
    text = documents()[0]["text"]
    heading(f"chunk_analysis: {len(text)} characters, analysed while they are read")
    result: dict[str, Any] = await chunk_analysis.chunk_analysis(text=text)
    line(f"{result['chunks']} chunks, of which the first: {result['text']}")


async def pushed() -> None:
    """Tasks that are pushed into a run, which takes them when it can."""
    heading(
        "pushed_tasks: twelve sentences, pushed into a run that works on five at once"
    )
    sentences = documents()[0]["text"].split(". ")[:12]
    async with task_queue.start_chain("pushed_tasks") as run:
        began = asyncio.get_running_loop().time()
        for sentence in sentences:
            await run.send("tasks", sentence)
        sent = asyncio.get_running_loop().time() - began
        run.close("tasks")
        record = await run.result()
    line(f"the last was taken after {sent:.1f} s, as the channel holds three")
    elapsed = record["metadata"]["elapsed_ms"] / 1000
    line(f"{len(record['result'])} done after {elapsed:.1f} s")


async def stages() -> None:
    """A pipeline, told by its events."""
    notice = "Invoice: 120 euros for a Folio cover."
    heading(f"document_processor: {notice}")
    async with aclosing(
        concurrency.stream_chain("document_processor", {"doc": notice})
    ) as events:
        async for event in events:
            if event["event"] == "pipeline:stage_complete":
                line(f"{event['stage']} took {event['duration_ms'] / 1000:.1f} s")
            elif event["event"] == "pipeline:complete":
                line(event["run"]["result"])


async def catalogue() -> None:
    """Documents that are digested while they are being read."""
    heading(
        "reading_room: twelve documents, read one after another, four digests at once"
    )
    record = await reading_room.run_chain("reading_room", {"pause": 0.2})
    for card in record["result"].splitlines()[:3]:
        line(card)
    metadata = record["metadata"]
    told = f"{metadata['sequential_ms'] / 1000:.1f} s of work"
    line(f"{told} in {metadata['elapsed_ms'] / 1000:.1f} s")


async def memory() -> None:
    """A customer who calls again, with what was said kept in a file."""
    mails = feedback("email")[:3]
    heading("customer_memory: three calls of one customer, and one of another")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["N3GEN_STATE"] = f"{folder}/state.db"
        for customer, mail in zip(
            ("ada", "ada", "bob", "ada"), (*mails, mails[0]), strict=True
        ):
            given = await customer_memory.customer_memory(customer, mail["text"])
            told = f"call {given['call']}, {given['turns']} turns remembered"
            line(f"{customer}: {told}: {given['answer']}")
        await customer_memory.aclose()
        del os.environ["N3GEN_STATE"]


async def smallest() -> None:
    """A scope, a timeout, a cancellation, an atom, a channel, a lock and a handler."""
    heading("primitives: what concurrent programs are made of")
    for name in primitives.CHAINS:
        record = await primitives.run_chain(name)
        line(f"{name}: {json.dumps(record['result'])}")


async def noted() -> None:
    """A pipeline whose stages note what they did."""
    heading("stateful_pipeline: what the stages noted")
    show(await stateful.stateful_pipeline(documents()[0]["text"]))


async def indexed() -> None:
    """Documents that an object in a process of its own takes in while they are read."""
    heading("word_index: documents in an index that lives in a process of its own")
    for words in ("refund", "battery warranty"):
        found = await word_index.word_index(words)
        line(f"{words}: {', '.join(found['found'])}, of {found['documents']}")


MAILS: tuple[dict[str, Any], ...] = (
    {"ticket": "m1", "customer": "ada", "text": "I was charged twice.", "amount": 49},
    {"ticket": "m2", "customer": "bob", "text": "Is there a cover for the Folio Plus?"},
    {"ticket": "m3", "customer": "bob"},
    {"ticket": "m4", "customer": "ada", "text": "Which pen does it come with?"},
)
"""What comes in during a shift; the third one has no text."""


async def shift() -> None:
    """A shift of the support desk: mails come in, and a person agrees to a refund."""
    heading("support_desk: four mails come in, one waits for a person, one has no text")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["N3GEN_STATE"] = f"{folder}/state.db"
        async with support_desk.start_chain("support_desk") as run:
            agreeing = asyncio.create_task(agree(run))
            for mail in MAILS:
                await run.send("mails", mail)
            run.close("mails")
            replies = (await run.result())["result"]
            await agreeing
        for mail, reply in zip(MAILS, replies, strict=True):
            told = reply.get("message") or f"{reply['paid']} euros: {reply['answer']}"
            line(f"{mail['ticket']}, {mail['customer']}: {told}")
        await support_desk.aclose()
        del os.environ["N3GEN_STATE"]


async def agree(run: support_desk.RunHandle) -> None:
    """Agree to whatever is asked, after a while."""
    async with aclosing(run.events(buffer=None)) as events:
        async for event in events:
            if event["event"] == "step_waiting":
                line(f"asked: {event['question']}")
                await asyncio.sleep(1)
                await run.send(event["signal"], {"approved": True}, key=event["key"])


PARTS = (
    *(reviews, hedge, quorum, reply, approval, fallback, batch, catch, resumed),
    *(operations, capacity, chunks, pushed, stages, catalogue, noted, memory, smallest),
    *(indexed, shift),
)


async def demo() -> None:
    """Run all parts, one after another."""
    for part in PARTS:
        await part()


def main() -> None:
    """Run the demo from the project's root."""
    os.chdir(Path(__file__).parent.parent)
    asyncio.run(demo())


if __name__ == "__main__":
    main()
