"""The model without a network: always the same answers, of any type, over its latency."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.models.embed import TextVectors
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelAnswer,
    TokenUsage,
)
from n3gen.templates.runtime.providers.local import LocalModel, local_vectors
from n3gen.templates.runtime.recovery.failures import ModelError
from pydantic import BaseModel

from tests.clock import run
from tests.runtime.model_servers import request_of
from tests.runtime.typed_kinds import typed_of

FOX = "The fox is red. It rained in Oslo. The red fox runs in Oslo!"


def timed(work: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
    """What the work results in, and the seconds that it takes."""

    async def main() -> tuple[Any, float]:
        time = asyncio.get_running_loop().time
        began = time()
        return await work(), time() - began

    return run(main())


def sent(model: LocalModel, *turns: ChatTurn | str, **fields: Any) -> ModelAnswer:
    answer, _ = timed(lambda: model.send(request_of(*turns, **fields), None))
    assert isinstance(answer, ModelAnswer)
    return answer


def vectors_of(*texts: str) -> list[list[float]]:
    found, _ = timed(lambda: local_vectors(LocalModel("here"), None, texts, {}))
    assert isinstance(found, TextVectors)
    return found.vectors


def streamed(model: LocalModel, prompt: str) -> tuple[list[tuple[float, str]], str]:
    """The pieces of an answer by the seconds when they come, and the answer."""
    told: list[tuple[float, str]] = []

    async def work() -> ModelAnswer:
        time = asyncio.get_running_loop().time
        began = time()

        async def progress(text: str) -> None:
            told.append((round(time() - began, 6), text))

        return await model.send(request_of(prompt), progress)

    answer, seconds = timed(work)
    assert seconds == pytest.approx(model.latency)
    return told, answer.text


def test_an_answer_comes_after_the_latency() -> None:
    model = LocalModel("here", latency=2.5)
    answer, seconds = timed(lambda: model.send(request_of("Hello."), None))
    assert (answer.text, seconds) == ("Hello.", 2.5)


def test_a_streamed_answer_comes_word_by_word_over_the_latency() -> None:
    model = LocalModel("here", latency=2.0, answers=(((), "One two\n three four"),))
    told, text = streamed(model, "Count.")
    assert told == [(0.5, "One "), (1.0, "two\n "), (1.5, "three "), (2.0, "four")]
    assert "".join(piece for _, piece in told) == text


@given(st.text(max_size=40))
def test_any_answer_is_streamed_whole(text: str) -> None:
    told, answer = streamed(LocalModel("here", latency=1.0, answers=(((), text),)), "x")
    assert "".join(piece for _, piece in told) == answer == text


def test_the_first_answer_that_fits_is_given() -> None:
    answers = ((("refund", "INVOICE"), "billing"), ((" ",), "some"), ((), "other"))
    model = LocalModel("here", answers=answers)
    for prompt, answer in (
        ("A Refund, please.", "billing"),
        ("the invoice", "billing"),
        ("a b", "some"),
        ("x", "other"),
    ):
        assert sent(model, prompt).text == answer
    turns = ("refund", ChatTurn("assistant", "Yes?"), "Nothing.")
    assert sent(model, *turns).text == "other"


def test_where_none_fits_the_answer_is_a_summary_in_the_words_of_the_prompt() -> None:
    model = LocalModel("here", answers=((("refund",), "billing"),))
    assert sent(model, FOX).text == "It rained in Oslo. The red fox runs in Oslo!"
    assert sent(model, FOX) == sent(model, FOX)
    assert sent(model, "").text == ""


def test_tokens_are_words() -> None:
    model = LocalModel("here", answers=(((), "a b c"),))
    turns = ("One two", ChatTurn("assistant", "three"), "four")
    assert sent(model, *turns, system="Be brief").usage == TokenUsage(6, 3)
    found, _ = timed(lambda: local_vectors(model, None, ["a b", "c"], {}))
    assert found.usage == TokenUsage(3)
    assert model.cost_of("any", TokenUsage(5)) == 0.0


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Author(BaseModel):
    name: str
    age: int | None


class Review(BaseModel):
    verdict: Literal["good", "bad"]
    score: float
    is_final: bool
    reasons: list[str]
    author: Author
    size: Size
    ages: dict[str, int]
    rest: Any
    level: int = 3


class Tree(BaseModel):
    label: str
    left: Tree | None
    right: Tree | str
    others: list[Tree]


class Odd(BaseModel):
    even: str | Even


class Even(BaseModel):
    odd: Odd


class Endless(BaseModel):
    next: Endless


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (str, "Hello."),
        (int, 0),
        (bool, False),
        (None, None),
        (list[str], []),
        (dict[str, int], {}),
        (tuple[int, str], (0, "Hello.")),
        (Literal["a", "b"], "a"),
        (Literal[3], 3),
        (Author | None, None),
        (
            Tree,
            Tree(
                label="Hello.",
                left=None,
                right="Hello.",
                others=[],
            ),
        ),
        (Odd, Odd(even=Even(odd=Odd(even="Hello.")))),
        (
            Review,
            Review(
                verdict="good",
                score=0.0,
                is_final=False,
                reasons=[],
                author=Author(name="Hello.", age=None),
                size=Size.SMALL,
                ages={},
                rest="Hello.",
                level=3,
            ),
        ),
    ],
)
def test_an_answer_of_any_type(type_: Any, value: Any) -> None:
    typed = typed_of(type_)
    answer = sent(LocalModel("here"), "Hello.", schema=typed.schema())
    assert typed.parse(answer.text) == value


def test_an_answer_that_is_given_goes_before_one_of_the_type() -> None:
    model = LocalModel("here", answers=((("x",), '{"name": "Ada", "age": 7}'),))
    answer = sent(model, "x", schema=Typed(Author).schema())
    assert Typed(Author).parse(answer.text) == Author(name="Ada", age=7)


def test_a_type_that_no_value_fits_is_an_error() -> None:
    with pytest.raises(ModelError, match="no value fits `Endless`"):
        sent(LocalModel("here"), "x", schema=Typed(Endless).schema())


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_vectors_have_64_numbers_and_the_length_1(texts: list[str]) -> None:
    vectors = vectors_of(*texts)
    assert len(vectors) == len(texts)
    for vector in vectors:
        assert len(vector) == 64
        assert math.hypot(*vector) == pytest.approx(1.0)
    assert vectors == vectors_of(*texts)


def test_texts_with_words_in_common_are_near() -> None:
    one, two, three = vectors_of("The red fox runs", "the RED fox!", "tax of 2020")
    near = sum(a * b for a, b in zip(one, two, strict=True))
    far = sum(a * b for a, b in zip(one, three, strict=True))
    assert near > 0.6 > abs(far)


def test_vectors_come_after_the_latency() -> None:
    model = LocalModel("here", latency=1.5)
    _, seconds = timed(lambda: local_vectors(model, None, ["a"], {}))
    assert seconds == 1.5
