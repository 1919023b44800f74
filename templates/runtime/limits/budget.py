"""What one run of a chain may spend on models."""

from __future__ import annotations

from collections.abc import Iterator

from ..models.models import Connection, ModelRequest, TokenUsage, UsageMeter
from ..recovery.failures import ModelError
from .spending import estimate_tokens

__all__ = ["Budget"]


class Budget:
    """What one run of a chain may spend: requests, tokens, cost in the prices' currency.

    It is asked before each request and counts those that are under way by their
    estimate, so that many at once do not pass it together. A chain that another one
    calls spends of the budget that it is `within` too.
    """

    def __init__(
        self,
        *,
        requests: int | None = None,
        tokens: int | None = None,
        cost: float | None = None,
        within: Budget | None = None,
    ) -> None:
        self.limits = {"requests": requests, "tokens": tokens, "cost": cost}
        self.spent = {"requests": 0.0, "tokens": 0.0, "cost": 0.0}
        # What of it is the estimates of requests that are under way.
        self.reserved = {"requests": 0.0, "tokens": 0.0, "cost": 0.0}
        self.within = within
        self.estimated = 0

    def reserve(self, connection: Connection, request: ModelRequest) -> None:
        """Count a request that is about to be sent; raise `ModelError` for one too many."""
        tokens, cost = estimate(connection, request)
        self.check(is_priced=cost is not None)
        self.add(1, tokens, cost or 0.0)
        self.reserve_more(tokens, cost or 0.0)

    def settle(
        self,
        connection: Connection,
        request: ModelRequest,
        meter: UsageMeter,
        cost: float | None,
    ) -> None:
        """Replace the estimate of a request by what it used, where that is known.

        Where its provider counts nothing, the length of its answer is estimated. A
        request that was not answered used nothing.
        """
        tokens, estimated = estimate(connection, request)
        self.reserve_more(-tokens, -(estimated or 0.0))
        if meter.usage is not None:
            used = meter.usage.input + meter.usage.output
            self.add(0, used - tokens, (cost or 0.0) - (estimated or 0.0))
        elif not (meter.has_begun or meter.letters):
            self.add(0, -tokens, -(estimated or 0.0))
        else:
            used, price = estimate(connection, request, meter.letters)
            self.add(0, used - tokens, (price or 0.0) - (estimated or 0.0))
            self.count_estimated(used)

    def check(self, *, is_priced: bool = True) -> None:
        """Raise `ModelError` where nothing is left, here or in a budget around."""
        if self.within is not None:
            self.within.check(is_priced=is_priced)
        if self.limits["cost"] is not None and not is_priced:
            raise ModelError(
                "the budget of cost needs a price for this model", "budget"
            )
        for what, limit in self.limits.items():
            if limit is not None and self.spent[what] >= limit:
                raise ModelError(self.words_of(what, limit), "budget")

    def words_of(self, what: str, limit: float) -> str:
        """Return why nothing is left of what the budget limits."""
        allowed = f"{limit:,} {what if limit > 1 else what.removesuffix('s')}"
        if what == "cost":
            allowed = f"a cost of {limit:g}"
        under_way = self.reserved[what]
        used = self.spent[what] - under_way
        words = f"the chain's budget of {allowed} is spent"
        if used < limit:
            words = (
                f"the chain's budget of {allowed} has no room for another call:"
                f" {used:,.6g} used, and those under way may take {under_way:,.6g}"
            )
        if what != "requests" and self.estimated:
            words += (
                f" ({self.estimated:,} tokens are estimated, as no provider"
                " has counted them)"
            )
        return words

    def reserve_more(self, tokens: float, cost: float) -> None:
        """Note the estimate of a request; less than nothing once it has ended."""
        for budget in self.all_spent():
            budget.reserved["tokens"] += tokens
            budget.reserved["cost"] += cost

    def count_estimated(self, tokens: int) -> None:
        """Note that tokens which were counted are estimated."""
        for budget in self.all_spent():
            budget.estimated += tokens

    def add(self, requests: int, tokens: float, cost: float) -> None:
        """Count what was used; less than nothing where an estimate was too high."""
        for budget in self.all_spent():
            budget.spent["requests"] += requests
            budget.spent["tokens"] += tokens
            budget.spent["cost"] += cost

    def all_spent(self) -> Iterator[Budget]:
        """Yield what a request spends of: this budget and those around it."""
        budget: Budget | None = self
        while budget is not None:
            yield budget
            budget = budget.within


def estimate(
    connection: Connection, request: ModelRequest, answered: int | None = None
) -> tuple[int, float | None]:
    """Return about how many tokens a request takes, and what they cost."""
    tokens, output = estimate_tokens(request, answered), (answered or 0) // 4
    usage = TokenUsage(tokens - output, output)
    return tokens, connection.cost_of(request.model, usage)
