"""Rules of operations, loops and fields that the types of values rule out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["ImpossibleOperation", "MayBeNone", "NoItems"]

_NUMBERS: Final = "turn a text into a number with `| int` or `| float`"
_TIMES: Final = ("a date", "a datetime", "a duration")
_WAYS_OUT: Final = (
    ("a list", "write an item that is added to a list in brackets: `list + [item]`"),
    ("a text", "write `~` to join them to a text, or `| int` to calculate with one"),
)
"""What to write instead of a `+`, by what is on either side."""


class ImpossibleOperation(Rule):
    """An operation that the types rule out

    `+` adds numbers, joins texts or joins lists; `-`, `*` and `/` calculate. A date or
    a datetime and a duration make another one, two of one type a duration. `length` is
    of texts, lists and mappings, `round` of numbers, and so on. Where the types say that
    a value is anything else, the step would fail in every run.

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
        kinds = (left.text, right.text)
        ways_out = (way for kind, way in _WAYS_OUT if kind in kinds)
        way_out = next(ways_out, None) if sign == "+" else _NUMBERS
        if {*kinds} == {"a date", "a datetime"}:
            way_out = "write `.date()` behind the datetime"
        elif {*kinds} & {*_TIMES}:
            way_out = (
                "a time and a `duration` make another time, and two times of one type "
                "a duration; `.timestamp()` of a datetime is a number of seconds"
            )
        return cls.diagnose(
            f"`{sign}` does not work with {both}", left, right, help=way_out
        )

    @classmethod
    def given(
        cls, name: str, wanted: str, what: str, label: Label, way_out: str | None = None
    ) -> Diagnostic:
        """A filter, a function or an operator is given `what`, and takes what is `wanted`."""
        return cls.diagnose(
            f"`{name}` takes {wanted}, not {what}",
            label,
            help=way_out or f"give it {wanted}",
        )

    @classmethod
    def unlike(cls, name: str, one: str, other: str, label: Label) -> Diagnostic:
        """The arguments of a function, which it compares, are of two kinds."""
        return cls.diagnose(
            f"`{name}` compares {one} with {other}, which have no order",
            label,
            help="give it values of one kind, converted by `| int`, `| float` or `| string`",
        )

    @classmethod
    def looked_for(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "a text holds texts alone, and `in` looks for something else in one",
            label,
            help="convert it: `| string`",
        )

    @classmethod
    def sign(cls, sign: str, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{sign}` is before {what}, which is not a number",
            label,
            help=_NUMBERS,
        )


class MayBeNone(Rule):
    """A use of what may be none

    A value of a type such as `int?` is none where nothing is given, and so is that of a
    step that is skipped, that another one cancels, that sends an actor a `tell`, that
    calls a Python function which says `-> None`, or that
    a `depends_on` with `any`, `count` or `ended` names and that fails or has not ended
    yet. In an `on_error` clause
    or a `finally`, the steps of the body may not have run. What calculates with none,
    reads a field of it or counts its items (`| length`, `x.kind`, `x[0]`, `"a" in x`)
    fails, and so does `| sum` or `| sort` of a list in which an item is none; none
    cannot be embedded, and is no file or picture. `default` says what is taken instead:
    `(x | default(""))` before what fails, as `x.upper() | default("")` fails all the same,
    and `reject('none')` leaves such items out. A condition that reads the value (`when`, `if`, `a if b else c`) is
    trusted to look after it from there on, unless it is the place that fails, as
    `if payload.number > 3` is, or has said that there is none, as `when: x is none` and
    the `else` behind `if x` do; so is one that reads what the `when` of a step has read
    that may be skipped.

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
        way_out = f"ask for it first: `{path} is not none and ...`"
        if fallback:
            way_out = f"write `({path} | default({fallback}))`"
        elif sign.startswith(".") and not sign.endswith("()"):
            way_out = f"write `{path}{sign} | default(...)`, or ask for it first"
        return cls.diagnose(
            f"`{path}` may be none, for which `{sign}` fails", label, help=way_out
        )

    @classmethod
    def given(cls, path: str, key: str, label: Label, *, is_list: bool) -> Diagnostic:
        """The value is what a model call is given under `key`."""
        way_out = f"give the step `when: {path} is not none`"
        if is_list:
            way_out = f"write `{path} | default([])`"
        return cls.diagnose(
            f"`{path}` may be none, for which `{key}` fails", label, help=way_out
        )

    @classmethod
    def error(cls, path: str, field: str, label: Label) -> Diagnostic:
        """`path` is the error of a step or of the run, of which a field is read."""
        status = f"{path.removesuffix('.error')}.status"
        return cls.diagnose(
            f"`{path}` is none where nothing has failed, and `{field}` fails then",
            label,
            help=f"ask first, such as by `when: {status} == 'error'`, or write "
            f"`{path}{field} | default(...)`",
        )

    @classmethod
    def skipped(
        cls, name: str, sign: str, why: str, label: Label, there: Label
    ) -> Diagnostic:
        """The value of a step is used by `sign`; `why` says when it is none."""
        used = f"{name}{sign}" if sign.startswith((".", "[")) else sign
        is_field = sign.startswith(".") and not sign.endswith("()")
        way_out = f"`{used if is_field else name} | default(...)`"
        way_out = (
            f"ask first, such as by `when: {name} is not none`, or write {way_out}"
        )
        return cls.diagnose(
            f"`{name}` is none {why}, and `{used}` fails then",
            label,
            there,
            help=way_out,
        )

    @classmethod
    def empty(
        cls, name: str, why: str, label: Label, places: Iterable[Label], way_out: str
    ) -> Diagnostic:
        """Nothing is ever under the name, and what reads it expects something."""
        message = f"`{name}` is always none: {why}"
        return cls.diagnose(message, label, *places, help=way_out)

    @classmethod
    def item(cls, what: str, sign: str, label: Label, way_out: str) -> Diagnostic:
        """`what` is an item of a list, or a field of one."""
        return cls.diagnose(
            f"{what} may be none, for which `{sign}` fails",
            label,
            help=f"leave it out: `{way_out}`",
        )

    @classmethod
    def round(
        cls, name: str, sign: str, why: str, label: Label, there: Label, way_out: str
    ) -> Diagnostic:
        return cls.diagnose(
            f"a round of `{name}` is none {why}, and `{sign}` fails then",
            label,
            there,
            help=f"leave it out: `{way_out}`",
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

    `for` goes through the items of a list, or through the keys of a mapping, and so does
    a `{% for %}`. A text is one value: whoever wants its letters or its lines says so.

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
