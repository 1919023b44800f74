"""Rules of values of several types."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["MayNotFit"]


class MayNotFit(Rule):
    """An operation that only some of a value's types allow

    A value of a type such as `int | str` is a number in one run and a text in another,
    and so is what the branches of an `if` give under one name. What calculates with it
    or orders it works in some runs and fails in the others. A condition that asks what
    the value is, such as `if v is string`, is trusted from there on.

    Wrong:

    ```ai
    chain count:
        input: {n: int | str}
        step next:
            value: "{{ payload.n + 1 }}"
    ```

    Right:

    ```ai
    chain count:
        input: {n: int | str}
        step next:
            value: "{{ payload.n | int + 1 }}"
    ```
    """

    code = "N546"
    name = "may-not-fit"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, path: str, type_: str, kind: str, sign: str, other: str, label: Label
    ) -> Diagnostic:
        """`kind` is what the value may be, for which `sign` fails with an `other` value."""
        way_out = (
            "ask first what it is, such as `is number`, `is string` or `is mapping`"
        )
        if {kind, other} <= {"a number", "a text"}:
            filters = "string" if other == "a text" else "int"
            way_out = f"convert it, `{path} | {filters}`, or ask first what it is"
        return cls.diagnose(
            f"`{path}` is of type `{type_}`, and where it is {kind}, `{sign}` does not "
            f"work with {other}",
            label,
            help=way_out,
        )

    @classmethod
    def method(
        cls, path: str, type_: str, kind: str, method: str, label: Label
    ) -> Diagnostic:
        """`kind` is what the value may be that has no such `method`, as texts have."""
        return cls.diagnose(
            f"`{path}` is of type `{type_}`, and where it is {kind}, it has no "
            f"`.{method}()`",
            label,
            help=f"convert it, `({path} | string).{method}()`, or ask first what it is",
        )
