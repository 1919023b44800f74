"""Rules of steps that wait for answers."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["DifferentAnswers", "SignalIsChannel", "UnfitDefault"]


def _way(wanted: str) -> str:
    """What to write where something has to be `wanted`, such as `a list` or `int`."""
    is_said = wanted.startswith(("a ", "an "))
    return f"write {wanted}" if is_said else f"write a value of type `{wanted}`"


class DifferentAnswers(Rule):
    """Steps that wait for answers of different types under one name

    An answer is sent to a name, and may come before any step waits for it. So all steps
    that wait under that name, those of called chains included, take the same type.

    Wrong:

    ```ai
    chain pay:
        step approve:
            wait: approval
            output: bool
        step reason:
            wait: approval
            output: str
    ```

    Right:

    ```ai
    chain pay:
        step approve:
            wait: approval
            output: bool
        step reason:
            wait: reason
            output: str
    ```
    """

    code = "N470"
    name = "different-answers"

    @classmethod
    def of(
        cls, signal: str, types: tuple[str, str], label: Label, first: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"answers to `{signal}` are {types[0]} for one step and {types[1]} for this "
            "one",
            label,
            first,
            help="wait under another name, or give both the same `output`",
        )


class SignalIsChannel(Rule):
    """A step that waits under the name of a channel

    What a caller sends goes by its name to a channel or to a step that waits: one name
    cannot be both.

    Wrong:

    ```ai
    channel orders: 10

    chain kitchen:
        step open:
            wait: orders
        for order in channel orders:
            step cook:
                value: "{{ order }}"
    ```

    Right:

    ```ai
    channel orders: 10

    chain kitchen:
        step open:
            wait: opening
        for order in channel orders:
            step cook:
                value: "{{ order }}"
    ```
    """

    code = "N471"
    name = "signal-is-channel"

    @classmethod
    def of(cls, signal: str, label: Label, channel: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{signal}` is a channel, and no name for an answer",
            label,
            channel,
            help="wait under another name",
        )


class UnfitDefault(Rule):
    """A default that is no answer

    The `default` of a step that waits stands for an answer that did not come, and has
    to be of the type of the step's `output`, with `count` a list of them. That would
    come out only when the timeout has passed, days later.

    Wrong:

    ```ai
    type Decision:
        approved: bool

    chain pay:
        step approve:
            wait: approval
            output: Decision
            timeout: 2d
            default: {accepted: false}
    ```

    Right:

    ```ai
    type Decision:
        approved: bool

    chain pay:
        step approve:
            wait: approval
            output: Decision
            timeout: 2d
            default: {approved: false}
    ```
    """

    code = "N472"
    name = "unfit-default"

    @classmethod
    def wrong(
        cls, wanted: str, given: str, label: Label, meant: str | None = None
    ) -> Diagnostic:
        """`meant` is how the value is written that has another spelling here."""
        return cls.diagnose(
            f"the default has to be {wanted}, but this is {given}",
            label,
            help=f"write `{meant}`" if meant else _way(wanted),
        )

    @classmethod
    def missing(cls, type_: str, field: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the default lacks `{field}`, which a `{type_}` has",
            label,
            help=f"add `{field}`",
        )

    @classmethod
    def unknown(
        cls, type_: str, field: str, label: Label, meant: str | None
    ) -> Diagnostic:
        return cls.diagnose(
            f"a `{type_}` has no field `{field}`",
            label,
            help=f"leave `{field}` out",
            meant=meant,
        )
