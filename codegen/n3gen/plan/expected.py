"""What something is expected to come to: calls, tokens, cost, time, and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from n3gen.plan.asked import Asked
from n3gen.prices import Price
from n3gen.registration import Forms
from n3gen.spec.model import Block

__all__ = [
    "BLOCK_EXPECTED",
    "Expected",
    "ExpectedBody",
    "Given",
    "Request",
    "Share",
    "one_of",
]


class Share(NamedTuple):
    """The calls that go to one model or connector, and what they cost."""

    calls: float = 0.0
    cost: float = 0.0


class Request(NamedTuple):
    """What one request to a model comes to; its prompt alone costs `asking`."""

    input_tokens: float
    output_tokens: float
    cost: float = 0.0
    asking: float = 0.0


class Expected(NamedTuple):
    """What something comes to; `unpriced` are the models whose cost is not known.

    `shares` are the parts of those who are asked. `tokens` are those of prompts and
    answers, `work` are the seconds that steps work, of those together each. `requests`
    are those to models, and how many there are of each.
    """

    seconds: float = 0.0
    calls: float = 0.0
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    cost: float = 0.0
    unpriced: frozenset[str] = frozenset()
    shares: Mapping[Asked, Share] = MappingProxyType({})
    tokens: float = 0.0
    work: float = 0.0
    requests: Mapping[Request, float] = MappingProxyType({})

    def beside(self, other: Expected) -> Expected:
        """Both, at the same time: all of both but the time, which is the longer."""
        shares = dict(self.shares)
        for asked, more in other.shares.items():
            own = shares.get(asked, Share())
            shares[asked] = Share(own.calls + more.calls, own.cost + more.cost)
        requests = dict(self.requests)
        for request, number in other.requests.items():
            requests[request] = requests.get(request, 0.0) + number
        return Expected(
            max(self.seconds, other.seconds),
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.unpriced | other.unpriced,
            shares,
            self.tokens + other.tokens,
            self.work + other.work,
            requests,
        )

    def then(self, last: Expected) -> Expected:
        """Both, one after the other."""
        return self.beside(last)._replace(seconds=self.seconds + last.seconds)

    def times(self, number: int, at_once: int = 1) -> Expected:
        """So many of it, of which some run at once."""
        if number == 0:
            return Expected()
        rounds = -(-number // max(at_once, 1))
        return self.scaled(number)._replace(
            seconds=self.seconds * rounds, work=self.work * number
        )

    def scaled(self, part: float) -> Expected:
        """A part of all that is asked and paid, in the same time."""
        return self._replace(
            calls=self.calls * part,
            input_tokens=self.input_tokens * part,
            output_tokens=self.output_tokens * part,
            cost=self.cost * part,
            tokens=self.tokens * part,
            shares={
                asked: Share(own.calls * part, own.cost * part)
                for asked, own in self.shares.items()
            },
            requests={one: number * part for one, number in self.requests.items()},
        )


class ExpectedBody(NamedTuple):
    """A body as a whole, and each of its steps and blocks."""

    whole: Expected
    members: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What a guess is based on: seconds and rounds by names, and prices by models.

    With `at_worst` it is a guess of the worst case. `latencies` are those of steps,
    connectors, connections and functions, under `""` that of all others; `items` are
    those of `for` blocks. `at_once` are how many rounds of `parallel: max` run
    at once.
    """

    latencies: Mapping[str, float] = field(default_factory=dict[str, float])
    items: Mapping[str, int] = field(default_factory=dict[str, int])
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    at_once: int = 50
    at_worst: bool = False

    def rounds(self, name: str) -> int:
        """How many items a `for` has."""
        return self.items.get(name, self.items.get("", 1))

    def seconds(self, names: Iterable[str | None]) -> float:
        """How long a call takes that goes by the first of some names that is given."""
        for name in names:
            if name is not None and name in self.latencies:
                return self.latencies[name]
        return self.latencies.get("", 0.0)


BlockExpected = Callable[[Any, str, Sequence[ExpectedBody], Given], Expected]
"""Says what a block comes to: by its node, its name, its bodies and what is given."""

BLOCK_EXPECTED: Forms[type[Block], BlockExpected] = Forms("n3gen.plan.blocks")
"""What the blocks are expected to come to."""


def one_of(found: Iterable[Expected], given: Given) -> Expected:
    """One of several: the one that costs most, or asks most, in the time of the longest.

    At worst it is of each measure the most that one of them comes to.
    """
    several = tuple(found)
    longest = max(several, key=lambda one: one.seconds)
    most = longest
    if given.at_worst:
        for one in several:
            most = _most(most, one)
    else:
        most = max(several, key=lambda one: (one.cost, one.calls, one.seconds))
    unpriced = frozenset[str]().union(*(one.unpriced for one in several))
    return most._replace(seconds=longest.seconds, unpriced=unpriced, work=longest.work)


def _most(one: Expected, other: Expected) -> Expected:
    """Of each measure what is more of two."""
    shares = dict(one.shares)
    for asked, more in other.shares.items():
        own = shares.get(asked, Share())
        shares[asked] = Share(max(own.calls, more.calls), max(own.cost, more.cost))
    requests = dict(one.requests)
    for request, number in other.requests.items():
        requests[request] = max(requests.get(request, 0.0), number)
    return Expected(
        calls=max(one.calls, other.calls),
        input_tokens=max(one.input_tokens, other.input_tokens),
        output_tokens=max(one.output_tokens, other.output_tokens),
        cost=max(one.cost, other.cost),
        shares=shares,
        tokens=max(one.tokens, other.tokens),
        requests=requests,
    )
