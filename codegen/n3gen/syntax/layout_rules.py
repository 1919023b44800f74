"""Rules of indentation: N103 to N105."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.syntax.colon_rules import named

__all__ = ["BadDedent", "BadIndent", "TabIndentation"]


class TabIndentation(Rule):
    """A tab that indents a line

    How wide a tab is depends on the editor, so that two people see two
    structures. Lines are indented with spaces, any number of them; no-break spaces,
    which slip in with copied text, are not spaces either.

    Wrong:

    ```ai
    chain greet:
    ␉step hello:
    ␉␉value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N103"
    name = "tab-indentation"

    @classmethod
    def at(cls, label: Label, blank: str = "\t") -> Diagnostic:
        shown = "a tab" if blank == "\t" else named(blank)
        return cls.diagnose(
            f"this line is indented with {shown}",
            label,
            help="indent with spaces",
        )


class BadIndent(Rule):
    """A line that is deeper than those beside it

    Lines of one block begin in one column. A deeper line belongs to the line
    above it, and that one is complete. A text of several lines begins below its
    key, after `|` (lines are kept) or `>` (lines are joined).

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: value
              value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            kind: value
            value: "hello"
    ```
    """

    code = "N104"
    name = "bad-indent"

    @classmethod
    def of(cls, width: int, expected: int, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"this line is indented by {width}, and its block by {expected}",
            label,
            help=f"indent it by {expected}, or by more only under a line that ends in `:`",
        )

    @classmethod
    def of_text(cls, column: int, indent: int, label: Label) -> Diagnostic:
        """A line of a block text that is not deep enough.

        `column` is that of its key, `indent` that of its first line, 0 for this one.
        """
        way_out = f"indent all lines of the text alike, by more than {column}"
        if indent:
            way_out = f"indent it by {indent}, like the first line of the text"
        return cls.diagnose(
            "this line is not indented enough to belong to the text above it",
            label,
            help=way_out,
        )

    @classmethod
    def goes_on(cls, key: str, label: Label, beside: Label) -> Diagnostic:
        """A line that goes on a value which is complete on the line of its key."""
        return cls.diagnose(
            f"the value of `{key}` ends on its line, and this line goes on below it",
            label,
            Label(beside.file, beside.span, "the key"),
            help=f"for several lines write `{key}: |`, and all of the text below it, indented",
        )


class BadDedent(Rule):
    """A line that goes back to a column where no block began

    Indentation alone says what a line belongs to. A line that stands between two
    blocks could belong to either, so it is not guessed.

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: value
          value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            kind: value
            value: "hello"
    ```
    """

    code = "N105"
    name = "bad-dedent"

    @classmethod
    def of(cls, width: int, levels: tuple[int, int], label: Label) -> Diagnostic:
        """`levels` are the columns on both sides, the outer one -1 at the top."""
        outer, inner = levels
        above = label.file.text[: label.span.start].rstrip().rpartition("\n")[2]
        beside = "line" if len(above) - len(above.lstrip()) == inner else "block"
        known = f"{inner}"
        if outer >= 0:
            known = f"{inner}, like the {beside} above, or by {outer}"
        return cls.diagnose(
            f"this line is indented by {width}, but no block around it is",
            label,
            help=f"indent it by {known}",
        )
