"""Takes what model calls need and used; says when a chain may spend no more."""

from __future__ import annotations

from ..recovery.failures import ModelError

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
        self.within = within

    def reserve(self, tokens: int, cost: float, *, is_priced: bool) -> None:
        """Counts a request that is about to be sent; raises `ModelError` for one too many."""
        self.check(is_priced=is_priced)
        self.add(1, tokens, cost)

    def check(self, *, is_priced: bool = True) -> None:
        """Raises `ModelError` where nothing is left, here or in a budget around."""
        if self.within is not None:
            self.within.check(is_priced=is_priced)
        if self.limits["cost"] is not None and not is_priced:
            raise ModelError(
                "the budget of cost needs a price for this model", "budget"
            )
        for what, limit in self.limits.items():
            if limit is not None and self.spent[what] >= limit:
                told = f"{limit:,} {what if limit > 1 else what.removesuffix('s')}"
                if what == "cost":
                    told = f"a cost of {limit:g}"
                raise ModelError(f"the chain's budget of {told} is spent", "budget")

    def add(self, requests: int, tokens: float, cost: float) -> None:
        """Counts what was used; less than nothing where an estimate was too high."""
        budget: Budget | None = self
        while budget is not None:
            budget.spent["requests"] += requests
            budget.spent["tokens"] += tokens
            budget.spent["cost"] += cost
            budget = budget.within
