"""What a chain comes to by whom it asks: calls and cost of each model and connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from n3gen.plan.asked import Asked, asked_by_plan
from n3gen.plan.bounds import Bounds, Calls
from n3gen.plan.expectations import Expectations
from n3gen.plan.expected import Expected, Given, Share
from n3gen.plan.model import Plan
from n3gen.spec.model import Chain, Spec

__all__ = ["AskedPrice", "asked_data", "asked_lines", "asked_prices", "asked_rows"]


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """The part of a chain that goes to one model or connector.

    `bounds` are its calls at least and at most, without a guess of items; `worst` is
    the guess of its worst case, which is not that of the chain where another branch
    is the dearest one.
    """

    asked: Asked
    bounds: Calls
    expected: Share
    worst: Expected
    has_items: bool

    @property
    def most_calls(self) -> float | None:
        """The calls at worst; `None` without a bound."""
        bound = self.bounds.most
        if bound is None:
            return self.worst.calls if self.has_items else None
        return min(self.worst.calls, bound)

    @property
    def has_cost(self) -> bool:
        """Whether the cost of its calls is known."""
        return self.asked.connector is None and not self.worst.unpriced


def asked_prices(
    chain: Chain,
    plans: Mapping[str, Plan],
    spec: Spec,
    given: Given,
    *,
    has_items: bool,
) -> tuple[AskedPrice, ...]:
    """Return what goes to each whom a chain may ask, in the order of its steps."""
    expected = Expectations(plans, spec, given).chain(chain).shares
    at_worst = replace(given, at_worst=True)
    return tuple(
        AskedPrice(
            asked,
            Bounds(plans, spec, asked).chain(chain)[1],
            expected.get(asked, Share()),
            Expectations(plans, spec, at_worst, asked).chain(chain),
            has_items,
        )
        for asked in asked_by_plan(chain.name, plans, spec)
    )


_HEADS: Final = ("asked", "at least", "expected", "at worst", "cost", "at worst")


def asked_rows(prices: Sequence[AskedPrice]) -> list[tuple[str, ...]]:
    """Return a row for each: who, calls at least, expected, at worst, and both costs."""
    return [
        (
            str(one.asked),
            f"{one.bounds.least:,}",
            f"{one.expected.calls:,.0f}{'' if _is_bound(one) else '+'}",
            _most(one),
            f"{one.expected.cost:.4f}" if one.has_cost else "-",
            (
                f"{one.worst.cost:.4f}{'' if _is_bound(one) else '+'}"
                if one.has_cost
                else "-"
            ),
        )
        for one in prices
    ]


def _is_bound(price: AskedPrice) -> bool:
    return price.most_calls is not None


def _most(price: AskedPrice) -> str:
    most = price.most_calls
    return f"{price.worst.calls:,.0f}+" if most is None else f"{most:,.0f}"


def asked_lines(prices: Sequence[AskedPrice]) -> Iterator[str]:
    """Yield a table, where several are asked."""
    if len(prices) < 2:
        return
    table = [_HEADS, *asked_rows(prices)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *rest in table:
        cells = [f"{one:>{width}}" for one, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([f"  {first:<{widths[0]}}", *cells])


def asked_data(prices: Sequence[AskedPrice]) -> list[dict[str, Any]]:
    """Return them as plain data; what has no bound or no price is `None`."""
    return [
        {
            **one.asked._asdict(),
            "calls": {
                "least": one.bounds.least,
                "expected": one.expected.calls,
                "most": one.most_calls,
            },
            "cost": {
                "expected": round(one.expected.cost, 9) if one.has_cost else None,
                "most": (
                    round(one.worst.cost, 9)
                    if one.has_cost and _is_bound(one)
                    else None
                ),
            },
        }
        for one in prices
    ]
