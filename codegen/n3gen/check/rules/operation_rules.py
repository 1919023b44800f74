"""Rules of operations, loops and fields that the types of values rule out."""

from __future__ import annotations

from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["ImpossibleOperation", "MayBeNone", "NoItems"]

_NUMBERS: Final = "turn a text into a number with `| int` or `| float`"
_WAYS_OUT: Final = (
    ("a list", "write an item that is added to a list in brackets: `list + [item]`"),
    ("a text", "write `~` to join them to a text, or `| int` to calculate with one"),
)
"""What to write instead of a `+`, by what is on either side."""


class ImpossibleOperation(Rule):
    """An operation that the types rule out

    `+` adds numbers, joins texts or joins lists; `-`, `*` and `/` calculate. Where the
    types say that a value is anything else, the step would fail in every run.

    Wrong:

    ```ai
    chain count:
        input: {name: str, age: int}
        step next:
            value: "{{ payload.name + payload.age }}"
    ```

    Right:

    ```ai
    chain count:
        input: {name: str, age: int}
        step next:
            value: "{{ payload.name ~ payload.age }}"
    ```
    """

    code = "N541"
    name = "impossible-operation"

    @classmethod
    def of(cls, sign: str, left: Label, right: Label) -> Diagnostic:
        """The labels say what the sides are, such as `a text`."""
        is_same = left.text == right.text
        both = f"two {left.text[2:]}s" if is_same else f"{left.text} and {right.text}"
        ways_out = (way for kind, way in _WAYS_OUT if kind in (left.text, right.text))
        return cls.diagnose(
            f"`{sign}` does not work with {both}",
            left,
            right,
            help=next(ways_out, None) if sign == "+" else _NUMBERS,
        )

    @classmethod
    def sign(cls, sign: str, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{sign}` is before {what}, which is not a number",
            label,
            help=_NUMBERS,
        )


class MayBeNone(Rule):
    """A calculation with what may be none

    A value of a type such as `int?` is none where nothing is given, and the step would
    fail then. `default` says what is taken instead. A condition that reads the value
    (`when`, `if`, `a if b else c`) is trusted to look after it from there on, unless it
    is the place that fails, as `if payload.number > 3` is.

    Wrong:

    ```ai
    chain page:
        input: {number: int?}
        step next:
            value: "{{ payload.number + 1 }}"
    ```

    Right:

    ```ai
    chain page:
        input: {number: int?}
        step next:
            value: "{{ (payload.number | default(0)) + 1 }}"
    ```
    """

    code = "N542"
    name = "may-be-none"
    severity = Severity.WARNING

    @classmethod
    def operand(
        cls, path: str, sign: str, fallback: str | None, label: Label
    ) -> Diagnostic:
        """`fallback` is a value of the type that has a literal, such as `0`."""
        return cls.diagnose(
            f"`{path}` may be none, for which `{sign}` fails",
            label,
            help=(
                f"write `({path} | default({fallback}))`"
                if fallback
                else f"ask for it first: `{path} is not none and ...`"
            ),
        )

    @classmethod
    def items(cls, path: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` may be none, which has no items",
            label,
            help=f"write `{path} | default([])`",
        )


class NoItems(Rule):
    """A loop over what has no items

    `for` goes through the items of a list, or through the keys of a mapping. A text is
    one value: whoever wants its letters or its lines says so.

    Wrong:

    ```ai
    chain letters:
        input: {word: str}
        for letter in payload.word:
            step say:
                value: "{{ letter }}"
    ```

    Right:

    ```ai
    chain letters:
        input: {word: str}
        for letter in payload.word | list:
            step say:
                value: "{{ letter }}"
    ```
    """

    code = "N543"
    name = "no-items"

    @classmethod
    def of(cls, path: str, kind: str, label: Label, way_out: str) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is {kind}, which has no items", label, help=way_out
        )

    @classmethod
    def literal(cls, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`in` is {what}, which has no items",
            label,
            help="write a list, such as `[1, 2, 3]` or `range(3)`",
        )
