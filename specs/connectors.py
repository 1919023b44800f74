"""Connectors of the examples: small models that run on this machine.

These are the connectors that the demo gives to its chains: plain functions that read
the real texts in `specs/data` and wait as long as a remote model might, many times
shorter. Nothing in them is made up: sentiment is counted with a lexicon, passages are
found by BM25, votes are counted.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from specs.texts import Index, sentiment_of, topics_of, words_of

__all__ = [
    "aggregator",
    "answerer",
    "consensus_calculator",
    "entity_extractor",
    "judge",
    "retriever",
    "reviewer",
    "sentiment_analyzer",
    "summarizer",
    "topic_detector",
    "writer",
]

Connector = Callable[[Any], Awaitable[Any]]


def sentiment_analyzer(seconds: float) -> Connector:
    """Counts the moods of a source's texts (`options.source`), or of the payload's."""

    async def analyze(context: Any) -> dict[str, Any]:
        source = context.options.get("source")
        texts = [item["text"] for item in context.payload[source]] if source else []
        texts = texts or [context.payload["text"]]
        moods: Counter[str] = Counter()
        complaints: Counter[str] = Counter()
        for quarter in range(4):
            await asyncio.sleep(seconds / 4)
            for text in texts[quarter::4]:
                mood = sentiment_of(text)
                moods[mood] += 1
                if mood == "negative":
                    complaints.update(topics_of(text)[:1])
            if source:
                await context.emit(f"{moods.total()} of {len(texts)} texts read")
        return {
            "source": source,
            "texts": len(texts),
            **{mood: moods[mood] for mood in ("positive", "neutral", "negative")},
            "complaints": dict(complaints.most_common()),
        }

    return analyze


def aggregator(seconds: float) -> Connector:
    """Adds up what the steps before have counted."""

    async def aggregate(context: Any) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        parts = [part for part in context.results.values() if "complaints" in part]
        complaints: Counter[str] = Counter()
        for part in parts:
            complaints.update(part["complaints"])
        texts = sum(part["texts"] for part in parts)
        by_share = {
            part["source"]: round(part["negative"] / part["texts"], 2) for part in parts
        }
        return {
            "texts": texts,
            "positive": sum(part["positive"] for part in parts),
            "neutral": sum(part["neutral"] for part in parts),
            "negative": sum(part["negative"] for part in parts),
            "negative_share": by_share,
            "complaints": dict(complaints.most_common(5)),
        }

    return aggregate


def entity_extractor(seconds: float) -> Connector:
    """Finds dates, order numbers, sums and versions in the payload's text."""
    patterns = {
        "order": r"\border (\d{4,})",
        "version": r"\b(\d\.\d(?:\.\d)?)\b",
        "sum": r"\b(\d+ (?:euros|bucks))\b",
        "date": r"\b(\d{1,2} (?:May|March|April|June)|the \d{1,2}(?:st|nd|rd|th))\b",
    }

    async def extract(context: Any) -> dict[str, list[str]]:
        await asyncio.sleep(seconds)
        text = context.payload["text"]
        found = {name: re.findall(form, text) for name, form in patterns.items()}
        return {name: values for name, values in found.items() if values}

    return extract


def topic_detector(seconds: float) -> Connector:
    """Names the topics of the payload's text."""

    async def detect(context: Any) -> list[str]:
        await asyncio.sleep(seconds)
        return topics_of(context.payload["text"])

    return detect


def summarizer(seconds: float) -> Connector:
    """Puts into one sentence what the three analyses found."""

    async def summarize(context: Any) -> str:
        await asyncio.sleep(seconds)
        results = context.results
        mood = max(("positive", "neutral", "negative"), key=results["sentiment"].get)
        topics = " and ".join(results["topic_detection"][:2]) or "nothing in particular"
        facts = [
            f"{name} {', '.join(values)}"
            for name, values in results["entity_extraction"].items()
        ]
        told = f" ({'; '.join(facts)})" if facts else ""
        return f"A {mood} message about {topics}{told}."

    return summarize


