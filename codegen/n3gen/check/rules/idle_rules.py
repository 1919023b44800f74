"""Rules of what is there and never matters."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["ConstantCondition", "IdleKey", "IdleTimeout", "NeverReached"]


class NeverReached(Rule):
    """A step that nothing leads to

    A `fail` or `stop` without a condition ends its body, so what stands behind it in
    the same body never runs. So does an `if` or `match` with an `else` of which every
    branch ends that way.

    Wrong:

    ```ai
    chain greet:
        step sorry:
            fail: "not open yet"
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step sorry:
            fail: "not open yet"
            when: payload.is_early
        step hello:
            value: "hello"
    ```
    """

    code = "N414"
    name = "never-reached"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label, end: Label) -> Diagnostic:
        return cls.diagnose(
            "this never runs",
            label,
            end,
            help="give what ends the body a `when:`, or put it into an `if`",
        )


class IdleTimeout(Rule):
    """A timeout that a `within` makes idle

    A `within` cuts off what is in it when its time has passed, waits for permits
    included. A step inside whose own `timeout` is as long or longer never meets it.

    Wrong:

    ```ai
    chain greet:
        within 2s:
            step hello:
                target: greeter
                timeout: 5s
        else:
            step plain:
                value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        within 5s:
            step hello:
                target: greeter
                timeout: 2s
        else:
            step plain:
                value: "hello"
    ```
    """

    code = "N415"
    name = "idle-timeout"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label, deadline: Label) -> Diagnostic:
        return cls.diagnose(
            "this timeout is never met",
            label,
            deadline,
            help="make it shorter than the `within`, or leave it out",
        )


class ConstantCondition(Rule):
    """A `while` whose rounds do not change its condition

    The condition is asked before each round. Where it reads nothing but the input and
    what was there before the block, it is the same each time: there is no round, or as
    many as `max` allows.

    Wrong:

    ```ai
    chain write:
        input: {score: float}
        while payload.score < 0.8 max 5:
            step draft:
                target: writer
    ```

    Right:

    ```ai
    chain write:
        while draft.score < 0.8 max 5:
            step draft:
                target: writer
    ```
    """

    code = "N417"
    name = "constant-condition"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label, way_out: str) -> Diagnostic:
        return cls.diagnose(
            "no round changes this condition: there is none, or as many as `max` allows",
            label,
            help=way_out,
        )


class IdleKey(Rule):
    """A limit or a timeout of a step that waits for nothing

    A `value` is computed at once, and `fail` and `stop` end their body at once. They call
    nothing that could take time or that a limit could hold back.

    Wrong:

    ```ai
    chain greet:
        step name:
            value: "{{ payload.name | trim }}"
            timeout: 5s
        step hello:
            target: greeter
            options: {name: "{{ name }}"}
    ```

    Right:

    ```ai
    chain greet:
        step name:
            value: "{{ payload.name | trim }}"
        step hello:
            target: greeter
            options: {name: "{{ name }}"}
            timeout: 5s
    ```
    """

    code = "N424"
    name = "idle-key"
    severity = Severity.WARNING

    @classmethod
    def of(cls, key: str, kind: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` does nothing on a `{kind}` step, which waits for nothing",
            label,
            help="remove it, or give it to the step that it is meant for",
        )
