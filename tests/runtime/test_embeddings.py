"""Vectors of texts: in which order they come, and which are none."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.templates.runtime.models.embed import EmbedCall, TextVectors, embed
from n3gen.templates.runtime.providers.gemini import gemini_vectors
from n3gen.templates.runtime.providers.ollama import ollama_vectors
from n3gen.templates.runtime.providers.openai import OpenAIModel, openai_vectors
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.process import Limiter
from n3gen.templates.runtime.run.run import Run, Step

from tests.clock import run
from tests.runtime.model_servers import Server, embedded, json_answer

HOUSE = OpenAIModel("house", base_url="https://models.test/v1")


def vectors_numbered(*numbers: Any) -> list[list[float]]:
    """The vectors of as many texts, each with its place in the answer."""
    rows = [{"index": n, "embedding": [i]} for i, n in enumerate(numbers)]
    server = Server(json_answer({"data": rows}))
    return embedded(openai_vectors, HOUSE, server, *"abc"[: len(rows)]).vectors


@pytest.mark.parametrize(
    ("numbers", "places"),
    [
        ((1, 0), [1.0, 0.0]),
        (("1", "0"), [1.0, 0.0]),
        ((3, 1, 2), [1.0, 2.0, 0.0]),
        ((0, 0), [0.0, 1.0]),
        ((5,), [0.0]),
    ],
)
def test_vectors_come_in_the_order_of_their_numbers(
    numbers: tuple[Any, ...], places: list[float]
) -> None:
    assert vectors_numbered(*numbers) == [[place] for place in places]


@pytest.mark.parametrize("numbers", [(0, 0, 1), (2, 3), (0, 2), (0, None), (-1, 0)])
def test_vectors_whose_numbers_do_not_tell_their_texts(numbers: tuple[Any]) -> None:
    shown = ", ".join(map(str, numbers))
    with pytest.raises(ModelError, match=f"numbered its vectors {shown}, not each"):
        vectors_numbered(*numbers)


@pytest.mark.parametrize(
    ("vectors", "texts", "told"),
    [
        ([[1.0]], 2, "1 vector for 2 texts"),
        ([[1.0], [2.0]], 1, "2 vectors for 1 text"),
        ([[1.0], []], 2, "an empty vector"),
        ([[1.0], [2.0, 3.0]], 2, "vectors of lengths 1, 2"),
    ],
)
def test_vectors_that_do_not_fit_the_texts(
    vectors: list[list[float]], texts: int, told: str
) -> None:
    async def fetch(*_: Any) -> TextVectors:
        return TextVectors(vectors)

    async def main() -> Any:
        step = Step(Run("c", "c.ai", Limiter(1), {}), "v", line=1)
        return await embed(step, EmbedCall(HOUSE, fetch, ["a"] * texts))

    with pytest.raises(ModelError, match=f"`house` answered with {told}$"):
        run(main())


@pytest.mark.parametrize("embedding", [None, []])
def test_an_empty_vector_is_none(embedding: Any) -> None:
    server = Server(json_answer({"data": [{"embedding": embedding}]}))
    assert embedded(openai_vectors, HOUSE, server, "a").vectors == [[]]


@pytest.mark.parametrize(
    ("fetch", "key"),
    [
        (openai_vectors, "data"),
        (gemini_vectors, "embeddings"),
        (ollama_vectors, "embeddings"),
    ],
)
def test_no_vectors_at_all_are_told_in_words(fetch: Any, key: str) -> None:
    with pytest.raises(ModelError, match=f"answered without `{key}`: {{"):
        embedded(fetch, HOUSE, Server(json_answer({key: None})), "a", model="m")


@pytest.mark.parametrize(
    ("fetch", "body"),
    [
        (openai_vectors, {"data": [{"embedding": "AACAPw=="}]}),
        (gemini_vectors, {"embeddings": [{"values": "AACAPw=="}]}),
        (ollama_vectors, {"embeddings": ["AACAPw=="]}),
    ],
)
def test_a_vector_that_is_no_list_of_numbers(fetch: Any, body: Any) -> None:
    told = '`house` answered with a vector that is no list of numbers: "AACAPw=="'
    with pytest.raises(ModelError, match=told):
        embedded(fetch, HOUSE, Server(json_answer(body)), "a", model="m")
