"""Rules of comparisons with what a value never is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["ImpossibleComparison"]


_CONVERSIONS: Final = {
    **dict.fromkeys(
        ("str", "int", "float", "bool"),
        "convert it: `| string`, `| int`, `| float`",
    ),
    "date": "take its text, `{0}.isoformat()`",
    "datetime": "take its seconds, `{0}.timestamp()`",
    "duration": "take its seconds, `{0}.total_seconds()`",
    **dict.fromkeys(("list", "dict"), "take its length, `{0} | length`"),
}
"""What of a value can be compared with other types, by its type."""


class ImpossibleComparison(Rule):
    """A comparison that the types rule out

    Where a type, such as that which a Python function says it returns, says what a
    value can be, a comparison with anything else is always
    false, or fails when the chain runs: a slip in one of the choices, a number where
    a text is meant. So is a test by name, in `selectattr('label', '==', 'invoce')`,
    `select('in', [...])` or `x is eq(3)`.

    Wrong:

    ```ai
    type Sorted:
        label: one of [invoice, letter]

    connection models:
        api: local

    chain sort:
        step sorted:
            prompt: "Sort {{ payload.text }}"
            output: Sorted
        if sorted.label == "invoce":
            step pay:
                value: "paid"
    ```

    Right:

    ```ai
    type Sorted:
        label: one of [invoice, letter]

    connection models:
        api: local

    chain sort:
        step sorted:
            prompt: "Sort {{ payload.text }}"
            output: Sorted
        if sorted.label == "invoice":
            step pay:
                value: "paid"
    ```
    """

    code = "N525"
    name = "impossible-comparison"

    @classmethod
    def choice(
        cls,
        path: str,
        value: str,
        choices: Sequence[str],
        label: Label,
        meant: str | None,
    ) -> Diagnostic:
        listed = ", ".join(f"`{choice}`" for choice in choices[:8])
        more = ", ..." if len(choices) > 8 else ""
        return cls.diagnose(
            f"`{path}` is never `{value}`",
            label,
            help=f"it is one of {listed}{more}",
            meant=meant,
        )

    @classmethod
    def member(cls, path: str, type_: str, value: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is a list of `{type_}`, and never holds {value}",
            label,
            help=f"look for what is of type `{type_}`",
        )

    @classmethod
    def of(cls, path: str, kind: str, value: str, label: Label) -> Diagnostic:
        """`path` is of a `kind`; `value` says what the other side is, such as `a text`."""
        way_out = "compare a field of it"
        if kind.startswith("of type"):
            kind = kind.replace(" | none", "")  # none is asked for anywhere
            base = kind.split("`")[1].split(" |")[0].split("[")[0]
            conversions = _CONVERSIONS.get(base)
            if base == "date" and value.endswith("`datetime`"):
                conversions = "with the day of the other, `.date()`"
            elif base in ("date", "datetime") and not value.startswith("a "):
                conversions = None if base == "date" else "take its day, `{0}.date()`"
            way_out = f"compare it with what is {kind}"
            way_out += f", or {conversions.format(path)}" if conversions else ""
        if kind == "of type `bool`" and value == "a text":
            way_out = f"read it alone, `{path}`, or its opposite, `not {path}`"
        elif kind in ("of type `date`", "of type `datetime`") and value == "a text":
            way_out = (
                f"compare it with a {kind.removeprefix('of type ')}, or its text, "
                f"`{path}.isoformat()`, with this one"
            )
        return cls.diagnose(
            f"`{path}` is {kind}, and is compared with {value}",
            label,
            help=way_out,
        )

    @classmethod
    def status(cls, path: str, value: str, status: str, label: Label) -> Diagnostic:
        """`path` is the kind of an error, which is asked for a `status`."""
        return cls.diagnose(
            f"`{path}` is a word, such as `timeout`, and never `{value}`",
            label,
            help=f"a status of HTTP is a number: compare `{status}` with it",
        )

    @classmethod
    def nothing(cls, path: str, kind: str, word: str, label: Label) -> Diagnostic:
        """`word` is what expressions call nothing, and is a text in a case."""
        return cls.diagnose(
            f"`{path}` is {kind}, and is compared with the text `{word}`",
            label,
            help="write `case null` for nothing",
        )

    @classmethod
    def whole(
        cls, path: str, kind: str, value: str, fields: Sequence[str], label: Label
    ) -> Diagnostic:
        """`path` has several values, of which `fields` are texts."""
        return cls.diagnose(
            f"`{path}` is {kind}, and is compared with {value}",
            label,
            help=f"compare a field of it: {', '.join(fields)}",
        )

    @classmethod
    def boolean(cls, path: str, value: str, label: Label) -> Diagnostic:
        """A text is compared with `true` or `false`."""
        return cls.diagnose(
            f"`{path}` is a text, and never `{value}`",
            label,
            help=f"compare it with a text: `{path} == '{value}'`",
        )

    @classmethod
    def failed(
        cls, path: str, status: str, kinds: str, step: str, label: Label
    ) -> Diagnostic:
        """The response of `step` is asked for a status with which the step fails."""
        return cls.diagnose(
            f"`{path}` is never {status}: a response with a status from 400 is an error",
            label,
            help=f"give step `{step}` a clause, `on_error [{kinds}]:`, which runs then",
        )

    @classmethod
    def recorded(cls, path: str, value: str, step: str, label: Label) -> Diagnostic:
        """What a response says is asked how `step` has ended."""
        return cls.diagnose(
            f"`{path}` is the status of a response, a number, and never `{value}`",
            label,
            help=f"how the step has ended is `steps.{step}.status`",
        )

    @classmethod
    def kinds(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "a text is compared with a number, and the two are never alike",
            label,
            help="convert one of them: `| string`, `| int`, `| float`",
        )
