"""Rules of what expressions read beside values: records of steps, rounds of loops."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "ErrorField",
    "ManyWinners",
    "NoRecord",
    "NoRound",
    "ShadowedField",
]


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


class ManyWinners(Rule):
    """The winner of a race that several win

    `NAME.winner` is the name of the one contender that won a `race`. Where more than
    one has to succeed, as in `race NAME: 2 of:`, the value is a mapping of the winners'
    values by their names: its keys are who has won.

    Wrong:

    ```ai
    chain pick:
        race answers: 2 of:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
            step large:
                target: large_model
        result: "{{ answers.winner }}"
    ```

    Right:

    ```ai
    chain pick:
        race answers: 2 of:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
            step large:
                target: large_model
        result: "{{ answers | list }}"
    ```
    """

    code = "N535"
    name = "many-winners"

    @classmethod
    def of(cls, name: str, count: int, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` has {count} winners, and no `winner` of its own",
            label,
            place,
            help=f"`{name} | list` are the names of those that won, and `{name}` is "
            "their values by these names",
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


class ErrorField(Rule):
    """A field that only the record of an error has

    A step with `on_error: continue` has the record of its error as its value where it
    has failed, and else what it gives: `answer.kind` is missing in every run in which
    the step below succeeds. A condition that asks what the value is, such as
    `if answer is mapping` or `if steps.answer.status == "error"`, is trusted from there
    on. `steps.answer` has the status and the error of the step whatever became of it.
    The same is so of rounds and members of blocks with `on_error: continue`.

    Wrong:

    ```ai
    connection models:
        api: local

    chain reply:
        step answer:
            prompt: "Answer: {{ payload.question }}"
            on_error: continue
        if answer.kind == "timeout":
            step late:
                value: "Sorry, not today."
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain reply:
        step answer:
            prompt: "Answer: {{ payload.question }}"
            on_error: continue
        if steps.answer.status == "timeout":
            step late:
                value: "Sorry, not today."
    ```
    """

    code = "N544"
    name = "error-field"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, path: str, field: str, type_: str, label: Label, step: str | None
    ) -> Diagnostic:
        """`type_` is that of the value, `step` the step whose value it is, if it is one's."""
        way_out = f"ask first whether it is one: `{path} is mapping`"
        if step is not None and field == "status":
            way_out = f"how the step has ended is `steps.{step}.status`"
        elif step is not None:
            read = f"steps.{step}.error.{field}"
            way_out = (
                f"ask first, `if steps.{step}.status == 'error'`, or read "
                f"`{read} | default('')`"
            )
        return cls.diagnose(
            f"`{path}` has a field `{field}` only where it is the record of an error; "
            f"else it is of type `{type_}`",
            label,
            help=way_out,
        )
