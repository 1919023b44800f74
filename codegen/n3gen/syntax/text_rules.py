"""Rules of characters and texts: N101, N102, N106, N109."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.syntax.foreign_texts import (
    defaulted_text,
    joined_text,
    joined_within,
    negated_name,
)
from n3gen.syntax.meant_texts import other_quotes

__all__ = [
    "BadEscape",
    "ControlCharacter",
    "NotText",
    "UnexpectedText",
]

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}", re.ASCII)
"""Half of a pair by which JSON writes a character beyond the first 65,536."""

_OPERATOR: Final = re.compile(r"[=!]=|<=?|>=?|~|(?:and|or|in|is|not)\s")
"""How what follows the first operand of an expression begins."""

_TYPE_BEFORE: Final = re.compile(r"[:,\[{]\s*(\w+)\[\Z")
"""A word with a `[` at once behind it, as types have one."""

_OR: Final = re.compile(r"\||or\b")
_COUNT: Final = re.compile(r"\b(parallel|max):\Z")
"""A word of a first line behind which a number stands without a colon."""


class NotText(Rule):
    """A file that is not text

    A spec is UTF-8 text. A zero byte, bytes that are not UTF-8 and the character
    U+FFFD, which stands for such bytes, mean that the file is something else or
    was saved in another encoding.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "caf\ufffd"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "caf\u00e9"
    ```
    """

    code = "N101"
    name = "not-text"

    @classmethod
    def of(cls, char: str, label: Label) -> Diagnostic:
        if char == "\0":
            return cls.diagnose(
                "this file is not text: it has a zero byte",
                label,
                help="a spec file is text in UTF-8",
            )
        return cls.diagnose(
            "this file is not UTF-8: U+FFFD replaces what could not be read here",
            label,
            help="save the file as UTF-8; write the character that was meant",
        )


class ControlCharacter(Rule):
    """A character that a reader cannot see

    Control characters, and marks that turn the direction of writing, make a
    review lie: the text that one sees is not the text that runs. In double
    quotes they can be written as escapes, where everybody sees them.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "hello\ufeff world"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello\\ufeff world"
    ```
    """

    code = "N102"
    name = "control-character"

    @classmethod
    def of(cls, char: str, label: Label) -> Diagnostic:
        code = ord(char)
        named = unicodedata.name(char, "a control character").lower()
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        return cls.diagnose(
            f"a spec may not contain U+{code:04X} ({named}) as such",
            label,
            help=f'remove it, or write it as `{escape}` in double quotes ("...")',
        )


class UnexpectedText(Rule):
    """Text where nothing more can stand

    A value ends where its quote or bracket closes, and a bare text holds no sign
    that could mean something else. What comes after would be lost silently.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "hello" "world"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello world"
    ```
    """

    code = "N106"
    name = "unexpected-text"

    @classmethod
    def after(cls, what: str, label: Label, way_out: str | None = None) -> Diagnostic:
        text = label.file.text[label.span.start : label.span.end]
        if text in (",", ";") and way_out is None:
            way_out = f"remove the `{text}`"
        help_ = way_out or "take it out, or put the whole value in quotes"
        return cls.diagnose(f"nothing can follow {what} here", label, help=help_)

    @classmethod
    def after_colon(cls, keyed: str, label: Label) -> Diagnostic:
        """For text behind a block's colon, where keys in braces can stand if `keyed`."""
        text = label.file.text[label.span.start : label.span.end]
        way_out = "write it on the next line, indented"
        before = label.file.text[: label.span.start].rstrip().rpartition("\n")[2]
        if (found := _COUNT.search(before)) and text.rstrip(":").isdecimal():
            way_out = f"write `{found[1]} {text.rstrip(':')}:`"
        elif text.isidentifier() and keyed not in ("step", "stage", "on_error"):
            step = f"step some_name: {{target: {text}}}"
            way_out = f"steps stand on the next lines, indented: `{step}`"
        if keyed in ("step", "stage") and text.isidentifier():
            way_out = f"what a step calls is its target: `{{target: {text}}}`"
        elif keyed == "on_error":
            way_out = "write the steps that run instead on the next lines, indented"
        elif keyed in ("step", "stage") and text[0] in "\"'" and text[-1] == text[0]:
            way_out = f"write which key it is, such as `{{value: {text}}}`"
        elif keyed:
            way_out = (
                f"the keys of a {keyed} go in braces, or indented on the next lines"
            )
        return cls.after("the `:`", label, way_out)

    @classmethod
    def after_quote(cls, quote: str, label: Label) -> Diagnostic:
        text = label.file.text[label.span.start : label.span.end]
        way_out = None
        if joined := joined_text(label.file.text[: label.span.start], text):
            way_out = f"write values in the text itself: `{joined}`"
        elif text.startswith("|"):
            way_out = "a choice among texts is `one of [a, b]`"
        elif text.startswith("=") and not text.startswith("=="):
            way_out = "a type stands without quotes, and a default behind it: `list[str] = []`"
        elif _OPERATOR.match(text):
            way_out = (
                "write the expression without quotes around it and `{{ }}` in it, "
                "such as `payload.a == 'x'`"
            )
        elif quote in text:
            way_out = cls._inner_quotes(label.file.text, label.span.start, quote)
        return cls.after("the closing quote", label, way_out)

    @classmethod
    def _inner_quotes(cls, text: str, at: int, quote: str) -> str:
        """How quotes are written inside of a text in the `quote` that ends before `at`."""
        if template := other_quotes(text, at):
            return f"write other quotes inside the text: `{template}`"
        other = "double quotes" if quote == "'" else "single quotes"
        inner = '`\\"`' if quote == '"' else "`''`"
        return f"write {inner} for a quote inside the text, or put all of it in {other}"

    @classmethod
    def fence(cls, fence: str, text: str, label: Label) -> Diagnostic:
        """Three quotes or backticks around `text`."""
        way_out = "write `|` after the `:` and the text on the lines below, indented"
        if "\n" not in text and fence != "```":
            way_out = f"write one quote: `{fence[0]}...{fence[0]}`"
        shown = "three backticks" if fence == "```" else f"`{fence}`"
        return cls.diagnose(f"a text cannot begin with {shown}", label, help=way_out)

    @classmethod
    def starts(cls, char: str, label: Label) -> Diagnostic:
        shown = "a backtick" if char == "`" else f"`{char}`"
        negated = negated_name(label.file.text, label.span.start)
        way_out = f"write `not {negated}`" if negated else "put the text in quotes"
        message = f"a text without quotes cannot begin with {shown}"
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def colon(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "a text without quotes cannot contain `: `, which reads like a key",
            label,
            help="put the text in quotes, or the key on a line of its own",
        )

    @classmethod
    def colon_in_brackets(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "a text without quotes cannot contain `: `, which reads like a key",
            label,
            help="separate items by `,`, or put the text in quotes",
        )

    @classmethod
    def between(cls, wanted: str, label: Label) -> Diagnostic:
        text, way_out = label.file.text, None
        if wanted.startswith("`,`") and _OR.match(text, label.span.start):
            way_out = 'write `,` between values, as `"a", "b"`'
        return cls.diagnose(f"{wanted} was expected here", label, help=way_out)

    @classmethod
    def no_comma(cls, closing: str, label: Label) -> Diagnostic:
        """An item in brackets right after another."""
        text, start = label.file.text, label.span.start
        if found := _TYPE_BEFORE.search(text, 0, start + 1):
            rest = text[start : text.find("]", start) + 1]
            meant = f"list[{found[1]}]" if rest == "[]" else f"{found[1]}{rest}"
            return cls.diagnose(
                "inside braces, a text without quotes ends at a `[`",
                label,
                help=f'put it in quotes: `"{meant}"`',
            )
        quote = text[start - 1]
        if quote in "\"'" and text[start] not in "\"'":
            way_out = cls._inner_quotes(text, start, quote)
            return cls.after("the closing quote", label, way_out)
        if joined := joined_within(text, start):
            way_out = f"write values in the text itself: `{joined}`"
            return cls.after("the closing quote", label, way_out)
        way_out = "separate items by `,`"
        if whole := defaulted_text(text, start):
            way_out = f"put the default into the quotes: `{whole}`"
        message = f"a `,` or a `{closing}` is missing before this"
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def slashes(cls, label: Label) -> Diagnostic:
        mark = label.file.text[label.span.start : label.span.end]
        return cls.diagnose(
            f"`{mark}` begins no comment", label, help="a comment begins with `#`"
        )

    @classmethod
    def only(
        cls, what: str, where: str, label: Label, way_out: str | None = None
    ) -> Diagnostic:
        return cls.diagnose(f"only {what} can be in {where}", label, help=way_out)


class BadEscape(Rule):
    r"""An escape that does not exist

    In double quotes a backslash begins an escape: `\n`, `\t`, `\"`, `\\`,
    `\u00e9`. In single quotes it is a character like any other.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "C:\dir"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: 'C:\dir'
    ```
    """

    code = "N109"
    name = "bad-escape"

    @classmethod
    def of(cls, escape: str, label: Label) -> Diagnostic:
        if _SURROGATE.fullmatch(escape):
            return cls.diagnose(
                f"`{escape}` is half of a character, which no text can have",
                label,
                help="write the character itself, or `\\U` and its eight digits",
            )
        return cls.diagnose(
            f"`{escape}` is not an escape",
            label,
            help="write `\\\\` for a backslash, or use single quotes",
        )
