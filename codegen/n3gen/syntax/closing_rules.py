"""Rules of quotes and brackets that are not closed: N107, N108."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["UnterminatedBracket", "UnterminatedQuote"]


class UnterminatedQuote(Rule):
    """A quote that is not closed

    A quoted text ends on the line on which it begins. A text of several lines
    is a block text: `|` keeps its lines, `>` joins them.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "hello
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N107"
    name = "unterminated-quote"

    @classmethod
    def of(cls, quote: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"this `{quote}` is not closed",
            label,
            help=f"close it with `{quote}`; for several lines write `|` after the `:`",
        )

    @classmethod
    def of_file(cls, quote: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"this `{quote}` is not closed before the file ends",
            label,
            help=f"close it with `{quote}`",
        )


class UnterminatedBracket(Rule):
    """A bracket that is not closed

    A list or a mapping in brackets may run over several lines, so all that follows
    an open bracket would be taken for its items.

    Wrong:

    ```ai
    chain greet:
        result: ["{{ hello }}", 5
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        result: ["{{ hello }}", 5]
        step hello:
            value: "hello"
    ```
    """

    code = "N108"
    name = "unterminated-bracket"

    CLOSING = {"[": "]", "{": "}", "(": ")"}  # noqa: RUF012

    @classmethod
    def of(cls, opening: str, label: Label, *others: Label) -> Diagnostic:
        return cls.diagnose(
            f"this `{opening}` is not closed",
            label,
            *others,
            help=f"close it with `{cls.CLOSING[opening]}`",
        )

    @classmethod
    def by_comment(cls, opening: str, label: Label, comment: Label) -> Diagnostic:
        """A `#` has taken what would have closed it."""
        return cls.diagnose(
            f"this `{opening}` is not closed",
            label,
            comment,
            help="a `#` after a space begins a comment: put the text that has it in quotes",
        )