def judge(kind: str, seconds: float) -> Connector:
    """One of three small classifiers that judge the mood of `payload.messages`.

    `words` counts good and bad words, `ending` believes the last sentence, `asking`
    takes a demand or an unanswered question for a complaint.
    """
    demand = re.compile(
        r"please (?:cancel|refund|return|send|tell|take|restore|look)|i expect|"
        r"unacceptable|when will|who pays|where is|can you|again|still",
        re.IGNORECASE,
    )

    def label(text: str) -> str:
        if kind == "ending":
            return sentiment_of(re.split(r"(?<=[.!?])\s+", text.strip())[-1])
        if kind == "asking" and demand.search(text):
            return "negative"
        return sentiment_of(text)

    async def decide(context: Any) -> list[str]:
        await asyncio.sleep(seconds)
        return [label(item["text"]) for item in context.payload["messages"]]

    return decide


async def consensus_calculator(context: Any) -> dict[str, Any]:
    """A real vote: per message the label that two of three gave, `split` where all differ."""
    await asyncio.sleep(0.06)
    results = context.results
    ballots = zip(
        results["gpt4_response"],
        results["claude_response"],
        results["gemini_response"],
        strict=True,
    )
    winners: Counter[str] = Counter()
    unanimous = 0
    for ballot in ballots:
        label, votes = Counter(ballot).most_common(1)[0]
        winners[label if votes > 1 else "split"] += 1
        unanimous += votes == 3
    total = winners.total()
    return {
        "messages": total,
        "majority": dict(winners.most_common()),
        "unanimous": f"{unanimous} of {total}",
    }


def retriever(prefix: str, seconds: float) -> Connector:
    """Searches the documents whose file names begin with `prefix`."""
    index = Index(prefix)

    async def search(context: Any) -> list[dict[str, Any]]:
        await asyncio.sleep(seconds)
        return index.search(context.payload["question"])

    return search


def answerer(seconds: float, sentences: int = 3) -> Connector:
    """Answers with the sentences, of all passages found, that fit the question best."""

    async def answer(context: Any) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        asked = {
            word for word in words_of(context.payload["question"]) if len(word) > 3
        }
        found: list[tuple[float, str, str]] = []
        for passages in context.results.values():
            for passage in passages:
                for sentence in re.split(r"(?<=[.!?])\s+", passage["text"]):
                    words = set(words_of(sentence))
                    fit = len(asked & words) / math.sqrt(len(words) + 8)
                    found.append((fit * passage["score"], sentence, passage["title"]))
        best = sorted(found, reverse=True)[:sentences]
        return {
            "answer": " ".join(sentence for _, sentence, _ in best),
            "sources": sorted({title for _, _, title in best}),
        }

    return answer


async def writer(context: Any) -> str:
    """Drafts the payload's notes; where a review found a draft too long, a shorter one."""
    await asyncio.sleep(0.1)
    review = context.results.get("review")
    if review is None:
        return " ".join(context.payload["notes"].split())
    sentences = re.split(r"(?<=[.!?])\s+", review["text"])
    common = Counter(words_of(" ".join(sentences)))
    weights = [
        sum(common[word] for word in set(words_of(sentence)) if len(word) > 3)
        / (len(words_of(sentence)) + 4)
        for sentence in sentences
    ]
    # The first sentence says what it is about; of the others the weakest goes.
    weakest = min(range(1, len(sentences)), key=weights.__getitem__, default=0)
    return " ".join(s for index, s in enumerate(sentences) if index != weakest)


async def reviewer(context: Any) -> dict[str, Any]:
    """Judges a draft by its length: 1 where it has no more than `options.words` words."""
    await asyncio.sleep(0.05)
    text = context.options["text"]
    count, allowed = len(text.split()), context.options["words"]
    score = min(1.0, round(allowed / max(count, 1), 2))
    return {"text": text, "words": count, "score": score}
