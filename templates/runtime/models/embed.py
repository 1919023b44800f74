"""Calls that turn texts into vectors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ..limits.permit import Permit
from ..limits.spending import Spending
from ..recovery.failures import ModelError
from ..run.process import Limiter
from ..run.run import Step
from .models import (
    ChatTurn,
    Connection,
    ModelRequest,
    TokenUsage,
    TryWork,
)
from .vectors import given_vectors, read_vector

__all__ = ["EmbedCall", "TextVectors", "answered_vector", "embed"]


@dataclass(frozen=True)
class TextVectors:
    """Embeddings, in the order of the texts."""

    vectors: list[list[float]]
    usage: TokenUsage | None = None


@dataclass(frozen=True)
class EmbedCall:
    """Texts to turn into vectors; of one text the result is one vector.

    `fetch` asks a connection of the call's kind: for a model's vectors of texts, with
    options. `connector` is the one of the spec that asks, a `ModelConnector`; `Any`, so
    that a module without one need not carry the class.
    """

    connection: Connection
    fetch: Callable[
        [Any, str | None, Sequence[str], Mapping[str, Any]], Awaitable[TextVectors]
    ]
    texts: str | Sequence[str]
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    connector: Any = None


async def embed(
    step: Step,
    call: EmbedCall,
    limiter: Limiter | None = None,
    *,
    timeout: float | None = None,
    tries: TryWork | None = None,
) -> Any:
    """Fetch one vector for one text, a list of them for a list, in its order.

    A list goes in one request, which has a permit of `limiter` and then `timeout`
    seconds.
    """
    given, connector = call.texts, call.connector
    found = cast("Sequence[object]", [given] if isinstance(given, str) else given)
    is_list = isinstance(found, list | tuple)
    if not is_list or not all(isinstance(text, str) for text in found):
        raise ModelError("what is to be embedded must be a text or a list of texts")
    texts = cast("Sequence[str]", found)
    if not texts:
        return []
    if connector is not None and connector.is_replaced(step):

        async def replaced() -> Any:
            async with Permit(step, limiter, timeout):
                found = await connector.call(step)
            return given_vectors(connector.name, found, given)

        return await (replaced() if tries is None else tries(step, replaced))
    connection = call.connection
    model = call.model or connection.default_model()
    turns = tuple([ChatTurn("user", text) for text in texts])
    request = ModelRequest(model, turns, {"max_tokens": 1})

    async def answer() -> Any:
        async with connection.admit(step, request, limiter, timeout) as admitted:
            with Spending(step, connection, request) as meter:
                answer = await call.fetch(connection, model, texts, call.options)
                meter.usage, meter.has_begun = answer.usage, True
            if admitted is not None:
                admitted.settle(answer.usage)
        check_vectors(connection.name, answer.vectors, len(texts))
        return answer.vectors[0] if isinstance(given, str) else answer.vectors

    return await answer() if tries is None else await tries(step, answer)


def answered_vector(name: str, vector: Any) -> list[float]:
    """Return a vector of an answer, an empty one for none; raise `ModelError` for another."""
    if vector is None or vector == []:
        return []
    try:
        return read_vector(vector)
    except ValueError:
        shown = json.dumps(vector)[:80]
        message = f"`{name}` answered with a vector that is no list of numbers: {shown}"
        raise ModelError(message) from None


def check_vectors(name: str, vectors: list[list[float]], texts: int) -> None:
    """Raise `ModelError` unless there is a vector for each text, all of one length."""
    if len(vectors) != texts:
        wanted = f"{texts} texts" if texts > 1 else "1 text"
        given = f"{len(vectors)} vectors" if len(vectors) != 1 else "1 vector"
        raise ModelError(f"`{name}` answered with {given} for {wanted}")
    lengths = sorted({*map(len, vectors)})
    if lengths[0] == 0:
        raise ModelError(f"`{name}` answered with an empty vector")
    if len(lengths) > 1:
        shown = ", ".join(map(str, lengths))[:80]
        raise ModelError(f"`{name}` answered with vectors of lengths {shown}")
