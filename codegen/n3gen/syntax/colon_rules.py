"""Takes lines that lack a colon; hands on what is wrong with them: N110."""

from __future__ import annotations

import unicodedata

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["MissingColon", "named"]

_WIDE_COLONS = frozenset("\uff1a\ufe55\ua789\u2236")
"""Characters that look like a colon and are none."""

_COMMENTS = ("//", "/*", "--", ";")
_USES = ("import", "include", "from")


def named(char: str) -> str:
    """A character for a message, by its number and its name."""
    name = unicodedata.name(char, "no name").lower()
    return f"U+{ord(char):04X} ({name})"


class MissingColon(Rule):
    """A line without its colon

    A key has a `:` and a blank between itself and its value; a block's first
    line ends in `:`.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N110"
    name = "missing-colon"

    @classmethod
    def of_key(cls, text: str, label: Label) -> Diagnostic:
        word, _, rest = text.partition(" ")
        if ":" in word and not rest:
            return cls._no_blank(word, label)
        wide = next((char for char in text if char in _WIDE_COLONS), None)
        if wide is not None:
            return cls.diagnose(
                f"`{wide}` is {named(wide)}, not a `:`",
                label,
                help=f"write `{text.replace(wide, ':', 1)}`",
            )
        shown = f"`{word}: {rest.strip()}`" if word and rest else "`key: value`"
        way_out = f"write {shown}"
        if text.startswith(_COMMENTS):
            way_out = "a comment begins with `#`"
        elif word in _USES and rest:
            way_out = f"to use another file, write `use {rest.strip()}`"
        return cls.diagnose("this line has no `:` behind a key", label, help=way_out)

    @classmethod
    def _no_blank(cls, word: str, label: Label) -> Diagnostic:
        key, _, value = word.partition(":")
        message = "a blank is missing after the `:`"
        if value[:1].isspace():
            message = f"after the `:` stands {named(value[0])}, not a plain blank"
            value = value.strip()
        way_out = f"write `{key}: {value}`" if key and value else None
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def of_block(cls, word: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the first line of this `{word}` does not end in `:`",
            label,
            help="add a `:` here",
        )

    @classmethod
    def in_braces(cls, key: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` has no `:` and no value", label, help=f"write `{key}: value`"
        )
