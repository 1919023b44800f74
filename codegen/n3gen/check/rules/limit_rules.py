"""Rules of bounds: N6xx."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity
from n3gen.spec.values import shown

__all__ = [
    "NoPrice",
    "StepOutlivesChain",
    "WhileNeverRuns",
]


class WhileNeverRuns(Rule):
    """A `while` of no rounds

    `max` is the number of rounds that a `while` may take. With fewer than one
    its steps would never run.

    Wrong:

    ```ai
    chain write:
        while draft.score < 0.8 max 0:
            step draft:
                kind: connector
                target: writer
    ```

    Right:

    ```ai
    chain write:
        while draft.score < 0.8 max 5:
            step draft:
                kind: connector
                target: writer
    ```
    """

    code = "N602"
    name = "while-never-runs"

    @classmethod
    def of(cls, rounds: int, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"with `max` {shown(rounds)} this `while` never runs",
            label,
            help="`max` is at least 1",
        )


class StepOutlivesChain(Rule):
    """A step that may take longer than its chain

    A chain's timeout ends everything in it, so a longer timeout of one of its
    steps never comes to bear, and a step that waits for that long fails. A chain that states none has that of the configuration,
    `chain_timeout_seconds`, or of the variable `CHAIN_TIMEOUT_SECONDS`, which is 300
    seconds where neither is set.

    Wrong:

    ```ai
    chain greet:
        timeout: 30
        step hello:
            kind: connector
            target: greeter
            timeout: 60
    ```

    Right:

    ```ai
    chain greet:
        timeout: 60
        step hello:
            kind: connector
            target: greeter
            timeout: 30
    ```
    """

    code = "N603"
    name = "step-outlives-chain"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, what: str, times: tuple[float, float], label: Label, chain: Label
    ) -> Diagnostic:
        """`what` is a step or a block; `times` are its seconds and those of the chain."""
        return cls.diagnose(
            f"{what} may take {times[0]:g}s, but its chain ends after {times[1]:g}s",
            label,
            chain,
            help=f"raise the timeout of the chain, or lower that of {what}",
        )

    @classmethod
    def by_default(
        cls, what: str, times: tuple[float, float], chain: str, label: Label
    ) -> Diagnostic:
        """The chain states no time, so that it has the one that all have."""
        return cls.diagnose(
            f"{what} may take {times[0]:g}s, but a chain that states no timeout ends "
            f"after {times[1]:g}s",
            label,
            help=f"give chain `{chain}` a `timeout`, or lower that of {what}",
        )

    @classmethod
    def waiting(
        cls,
        step: str,
        what: str,
        times: tuple[float, float],
        label: Label,
        end: Label | None,
    ) -> Diagnostic:
        """The step waits for a time; `what` ends before that is over."""
        return cls.diagnose(
            f"step `{step}` waits {times[0]:g}s, but {what} ends after {times[1]:g}s",
            label,
            *(() if end is None else (end,)),
            help="wait for less time, or raise the timeout",
        )

    @classmethod
    def pause(
        cls, what: str, end: str, times: tuple[float, float], label: Label, there: Label
    ) -> Diagnostic:
        """`what` comes after a pause that the deadline `end` never lets be over."""
        return cls.diagnose(
            f"{what} waits {times[0]:g}s, but {end} ends after {times[1]:g}s",
            label,
            there,
            help="shorten the delay, or raise the timeout",
        )


class NoPrice(Rule):
    """A budget of cost over a model without a price

    What a call costs is counted by the prices in the configuration; none are
    built in, as they change. Without the price of a model that a chain may ask,
    its budget could not be kept.

    Wrong:

    ```ai
    connection openai:
        api: openai
        model: gpt-4o-mini
        api_key: env("OPENAI_API_KEY")

    chain greet:
        budget:
            cost: 0.5
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection openai:
        api: openai
        model: gpt-4o-mini
        api_key: env("OPENAI_API_KEY")

    chain greet:
        budget:
            tokens: 10000
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N604"
    name = "no-price"

    @classmethod
    def of(cls, model: str, label: Label, call: Label, meant: str | None) -> Diagnostic:
        """`meant` is a model with a price whose name is near."""
        way_out = (
            f'add `[prices."{model}"]` to n3gen.toml, or '
            f'`[tool.n3gen.prices."{model}"]` to pyproject.toml'
        )
        return cls.diagnose(
            f"the budget of cost needs the price of model `{model}`, "
            "and the configuration has none",
            label,
            call,
            help=f"did you mean `{meant}`?" if meant else way_out,
        )

    @classmethod
    def unnamed(cls, what: str, label: Label, call: Label) -> Diagnostic:
        return cls.diagnose(
            f"the budget of cost needs a price, but {what} names no model",
            label,
            call,
            help="add `model:` to it or to its connection, and a price for that",
        )
