"""What a chain comes to, in words: calls, tokens, cost and time, expected and at worst."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from n3gen.pages import page_templates
from n3gen.plan.asked_prices import (
    AskedPrice,
    asked_data,
    asked_lines,
    asked_rows,
)
from n3gen.plan.estimate import Estimate
from n3gen.plan.expected import Expected

__all__ = ["Ceilings", "ChainPrice", "comment", "price_data", "price_lines"]


@dataclass(frozen=True, slots=True)
class ChainPrice:
    """A chain with its estimate, and the guesses of what it comes to.

    `has_items` says whether the items of all its loops are given, `has_time` whether
    the time of any call is. `asked` are the parts of those whom it may ask.
    """

    chain: str
    estimate: Estimate
    expected: Expected
    worst: Expected
    has_items: bool
    has_time: bool
    asked: tuple[AskedPrice, ...] = ()

    @property
    def most_calls(self) -> float | None:
        """The calls at worst; `None` without a bound."""
        bound = self.estimate.model_calls.most
        if bound is None and not self.has_items:
            return None
        return self.worst.calls if bound is None else min(self.worst.calls, bound)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What a chain may come to at worst; `None` is without a ceiling."""

    calls: int | None = None
    seconds: float | None = None
    cost: float | None = None

    @property
    def are_given(self) -> bool:
        """Whether there is a ceiling at all."""
        return (self.calls, self.seconds, self.cost) != (None, None, None)

    def faults(self, price: ChainPrice) -> Iterator[str]:
        """Yield what is above a ceiling, or has no bound at all."""
        name, calls = f"chain `{price.chain}`", price.most_calls
        if self.calls is not None:
            if calls is None:
                way = "say how many items its loops have: --items NAME=N"
                yield f"{name} has no bound of calls; {way}"
            elif calls > self.calls:
                yield f"{name} makes {calls:,.0f} calls at worst, more than {self.calls:,}"
        seconds = price.estimate.worst_case
        if self.seconds is not None:
            if seconds is None:
                yield f"{name} has no bound of time; give it a `timeout`"
            elif seconds > self.seconds:
                yield f"{name} takes {seconds:g}s at worst, more than {self.seconds:g}s"
        if self.cost is not None:
            if price.worst.unpriced:
                models = ", ".join(f"`{one}`" for one in sorted(price.worst.unpriced))
                yield f"{name} has no cost, as there is no price for {models}"
            elif calls is None:
                way = "say how many items its loops have: --items NAME=N"
                yield f"{name} has no bound of cost; {way}"
            elif price.worst.cost > self.cost:
                cost = f"{price.worst.cost:.4f}"
                yield f"{name} costs {cost} at worst, more than {self.cost:g}"


def price_lines(price: ChainPrice) -> Iterator[str]:
    """Yield the lines below a plan, and behind them the parts of those who are asked."""
    for label, found in (("expected", price.expected), ("at worst", price.worst)):
        yield f"  {label:<16}{', '.join(_parts(price, found))}"
    if lines := list(asked_lines(price.asked)):
        yield from ("", *lines)


def _parts(price: ChainPrice, found: Expected) -> Iterator[str]:
    """Yield what a guess says, in words."""
    words = _words(price, found)
    is_one = words["calls"] == "1"
    yield f"{words['calls']} {'call' if is_one else 'calls'}"
    if found.tokens:
        yield f"about {words['tokens']} tokens"
    unpriced = ", ".join(sorted(found.unpriced))
    if found.cost:
        yield f"cost {words['cost']}" + (f" but for {unpriced}" if unpriced else "")
    elif unpriced:
        yield f"no price for {unpriced}"
    if found is price.expected and price.has_time:
        yield words["time"]


def _words(price: ChainPrice, found: Expected) -> dict[str, str]:
    is_worst = found is price.worst
    more = "" if price.has_items or price.estimate.model_calls.most is not None else "+"
    calls = price.most_calls if is_worst else found.calls
    seconds = price.estimate.worst_case if is_worst else found.seconds
    return {
        "calls": f"{found.calls:,.0f}{more}" if calls is None else f"{calls:,.0f}",
        "tokens": f"{found.tokens:,.0f}{more}",
        "cost": _cost(found, more),
        "time": "no bound" if seconds is None else f"{seconds:g}s",
    }


def _cost(found: Expected, more: str) -> str:
    """A cost, with a sign behind it where there may be more of it."""
    if found.unpriced and not found.cost:
        return "no price"
    return f"{found.cost:.4f}{'+' if found.unpriced else more}"


def price_data(price: ChainPrice) -> dict[str, Any]:
    """What a chain comes to as plain data; what has no bound is `None`."""

    def data(found: Expected) -> dict[str, Any]:
        return {
            "calls": found.calls,
            "tokens": round(found.tokens),
            "input_tokens": round(found.input_tokens),
            "output_tokens": round(found.output_tokens),
            "cost": round(found.cost, 9),
            "unpriced": sorted(found.unpriced),
        }

    seconds = price.expected.seconds if price.has_time else None
    return {
        "expected": {**data(price.expected), "seconds": seconds},
        "at_worst": {
            **data(price.worst),
            "calls": price.most_calls,
            "seconds": price.estimate.worst_case,
        },
        "asked": asked_data(price.asked),
    }


def comment(files: Mapping[str, Sequence[ChainPrice]], faults: Sequence[str]) -> str:
    """Return a table for a comment on a pull request, in Markdown.

    `files` are the chains by the paths of their files, which are named where they are several.
    """
    rows = [
        {
            "file": path,
            "chain": price.chain,
            "expected": _words(price, price.expected),
            "worst": _words(price, price.worst),
            "path": " → ".join(price.estimate.critical_path),
        }
        for path, prices in files.items()
        for price in prices
    ]
    prices = [price for own in files.values() for price in own]
    unpriced = sorted(frozenset[str]().union(*(one.worst.unpriced for one in prices)))
    asked = [
        {"file": row["file"], "chain": row["chain"], "cells": cells}
        for row, price in zip(rows, prices, strict=True)
        if len(price.asked) > 1
        for cells in asked_rows(price.asked)
    ]
    template = page_templates("plan", {"cell": _cell}).get_template("comment.md.j2")
    return template.render(
        rows=rows,
        asked=asked,
        faults=faults,
        unpriced=unpriced,
        has_time=any(price.has_time for price in prices),
        has_files=len(files) > 1,
    )


def _cell(text: str) -> str:
    """A text within a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
