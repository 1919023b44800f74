"""Rules of clauses at the end of bodies: N420 to N423."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["IdleOnSkip", "ReadsRunsEnd", "StopInFinally", "UnreachableClause"]


class UnreachableClause(Rule):
    """An `on_error` clause that never runs

    The first clause that fits an error runs, so one behind a clause for all errors has
    nothing left to do, and neither has a kind that a clause before it names: `404` is
    among `4xx`, and every error is among `any`.

    Wrong:

    ```ai
    chain greet:
        step hello:
            target: greeter
        on_error as error:
            step sorry:
                value: "{{ error.message }}"
        on_error [timeout]:
            step later:
                value: "please come back later"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            target: greeter
        on_error [timeout]:
            step later:
                value: "please come back later"
        on_error as error:
            step sorry:
                value: "{{ error.message }}"
    ```
    """

    code = "N420"
    name = "unreachable-clause"

    @classmethod
    def of(cls, label: Label, before: Label) -> Diagnostic:
        return cls.diagnose(
            "this clause never runs: the one before it takes every error",
            label,
            before,
            help="move it up, or remove it",
        )

    @classmethod
    def kind(cls, kind: str, label: Label, before: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{kind}` never gets here: a clause before this takes it",
            label,
            before,
            help=f"take `{kind}` out, or let this clause come first",
        )


class StopInFinally(Rule):
    """A `stop` step in a `finally`

    `finally` runs whatever became of its body, a failure too, and leaves that as it is:
    it cannot end the chain as `ok`. A step behind the body can, or an `on_error` clause.

    Wrong:

    ```ai
    chain greet:
        step hello:
            target: greeter
        finally:
            step done:
                stop: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            target: greeter
        on_error:
            step done:
                stop: "hello"
    ```
    """

    code = "N421"
    name = "stop-in-finally"

    @classmethod
    def of(cls, step: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` cannot end the chain from a `finally`",
            label,
            place,
            help="let an `on_error` clause end it, or a step before",
        )


class ReadsRunsEnd(Rule):
    """An expression that reads how the run ended before it has

    `run.status` and `run.error` are known when the steps of a chain have ended, which is
    in the chain's own `finally`. An `on_error` clause has the error's record: `as NAME`.

    Wrong:

    ```ai
    chain greet:
        step hello:
            target: greeter
        on_error:
            step sorry:
                value: "sorry: {{ run.error.message }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            target: greeter
        on_error as error:
            step sorry:
                value: "sorry: {{ error.message }}"
    ```
    """

    code = "N422"
    name = "reads-runs-end"

    @classmethod
    def of(cls, field: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`run.{field}` is known only in the `finally` of a chain",
            label,
            help="read it there, or `as NAME` behind `on_error`",
        )


class UnfitClause(Rule):
    """A clause whose value is not of its step's type

    The value of an `on_error` clause replaces that of its step, so whoever reads the step
    relies on what `output` declares. Where another value is meant,
    `output` says so: `Summary | str`.

    Wrong:

    ```ai
    type Answer:
        text: str

    chain greet:
        step hello:
            target: greeter
            output: Answer
            on_error:
                step sorry:
                    value: "sorry"
    ```

    Right:

    ```ai
    type Answer:
        text: str

    chain greet:
        step hello:
            target: greeter
            output: Answer
            on_error:
                step sorry:
                    value: {text: "sorry"}
    ```
    """

    code = "N713"
    name = "unfit-clause"

    @classmethod
    def of(
        cls, step: str, wanted: str, given: str, label: Label, output: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"this replaces the value of `{step}`, whose type is `{wanted}`, but is {given}",
            label,
            output,
            help=f"give a value of type `{wanted}`, or widen `output`",
        )


class IdleOnSkip(Rule):
    """`on_skip: skip` on a step that it never skips

    It skips a step where all that the step needs was skipped: what it names in
    `depends_on` or reads. A step that needs nothing, or a step that always runs, is
    never skipped for it.

    Wrong:

    ```ai
    chain greet:
        step today:
            target: calendar
            when: payload.with_date
        step hello:
            target: greeter
            on_skip: skip
    ```

    Right:

    ```ai
    chain greet:
        step today:
            target: calendar
            when: payload.with_date
        step hello:
            target: greeter
            depends_on: [today]
            on_skip: skip
    ```
    """

    code = "N423"
    name = "idle-on-skip"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`on_skip` does nothing, as `{step}` needs no other step",
            label,
            help="name what it needs in `depends_on`",
        )

    @classmethod
    def always_runs(
        cls, step: str, needed: str, label: Label, there: Label
    ) -> Diagnostic:
        """`needed` is the name of a step that nothing skips."""
        return cls.diagnose(
            f"`on_skip` does nothing, as `{step}` needs `{needed}`, which is never skipped",
            label,
            there,
            help=f"remove it, or give `{needed}` a `when:`",
        )
