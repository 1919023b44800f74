"""Rules of what expressions read beside values: records of steps, rounds of loops."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["NoRecord", "NoRound", "OtherFact", "ShadowedField"]


class NoRecord(Rule):
    """A fact of a record that a block does not have

    Each step has a record: `steps.NAME.status`, `steps.NAME.error`,
    `steps.NAME.attempts`, `steps.NAME.elapsed_ms`. A block has none, only a value.

    Wrong:

    ```ai
    chain greet:
        if kind: payload.formal:
            step formal:
                target: formal_greeter
        else:
            step informal:
                target: informal_greeter
        result: "{{ steps.kind.status }}"
    ```

    Right:

    ```ai
    chain greet:
        if kind: payload.formal:
            step greeting:
                target: formal_greeter
        else:
            step greeting:
                target: informal_greeter
        result: "{{ steps.greeting.status }}"
    ```
    """

    code = "N531"
    name = "no-record"

    @classmethod
    def of(cls, name: str, fact: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is a block, which has no `{fact}` of its own",
            label,
            place,
            help=f"read that of a step, or `{name}.{fact}` for a field of its value",
        )


class OtherFact(Rule):
    """A fact of another kind of block

    `NAME.winner` is the name of the step that won a `race`, and `NAME.exhausted` is
    whether `max` ended a `while`. Of any other block they are fields of its value. If
    they are meant so, give the field another name.

    Wrong:

    ```ai
    chain pick:
        race answer:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
        result: "{{ answer.exhausted }}"
    ```

    Right:

    ```ai
    chain pick:
        race answer:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
        result: "{{ answer.winner }}"
    ```
    """

    code = "N526"
    name = "other-fact"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, name: str, fact: str, word: str, label: Label, place: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"only a `{word}` has `{fact}`: this reads a field of the value of `{name}`",
            label,
            place,
            help=f"read it of a `{word}`, or give the field another name",
        )


class NoRound(Rule):
    """A round of a loop that is not known

    `loop.index` (from 1), `loop.index0`, `loop.first` and `loop.last` say where the
    round of the innermost `for` or `while` stands. There is no round outside of a
    loop, and nobody knows which one is the last of a `while`, or of items that a
    function still makes.

    Wrong:

    ```ai
    chain sum_up:
        step total:
            value: "{{ loop.index }} documents"
    ```

    Right:

    ```ai
    chain sum_up:
        for docs: doc in payload.docs:
            step numbered:
                value: "{{ loop.index }}. {{ doc }}"
        result: "{{ docs | join(', ') }}"
    ```
    """

    code = "N532"
    name = "no-round"

    @classmethod
    def outside(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "there is no `loop` here, outside of a `for` or a `while`",
            label,
            help="read it in a step of the loop, or in the loop's `result`",
        )

    @classmethod
    def condition(cls, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            "the condition of a `while` is not part of its rounds",
            label,
            place,
            help="bound the number of rounds by `max`",
        )

    @classmethod
    def last(cls, why: str, label: Label, place: Label, way: str) -> Diagnostic:
        return cls.diagnose(
            f"`loop.last` cannot be known here: {why}", label, place, help=way
        )


class ShadowedField(Rule):
    """A fact of a record where the value has a field of the same name

    `steps.NAME.status`, `.error`, `.attempts` and `.elapsed_ms` are what the run
    recorded of the step. A field of its value that has such a name is read without
    `steps.`.

    Wrong:

    ```ai
    type Order:
        status: one of [open, paid]

    connection models:
        api: local

    chain check:
        step order:
            prompt: "Which order is meant in {{ payload.text }}?"
            output: Order
        result: "{{ steps.order.status }}"
    ```

    Right:

    ```ai
    type Order:
        status: one of [open, paid]

    connection models:
        api: local

    chain check:
        step order:
            prompt: "Which order is meant in {{ payload.text }}?"
            output: Order
        result: "{{ order.status }}"
    ```
    """

    code = "N533"
    name = "shadowed-field"
    severity = Severity.WARNING

    @classmethod
    def of(cls, name: str, fact: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`steps.{name}.{fact}` is what was recorded of the step, not the field "
            f"`{fact}` of its value",
            label,
            help=f"write `{name}.{fact}` for the field",
        )
