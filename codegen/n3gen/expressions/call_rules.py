"""Rules of filters, tests and functions: N503 to N505, N510."""

from __future__ import annotations

from n3gen.diagnostics import Rule
from n3gen.expressions.model import Fault

__all__ = [
    "BadPattern",
    "UnknownFilter",
    "UnknownFunction",
    "UnknownTest",
    "WrongArguments",
]


class UnknownFilter(Rule):
    """A filter that does not exist

    Templates have the filters of Jinja that make sense on data, such as `join`,
    `length`, `upper`, `default`, `tojson` and `truncate`. Filters for HTML and
    those that give another result each time are left out.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name | uper }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name | upper }}"
    ```
    """

    code = "N503"
    name = "unknown-filter"

    @classmethod
    def of(cls, name: str, start: int, end: int, meant: str | None) -> Fault:
        way = "filters are those of Jinja that make sense on data"
        return Fault(cls, f"no filter is called `{name}`", start, end, way, meant=meant)

    @classmethod
    def elsewhere(cls, name: str, start: int, end: int, way_out: str) -> Fault:
        """For what the language has, but not as a filter."""
        return Fault(cls, f"no filter is called `{name}`", start, end, way_out)

    @classmethod
    def left_out(cls, name: str, why: str, start: int, end: int) -> Fault:
        return Fault(cls, f"`{name}` is not a filter of n3gen: {why}", start, end)


class UnknownTest(Rule):
    """A test that does not exist

    What follows `is` is a test: `defined`, `none`, `number`, `string`, `mapping`,
    `sequence`, `even`, `odd`, `divisibleby`, `in` and a few more.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{{ payload.name is defned }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "{{ payload.name is defined }}"
    ```
    """

    code = "N504"
    name = "unknown-test"

    @classmethod
    def of(
        cls, name: str, start: int, end: int, meant: str | None, way: str = ""
    ) -> Fault:
        way = way or f"to compare with a text, write `== {name!r}`"
        return Fault(cls, f"no test is called `{name}`", start, end, way, meant=meant)


class UnknownFunction(Rule):
    """A call of something that expressions cannot call

    There are a few functions, such as `len`, `range` and `sum`, and the plain
    methods of texts, lists and mappings, such as `upper`, `split` and `items`.
    Code of your own belongs into a `python` step.

    Wrong:

    ```ai
    chain count:
        step words:
            value: "{{ length(payload.words) }}"
    ```

    Right:

    ```ai
    chain count:
        step words:
            value: "{{ len(payload.words) }}"
    ```
    """

    code = "N505"
    name = "unknown-function"

    @classmethod
    def of(cls, name: str, start: int, end: int, meant: str | None) -> Fault:
        way = "call code of your own in a step of kind `python`"
        return Fault(
            cls, f"no function is called `{name}`", start, end, way, meant=meant
        )

    @classmethod
    def elsewhere(cls, name: str, start: int, end: int, way: str) -> Fault:
        """For what other languages call, and this one says in another way."""
        return Fault(cls, f"no function is called `{name}`", start, end, way)

    @classmethod
    def method(
        cls, name: str, start: int, end: int, way: str = "", meant: str | None = None
    ) -> Fault:
        way = way or "call code of your own in a step of kind `python`"
        return Fault(
            cls, f"expressions cannot call `.{name}()`", start, end, way, meant=meant
        )

    @classmethod
    def value(cls, start: int, end: int) -> Fault:
        what = "only functions and methods can be called, by their names"
        return Fault(cls, what, start, end)

    @classmethod
    def stream(cls, start: int, end: int) -> Fault:
        what = "`stream` goes in a `for`, with the name of a function in quotes"
        way = 'write `for item in stream("package.module:function", argument=1)`'
        return Fault(cls, what, start, end, way)


class WrongArguments(Rule):
    """A filter, a test or a function that is not given what it takes

    Calls are checked when the chain is built, so that a wrong argument is found
    before the chain has spent time and money on the steps before it.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{{ payload.name | truncate(len=20) }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "{{ payload.name | truncate(length=20) }}"
    ```
    """

    code = "N510"
    name = "wrong-arguments"

    @classmethod
    def of(cls, what: str, start: int, end: int, hint: str | None = None) -> Fault:
        return Fault(cls, what, start, end, hint)

    @classmethod
    def unknown(
        cls,
        what: str,
        name: str,
        place: tuple[int, int],
        meant: str | None,
        known: str = "",
    ) -> Fault:
        """`known` says what it takes, if it takes any."""
        message = f"{what} takes no argument `{name}`"
        return Fault(cls, message, *place, known or "leave it out", meant=meant)


class BadPattern(Rule):
    r"""A pattern that is not a regular expression

    The filters `regex_find`, `regex_findall`, `regex_replace` and `regex_test` take
    Python's regular expressions. In a text of an expression most backslashes stay as
    they are, `\d`, but `\b` and `\1` are control characters, as in Python: write `\\b`
    and `\\1`. In a value that is in double quotes each of them is doubled again.

    Wrong:

    ```ai
    chain find:
        step number:
            value: "{{ payload.text | regex_find('([0-9]+') }}"
    ```

    Right:

    ```ai
    chain find:
        step number:
            value: "{{ payload.text | regex_find('([0-9]+)') }}"
    ```
    """

    code = "N534"
    name = "bad-pattern"

    @classmethod
    def of(cls, message: str, start: int, end: int) -> Fault:
        what = f"this pattern is not a regular expression: {message}"
        hint = "put `\\` before a sign that stands for itself"
        return Fault(cls, what, start, end, hint)

    @classmethod
    def control(cls, sign: str, start: int, end: int) -> Fault:
        """`sign` is the letter or the digit behind the backslash."""
        what = f"`\\{sign}` is a control character in a text of an expression"
        hint = f"write `\\\\{sign}`, and in a value in double quotes `\\\\\\\\{sign}`"
        return Fault(cls, what, start, end, hint)

    @classmethod
    def replacement(cls, message: str, start: int, end: int) -> Fault:
        what = f"this replacement does not fit its pattern: {message}"
        hint = "refer to groups that the pattern has, by `\\\\1` or `\\\\g<name>`"
        return Fault(cls, what, start, end, hint)
