"""Rules of what is made and that nothing looks at."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["UnreadState"]


class UnreadState(Rule):
    """A state of a run that nothing reads

    The cell of a state without a `scope` ends with its run. One that steps change, and
    that no expression reads as `state.NAME`, no step gives on and no model call
    remembers in, is work for nothing, or the sign of a slip where it should be read.

    Wrong:

    ```ai
    state seen: int = 0

    chain greet:
        step count:
            state: seen
            update: "{{ value + 1 }}"
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    state seen: int = 0

    chain greet:
        step count:
            state: seen
            update: "{{ value + 1 }}"
        step hello:
            value: "hello, number {{ state.seen }}"
    ```
    """

    code = "N468"
    name = "unread-state"
    severity = Severity.WARNING

    @classmethod
    def of(cls, state: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"steps change the state `{state}`, and nothing reads it",
            label,
            help=f"read it as `state.{state}`, or remove it with the steps that change "
            "it; one that outlives its run has a `scope`",
        )
