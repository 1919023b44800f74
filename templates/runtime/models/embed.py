"""Takes texts; hands on the vectors that a model makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..limits.spending import Spending, estimate_tokens
from ..recovery.failures import ModelError
from ..recovery.retries import Fallback, Retry, try_again
from ..run.process import Limiter
from ..run.run import Step
from .models import ChatTurn, EmbedCall, ModelRequest

__all__ = ["embed"]


async def embed(
    step: Step,
    call: EmbedCall,
    limiter: Limiter | None = None,
    *,
    timeout: float | None = None,
    retry: Retry | None = None,
    fallbacks: Sequence[Fallback] = (),
) -> Any:
    """One vector for one text, a list of them for a list, in its order.

    A list goes in one request, which has a permit of `limiter` and then `timeout`
    seconds.
    """
    step.place = None
    connection, given = call.connection, call.texts
    texts: list[Any] = [given] if isinstance(given, str) else list(given)
    if not all(isinstance(text, str) for text in texts):
        raise ModelError("what is to be embedded must be a text or a list of texts")
    model = call.model or connection.default_model()
    turns = tuple([ChatTurn("user", text) for text in texts])
    tokens = estimate_tokens(ModelRequest(model, None, turns, {"max_tokens": 1}))

    async def answer() -> Any:
        async with connection.admit(step, tokens, limiter, timeout) as admitted:
            with Spending(step, connection, model, tokens) as spent:
                answer = await connection.embed(model, texts, call.options)
                spent.count(answer)
            if admitted is not None:
                admitted.settle(answer.usage)
        if len(answer.vectors) != len(texts):
            raise ModelError(
                f"`{connection.name}` answered with {len(answer.vectors)} vectors for"
                f" {len(texts)} texts"
            )
        return answer.vectors[0] if isinstance(given, str) else answer.vectors

    if not texts:
        return []
    return await try_again(step, answer, retry or Retry(), fallbacks)
