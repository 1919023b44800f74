"""Takes requests to models; counts what they use, in their step and in its budget."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ..models.models import (
    Connection,
    ModelAnswer,
    ModelRequest,
    TextVectors,
    TokenUsage,
)
from ..run.run import Step

__all__ = ["Spending", "estimate_tokens"]

ANSWER_LIMITS = (
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "maxOutputTokens",
    "num_predict",
)
"""The options by which providers bound the tokens of an answer."""


def estimate_tokens(request: ModelRequest) -> int:
    """About how many tokens a request and its answer take.

    A token is four letters, a picture a thousand tokens, an answer as long as the
    options allow it to be, or 256.
    """
    letters = len(request.system or "")
    images = 0
    for message in request.messages:
        letters += len(message.text) + sum(len(r.text) for r in message.results)
        images += len(message.images)
    limits = [request.options.get(name) for name in ANSWER_LIMITS]
    answer = next((limit for limit in limits if isinstance(limit, int)), 256)
    return letters // 4 + images * 1000 + max(answer, 1)


class Spending:
    """One request: reserved in the chain's budget while it is sent, settled after it.

    `used` are its tokens and cost: nothing, unless it brings an answer.
    """

    used = (0, 0.0)

    def __init__(
        self, step: Step, connection: Connection, model: str | None, tokens: int
    ) -> None:
        self.step = step
        self.connection = connection
        self.price = connection.price_of(model)
        self.reserved = (
            tokens,
            self.price.of(TokenUsage(tokens)) if self.price else 0.0,
        )

    def __enter__(self) -> Self:
        budget = self.step.run.budget
        if budget is not None:
            budget.reserve(*self.reserved, is_priced=self.price is not None)
        self.add(requests=1)
        return self

    def count(self, answer: ModelAnswer | TextVectors) -> None:
        """Counts an answer's tokens, as its provider tells them, or else as estimated."""
        usage = answer.usage
        if usage is None:
            self.used = self.reserved
            self.add(cost=None)
            return
        price = self.price
        if price is None and isinstance(answer, ModelAnswer):
            price = self.connection.price_of(answer.model)
        cost = price.of(usage) if price else 0.0
        self.used = (usage.input + usage.output, cost)
        self.add(
            input_tokens=usage.input,
            output_tokens=usage.output,
            cost=cost if price else None,
        )

    def add(
        self,
        *,
        requests: int = 0,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cost: float | None = 0.0,
    ) -> None:
        """Add to the usage of the step and of its run; an unknown cost stays unknown."""
        for used in (self.step.extras, self.step.run.usage):
            used["requests"] = used.get("requests", 0) + requests
            used["input_tokens"] = used.get("input_tokens", 0) + input_tokens
            used["output_tokens"] = used.get("output_tokens", 0) + output_tokens
            used["tokens"] = used["input_tokens"] + used["output_tokens"]
            known = used.get("cost", 0.0)
            used["cost"] = None if known is None or cost is None else known + cost

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        budget = self.step.run.budget
        if budget is not None:
            tokens, cost = self.reserved
            budget.add(0, self.used[0] - tokens, self.used[1] - cost)
