"""What requests to models use, counted in their step and its budget."""

from __future__ import annotations

import asyncio

from ..models.models import Connection, ModelRequest, TokenUsage, UsageMeter
from ..recovery.failures import ModelError
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


def estimate_tokens(request: ModelRequest, answered: int | None = None) -> int:
    """Return about how many tokens a request and its answer take.

    An answer is as long as the options allow it to be, or 256 tokens; or as long as one
    of `answered` letters is.
    """
    limits = [request.options.get(name) for name in ANSWER_LIMITS]
    answer = next((limit for limit in limits if isinstance(limit, int)), 256)
    if answered is not None:
        answer = answered // 4
    return asked_tokens(request) + max(answer, 1)


def asked_tokens(request: ModelRequest) -> int:
    """Return about how many tokens a request has: one for four letters, or 1,000 a file."""
    turns = request.messages
    texts = [one.text for turn in turns for one in (turn, *turn.results)]
    return sum(map(len, texts)) // 4 + 1000 * sum(len(turn.images) for turn in turns)


class Spending:
    """One request: reserved in the chain's budget while it is sent, counted after it.

    Its tokens count also where the answer was cut, refused, invalid or broken off, as
    the provider bills them.
    """

    def __init__(
        self, step: Step, connection: Connection, request: ModelRequest
    ) -> None:
        self.step = step
        self.connection = connection
        self.request = request
        self.meter = UsageMeter()

    def __enter__(self) -> UsageMeter:
        budget = self.step.run.budget
        if budget is not None:
            budget.reserve(self.connection, self.request)
        self.add(1, TokenUsage(), 0.0)
        return self.meter

    def cost(self, usage: TokenUsage) -> float | None:
        """The cost by the model's name, or by that of the model that answered."""
        cost = self.connection.cost_of(self.request.model, usage)
        if cost is None:
            return self.connection.cost_of(self.meter.model, usage)
        return cost

    def add(self, requests: int, usage: TokenUsage, cost: float | None) -> None:
        """Add to the usage of the step and of its run; an unknown cost stays unknown."""
        for used in (self.step.extras, self.step.run.usage):
            used["requests"] = used.get("requests", 0) + requests
            used["input_tokens"] = used.get("input_tokens", 0) + usage.input
            used["output_tokens"] = used.get("output_tokens", 0) + usage.output
            used["tokens"] = used["input_tokens"] + used["output_tokens"]
            known = used.get("cost", 0.0)
            used["cost"] = None if known is None or cost is None else known + cost

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        usage, budget = self.meter.usage, self.step.run.budget
        cost: float | None = 0.0
        if usage is None and error is not None and self.meter.letters:
            # No provider counts what breaks off, though it bills it.
            answered = max(self.meter.letters // 4, 1)
            usage = TokenUsage(asked_tokens(self.request), answered)
        if usage is not None:
            cost = self.cost(usage)
            self.add(0, usage, cost)
        elif self.meter.has_begun or is_cut_off(error):
            self.meter.has_begun, cost = True, None
            self.add(0, TokenUsage(), None)
        if budget is not None:
            budget.settle(self.connection, self.request, self.meter, cost)


def is_cut_off(error: BaseException | None) -> bool:
    """Say whether a request that was under way was given up, which may be billed."""
    if not isinstance(error, ModelError):
        return isinstance(error, asyncio.CancelledError)
    return error.was_sent and error.kind in ("timeout", "connection")
