"""Rules of tries and bounds: N217 to N219."""

from __future__ import annotations

from collections.abc import Iterable

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["HopelessRetry", "OutOfRange", "UnknownFailure"]


class UnknownFailure(Rule):
    """An unknown kind of failure

    `on:` names the failures after which a step is tried again, or a connector
    is in: `timeout`, `connection`, `invalid_output` (an answer that does not
    fit its type), `context_length` (a prompt that is too long for the model),
    `error` (any error of a function), `4xx`, `5xx`, or a status from 400 to 599.

    Wrong:

    ```ai
    chain greet:
        step hello:
            target: greeter
            retry:
                max: 3
                on: [timeouts, 503]
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            target: greeter
            retry:
                max: 3
                on: [timeout, 503]
    ```
    """

    code = "N217"
    name = "unknown-failure"

    @classmethod
    def of(
        cls, given: str, words: Iterable[str], label: Label, meant: str | None
    ) -> Diagnostic:
        listed = ", ".join(f"`{word}`" for word in words)
        way_out = f"it is one of {listed}, or a status from 400 to 599"
        return cls.diagnose(
            f"`{given}` is not a kind of failure",
            label,
            help=way_out,
            meant=meant,
        )

    @classmethod
    def several(cls, given: str, written: str, label: Label) -> Diagnostic:
        """Kinds without a comma between them."""
        return cls.diagnose(
            f"`{given}` is not a kind of failure", label, help=f"write `{written}`"
        )

    @classmethod
    def quoted(cls, given: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f'"{given}" is a text, and a status is a number',
            label,
            help=f"write `{given}` without quotes",
        )

    @classmethod
    def never(cls, given: str, why: str, label: Label) -> Diagnostic:
        """A failure after which no fallback is asked."""
        return cls.diagnose(
            f"no fallback is asked after `{given}`: {why}",
            label,
            help=f"take `{given}` out",
        )


class HopelessRetry(Rule):
    """A retry after a failure that would only come again

    A model that refuses refuses again, a request that is at fault stays so, and
    a prompt that is too long gets no shorter: another try costs time and money
    and ends in the same way. A fallback may do better.

    Wrong:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            prompt: "Greet {{ payload.name }}"
            retry:
                max: 3
                on: [timeout, refusal]
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            prompt: "Greet {{ payload.name }}"
            retry:
                max: 3
                on: [timeout]
    ```
    """

    code = "N218"
    name = "hopeless-retry"

    @classmethod
    def of(cls, given: str, why: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"nothing is tried again after `{given}`: {why}",
            label,
            help=f"take `{given}` out",
        )


class OutOfRange(Rule):
    """A number that is too small or too large

    A count of tries is at most 100, a rate, a budget and a number of rounds are
    above 0, and tries wait at most `max_delay`, which is 30 seconds unless it is
    given.

    Wrong:

    ```ai
    connection models:
        api: local
        rate_limit:
            requests_per_minute: 0

    chain greet:
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: local
        rate_limit:
            requests_per_minute: 60

    chain greet:
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N219"
    name = "out-of-range"

    @classmethod
    def of(cls, key: str, given: str, wanted: str, label: Label) -> Diagnostic:
        """`wanted` is a range in words, such as `at least 1`."""
        number = wanted if wanted.startswith("a ") else f"a number that is {wanted}"
        if wanted.startswith("from "):
            number = f"a number {wanted}"
        message = f"`{key}` is {wanted}, not {given}"
        return cls.diagnose(message, label, help=f"write {number}")

    @classmethod
    def delay(
        cls, delay: float, most: float, label: Label, given: Label | None
    ) -> Diagnostic:
        """The first delay is longer than the longest may be; `given` is that one's place."""
        if given is not None:
            return cls.diagnose(
                f"the first delay, {delay:g}s, is longer than `max_delay`, {most:g}s",
                label,
                given,
                help="make `delay` shorter, or `max_delay` longer",
            )
        return cls.diagnose(
            f"the first delay, {delay:g}s, is longer than the longest, {most:g}s",
            label,
            help="add `max_delay:`",
        )
