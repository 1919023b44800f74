"""What simulated calls give, and with what simulated runs begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, Final

from n3gen.project.errors import ProjectError
from n3gen.project.simulation.call_profiles import Subject
from n3gen.project.simulation.guessed_values import Guess, guesses_of
from n3gen.project.simulation.made_values import NoValue, ValueMaker
from n3gen.semantics.value_types import given_type
from n3gen.spec.model import Chain, Connector, Spec, TypeRef, WaitStep
from n3gen.spec.test_nodes import Test

__all__ = ["KnownValues"]

_KINDS_MADE: Final = 64
"""How many different values of a type are made; calls give one as often as another."""


@dataclass(frozen=True)
class KnownValues:
    """Values for the calls and the payload of a chain, the same for the same `seed`.

    What tests of the chain say comes first, then what types say, and then what
    expressions read.
    """

    spec: Spec
    chain: Chain
    seed: int = 0

    @cached_property
    def tests(self) -> list[Test]:
        """The tests of the chain that end well and whose data is written out."""
        return [
            test
            for test in self.spec.tests
            if test.chain == self.chain.name and not test.has_rows and _ends_well(test)
        ]

    @cached_property
    def guesses(self) -> dict[str, Guess]:
        return guesses_of(self.chain)

    def payloads(self) -> list[Any]:
        """Return payloads for runs; raise `ProjectError` where none can be made."""
        tested = [test.payload for test in self.tests if test.payload is not None]
        if tested:
            return tested
        numbers = Random(f"payload {self.seed}")
        maker = self._maker(numbers)
        try:
            if self.chain.input is not None:
                return [maker.record(self.chain.input) for _ in range(_KINDS_MADE)]
        except NoValue as error:
            raise ProjectError(
                f"{error}; give payloads for chain `{self.chain.name}` with --rows"
            ) from error
        guess = self.guesses.get("payload")
        if guess is None:
            return [None]
        return [guess.value(numbers) for _ in range(_KINDS_MADE)]

    def values(self, subject: Subject, fallback: Connector | None = None) -> list[Any]:
        """Return what calls of a step give, or of a connector that it falls back to."""
        tested = [*self._mocked(subject.path)]
        if tested:
            return tested
        numbers = Random(f"{subject.path} {self.seed}")
        step = subject.step
        call = getattr(step, "embed", None)
        if call is not None or getattr(fallback, "embed", None) is not None:
            return [[round(numbers.random(), 3) for _ in range(8)]]
        type_ = given_type(step, self.connectors)
        if isinstance(step, WaitStep):
            type_ = step.answer
        if fallback is not None:
            type_ = step.output or fallback.output or TypeRef(name="str")
        if type_ is None:
            return [self._guessed(subject, numbers) for _ in range(_KINDS_MADE)]
        try:
            return [self._maker(numbers).value(type_) for _ in range(_KINDS_MADE)]
        except (NoValue, ValueError) as error:
            raise ProjectError(
                f"{error}; give what `{subject.path}` gives in a file, with --calls"
            ) from error

    def sent(self, channel: str) -> tuple[Any, ...] | None:
        """Return what a test sends to a channel, `None` where none says."""
        found = (test.send.get(channel) for test in self.tests)
        return next((items for items in found if items is not None), None)

    @cached_property
    def connectors(self) -> dict[str, Connector]:
        """The connectors of the spec, by name."""
        return {found.name: found for found in self.spec.connectors}

    def _maker(self, numbers: Random) -> ValueMaker:
        return ValueMaker({type_.name: type_ for type_ in self.spec.types}, numbers)

    def _guessed(self, subject: Subject, numbers: Random) -> Any:
        guess = self.guesses.get(subject.path.rpartition(".")[2])
        value = "simulated" if guess is None else guess.value(numbers)
        if subject.step.kind != "http":
            return value
        given = value if isinstance(value, dict) else {}
        body = given.get("body", "simulated")
        return {"status": 200, "headers": {}, "body": body}

    def _mocked(self, path: str) -> Iterator[Any]:
        for test in self.tests:
            for mock in test.mocks:
                gives = mock.error is None or mock.times is not None
                if mock.step == path and gives and mock.value is not None:
                    yield mock.value


def _ends_well(test: Test) -> bool:
    expect = test.expect
    return expect is None or (expect.status in (None, "ok") and expect.error is None)
