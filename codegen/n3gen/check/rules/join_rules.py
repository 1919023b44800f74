"""Rules of joins: N450 to N452."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["BackgroundEnds", "IdleJoin", "UnreachableJoin"]


class UnreachableJoin(Rule):
    """A join that can never be reached

    `depends_on: {count: N, of: [...]}` starts a step when N of the steps named have
    succeeded. With fewer than N of them it would never start.

    Wrong:

    ```ai
    chain judge:
        step first:
            target: reviewer
            parallel: true
        step second:
            target: editor
            parallel: true
        step verdict:
            target: judge
            depends_on: {count: 3, of: [first, second]}
    ```

    Right:

    ```ai
    chain judge:
        step first:
            target: reviewer
            parallel: true
        step second:
            target: editor
            parallel: true
        step third:
            target: critic
            parallel: true
        step verdict:
            target: judge
            depends_on: {count: 2, of: [first, second, third]}
    ```
    """

    code = "N450"
    name = "unreachable-join"

    @classmethod
    def of(cls, step: str, count: int, found: int, label: Label) -> Diagnostic:
        named = "1 step is" if found == 1 else f"{found} steps are"
        return cls.diagnose(
            f"`{step}` needs {count} steps to succeed, and {named} named",
            label,
            help="lower the number, or name more steps",
        )


class IdleJoin(Rule):
    """A join on a step that has ended anyway

    A plain step ends before what comes after it starts. A join that names it waits for
    it as for any step, be there another one that succeeds first or not. What a join
    should not wait for is marked `parallel: true` or `background: true`.

    Wrong:

    ```ai
    chain answer:
        step fast:
            target: small_model
        step careful:
            target: large_model
            background: true
        step reply:
            target: writer
            depends_on: {any: [fast, careful]}
    ```

    Right:

    ```ai
    chain answer:
        step fast:
            target: small_model
            parallel: true
        step careful:
            target: large_model
            parallel: true
        step reply:
            target: writer
            depends_on: {any: [fast, careful]}
    ```
    """

    code = "N451"
    name = "idle-join"
    severity = Severity.NOTE

    @classmethod
    def of(cls, step: str, member: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{member}` has always ended when `{step}` starts, so the join waits for it",
            label,
            place,
            help=f"add `parallel: true` to `{member}`, or remove it here",
        )


class BackgroundEnds(Rule):
    """A step that runs after the end of a background one, whatever became of that

    A background step that fails cancels the rest of its body at once, so that what
    waits for its end would be cancelled with it. A plain `depends_on` waits for it.

    Wrong:

    ```ai
    chain publish:
        step upload:
            target: uploader
            background: true
        step text:
            target: writer
        step tidy:
            target: cleaner
            depends_on: {ended: [upload]}
    ```

    Right:

    ```ai
    chain publish:
        step upload:
            target: uploader
        step text:
            target: writer
        step tidy:
            target: cleaner
            depends_on: {ended: [upload]}
    ```
    """

    code = "N452"
    name = "background-ends"

    @classmethod
    def itself(cls, step: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` runs after a failure and in the background, where that cancels it",
            label,
            place,
            help=f"take `background` from `{step}`",
        )

    @classmethod
    def of(cls, step: str, member: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` waits for the end of `{member}`, which runs in the background",
            label,
            place,
            help=f"take `background` from `{member}`, or write `depends_on: [{member}]`",
        )
