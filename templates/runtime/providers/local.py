"""Answers made without a network, always the same."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..models.embed import TextVectors
from ..models.models import (
    Connection,
    ModelAnswer,
    ModelRequest,
    Progress,
    TokenUsage,
    UsageMeter,
)
from ..recovery.failures import ModelError

__all__ = ["LocalModel", "local_vectors"]

VECTOR_LENGTH = 64

DEEPEST_EXAMPLE = 100
"""References that a value is built through before it is taken to have no end."""


@dataclass(frozen=True)
class LocalModel(Connection):
    """A connection of `api: local`: `latency` seconds, then an answer.

    `answers` are pairs of texts and an answer: the first pair of which one text
    is in the prompt (or that has none) is given. Where no pair fits, the answer
    is a summary of the prompt in its own words, or JSON of the type that is asked
    for, filled with such words. It calls no tools.
    """

    latency: float = 0.0
    answers: tuple[tuple[tuple[str, ...], str], ...] = ()

    async def send(
        self,
        request: ModelRequest,
        progress: Progress | None,
        meter: UsageMeter | None = None,
    ) -> ModelAnswer:
        """Give the answer; with `progress` it comes word by word over the latency."""
        turns = [turn for turn in request.messages if turn.role != "system"]
        prompt = turns[-1].text if turns else ""
        text = self.answer_to(request, prompt)
        words = [] if progress is None else re.findall(r"\S+\s*|\s+", text)
        if progress is None or not words:
            await asyncio.sleep(self.latency)
        else:
            for word in words:
                await asyncio.sleep(self.latency / len(words))
                await progress(word)
        prompt_words = sum(len(message.text.split()) for message in request.messages)
        answer = ModelAnswer(text, usage=TokenUsage(prompt_words, len(text.split())))
        if meter is not None:
            meter.usage = answer.usage
        return answer

    def cost_of(self, model: str | None, usage: TokenUsage) -> float | None:
        """Nothing."""
        return 0.0

    def answer_to(self, request: ModelRequest, prompt: str) -> str:
        """The words of the answer."""
        folded = prompt.casefold()
        for texts, answer in self.answers:
            if not texts or any(text.casefold() in folded for text in texts):
                return answer
        summary = extract_summary(prompt)
        if request.schema is None:
            return summary
        schema = request.schema.schema
        return json.dumps(example_of(schema, schema, summary))


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


async def local_vectors(
    connection: LocalModel,
    model: str | None,
    texts: Sequence[str],
    options: Mapping[str, Any],
) -> TextVectors:
    """Make vectors of length 1 that are near for texts with many words in common."""
    await asyncio.sleep(connection.latency)
    usage = TokenUsage(sum(len(text.split()) for text in texts))
    return TextVectors([word_vector(text) for text in texts], usage)


def word_vector(text: str) -> list[float]:
    """The words of a text, each hashed to one place of a vector of length 1."""
    vector = [0.0] * VECTOR_LENGTH
    for word in re.findall(r"\w+", text.casefold()):
        digest = blake2b(word.encode(), digest_size=2).digest()
        vector[digest[0] % VECTOR_LENGTH] += 1.0 if digest[1] % 2 else -1.0
    if not any(vector):
        vector[0] = 1.0  # no words, or such as take each other away
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


FORMAT_EXAMPLES = {
    "date": "2000-01-01",
    "date-time": "2000-01-01T00:00:00Z",
    "duration": "PT0S",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
"""Texts of the formats that types of a spec have."""


def example_of(
    node: Mapping[str, Any],
    root: Mapping[str, Any],
    text: str,
    within: tuple[str, ...] = (),
) -> Any:
    """A value that fits a JSON schema; its texts are `text`.

    `within` are the references that it is in. Raises `ModelError` where it would
    have no end.
    """
    if "$ref" in node:
        reference = str(node["$ref"])
        if len(within) == DEEPEST_EXAMPLE:
            name = reference.rpartition("/")[2]
            raise ModelError(f"no value fits `{name}`, as each needs another in it")
        target: Any = root
        for key in reference.removeprefix("#/").split("/"):
            target = target[key]
        return example_of(target, root, text, (*within, reference))
    if "const" in node or "enum" in node:
        return node["const"] if "const" in node else node["enum"][0]
    if "default" in node:
        return node["default"]
    for union in ("anyOf", "oneOf", "allOf"):
        if union in node:
            options = [o for o in node[union] if o.get("$ref") not in within]
            return example_of((options or node[union])[-1], root, text, within)
    match node.get("type"):
        case "object":
            fields: Mapping[str, Any] = node.get("properties", {})
            return {
                name: example_of(field, root, text, within)
                for name, field in fields.items()
            }
        case "array":
            items: Sequence[Mapping[str, Any]] = node.get("prefixItems", ())
            least = [node.get("items", {})] * node.get("minItems", 0)
            return [example_of(item, root, text, within) for item in items or least]
        case "integer" | "number":
            return example_number(node)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return example_text(node, text)


def example_number(node: Mapping[str, Any]) -> float:
    """A number within the bounds of a JSON schema: 0, or the bound that is next to it."""
    least: float = node.get("minimum", 0)
    most: float = node.get("maximum", 0)
    if node["type"] == "integer":
        least, most = math.ceil(least), math.floor(most)
    return max(least, 0) if least > 0 else min(most, 0)


def example_text(node: Mapping[str, Any], text: str) -> str:
    """A text of the format and the length that a JSON schema wants."""
    if node.get("format") in FORMAT_EXAMPLES:
        return FORMAT_EXAMPLES[node["format"]]
    longest = node.get("maxLength", len(text))
    return text[:longest].ljust(node.get("minLength", 0), ".")
