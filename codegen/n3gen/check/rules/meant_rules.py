"""Rules of values that are read, and were meant as something else."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["MeantKind", "Milliseconds", "UnfitValue"]


class MeantKind(Rule):
    """A target of a step whose kind is not said

    A step with a `target` and no `kind` calls a connector, of the spec or one that the
    run is given. A Python function and a chain are called by a step that says so. Where
    a connector of that name is registered, `kind: connector` says that it is meant.

    Wrong:

    ```ai
    chain word:
        step done:
            value: "done"

    chain text:
        step said:
            target: word
    ```

    Right:

    ```ai
    chain word:
        step done:
            value: "done"

    chain text:
        step said:
            kind: chain
            target: word
    ```
    """

    code = "N337"
    name = "meant-kind"
    severity = Severity.WARNING

    @classmethod
    def of(cls, target: str, what: str, kind: str, label: Label) -> Diagnostic:
        """`what` the target is, and the `kind` of a step that calls one."""
        return cls.diagnose(
            f"`{target}` is {what}, and this step calls a connector of that name",
            label,
            help=f"add `kind: {kind}`, or `kind: connector` if one is given to runs",
        )


class Milliseconds(Rule):
    """A number of seconds that was meant as milliseconds

    A bare number is seconds: `timeout: 30000` is more than eight hours. A duration with
    its unit says what is meant.

    Wrong:

    ```ai
    chain fetch:
        step page:
            url: https://example.com
            timeout: 30000
    ```

    Right:

    ```ai
    chain fetch:
        step page:
            url: https://example.com
            timeout: 30s
    ```
    """

    code = "N611"
    name = "milliseconds"
    severity = Severity.WARNING

    @classmethod
    def of(cls, key: str, number: str, short: str, label: Label) -> Diagnostic:
        """`short` is the same number of milliseconds in seconds."""
        return cls.diagnose(
            f"`{key}` is {number} seconds",
            label,
            help=f"write `{short}` or `{number}ms`; `{number}s` where seconds are meant",
        )


class UnfitValue(Rule):
    """A value that is not of the type of its step

    The `output` of a step is the type of its value, which each run checks. A value that
    is written out and is not of that type fails in every run, and so does an expression
    of which the type is known: `"{{ names | length }}"` is a number, not a `str`.

    Wrong:

    ```ai
    chain count:
        step number:
            value: "three"
            output: int
    ```

    Right:

    ```ai
    chain count:
        step number:
            value: 3
            output: int
    ```
    """

    code = "N714"
    name = "unfit-value"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, step: str, words: str, way_out: str, meant: str | None, label: Label
    ) -> Diagnostic:
        """`words` say what is wrong at the place of the label."""
        return cls.diagnose(
            f"the value of step `{step}` does not fit: {words}",
            label,
            help=way_out,
            meant=meant,
        )
