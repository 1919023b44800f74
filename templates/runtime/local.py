"""Takes a call to a model; hands on an answer made without a network, always the same."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass

from .models import ModelCall
from .run import Step

__all__ = ["LocalModel"]


@dataclass(frozen=True)
class LocalModel:
    """A connection of `api: local`: `latency` seconds, then an answer.

    `answers` are pairs of texts and an answer: the first pair of which one text
    stands in the prompt (or that has none) is given. Where no pair fits, the answer
    is a summary of the prompt in its own words.
    """

    name: str
    latency: float = 0.0
    answers: tuple[tuple[tuple[str, ...], str], ...] = ()

    async def complete(self, step: Step, call: ModelCall) -> str:
        """The answer to `call`."""
        await asyncio.sleep(self.latency)
        step.tokens = len(call.prompt.split())
        prompt = call.prompt.casefold()
        for texts, answer in self.answers:
            if not texts or any(text.casefold() in prompt for text in texts):
                return answer
        return extract_summary(call.prompt)


def extract_summary(text: str, sentences: int = 2) -> str:
    """The sentences of a text that have most words in common with all of it."""
    parts = [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text)]
    parts = [part for part in parts if part]
    words = [re.findall(r"\w{4,}", part.casefold()) for part in parts]
    counts = Counter(word for found in words for word in set(found))
    weights = [
        sum(counts[word] for word in set(found)) / (len(found) + 4) for found in words
    ]
    best = sorted(range(len(parts)), key=lambda index: (-weights[index], index))
    return " ".join(parts[index] for index in sorted(best[:sentences]))
