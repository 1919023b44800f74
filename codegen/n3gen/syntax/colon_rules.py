"""The rule of lines without a colon: N110."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from n3gen.diagnostics import Diagnostic, Edit, Fix, Label, Rule, inserting
from n3gen.source import Span
from n3gen.syntax.arrows import NO_ARROWS, order_drawn
from n3gen.syntax.foreign_statements import value_step, way_of_statement

__all__ = ["KEYS_BESIDE_STEPS", "MissingColon", "named"]

_WIDE_COLONS = frozenset("\uff1a\ufe55\ua789\u2236")
"""Characters that look like a colon and are none."""

_OPENERS = ("do", "then", "begin")
"""What other languages end the first line of a block in."""

_COMMENTS = ("//", "/*", "--", ";")
_IMPORT = re.compile(r"(?:import|include)\s+(\S.*)|from\s+(\S+)")
_ASSIGNED = re.compile(r"([\w-]+)\s*(?P<sign>:=|=>|->|<-|=(?!=))\s*(?P<value>.*)")
_NO_BLANK = re.compile(r"[^\s:]*:(?!//|=)")
_COMPARED = re.compile(r"(\w[\w.-]*)\s*(===?|!=|[<>]=?)\s*(.+)")
_COUNTED = re.compile(r"(parallel|max)=(\d+)")
_DECLARED = re.compile(r"(?:let|var|const|set)\s+(\w+)\s*:?=\s*(.+)")
KEYS_BESIDE_STEPS = frozenset(
    (
        *("background", "batch", "budget", "description", "input", "key", "max_depth"),
        *("max_parallel", "name", "on_error", "parallel", "result", "schedule"),
        *("stagger", "steps", "timeout", "tolerate", "until"),
    )
)
"""The keys of chains and blocks that stand before their steps."""


def named(char: str) -> str:
    """A character for a message, by its number and its name."""
    name = unicodedata.name(char, "no name").lower()
    return f"U+{ord(char):04X} ({name})"


_COUNTS: Final = {"channel": "100", "limit": "10"}
"""Definitions that are a number, and one such as it may be."""


def _mended(label: Label, form: str, text: str) -> Fix | None:
    """The fix that writes `text` for what has a `form`, where it is first at a place."""
    span = label.span
    found = re.compile(form).search(label.file.text, span.start, span.end)
    return None if found is None else _written(label, found, text)


def _before(label: Label, form: str, text: str) -> Fix | None:
    """The fix that writes `text` for what has a `form` and ends where a place begins."""
    begin = label.file.text.rfind("\n", 0, label.span.start) + 1
    found = re.compile(form + r"\Z").search(label.file.text, begin, label.span.start)
    return None if found is None else _written(label, found, text)


def _written(label: Label, found: re.Match[str], text: str) -> Fix:
    return Fix(
        f"write `{text.strip()}`", (Edit(label.file, Span(*found.span()), text),)
    )


class MissingColon(Rule):
    """A line without its colon

    A key is followed by a `:`, a space and its value; a block's first line ends
    in `:`.

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
    def of_key(cls, text: str, label: Label, among_steps: bool = False) -> Diagnostic:
        """A line without a `:` behind its key, or among steps for something else."""
        if _NO_BLANK.match(text):
            return cls._no_blank(text, label)
        wide = next((char for char in text if char in _WIDE_COLONS), None)
        if wide is not None:
            return cls.diagnose(
                f"`{wide}` is {named(wide)}, not a `:`",
                label,
                help=f"write `{text.replace(wide, ':', 1)}`",
                fix=_mended(label, re.escape(wide), ":"),
            )
        if drawn := order_drawn(text):
            return cls.diagnose(NO_ARROWS, label, help=drawn)
        assigned = _ASSIGNED.fullmatch(text)
        if assigned and among_steps and assigned[1] not in KEYS_BESIDE_STEPS:
            way_out = value_step(assigned[1], assigned["value"])
            return cls.diagnose("a chain has no assignments", label, help=way_out)
        if assigned:
            written, sign = f"{assigned[1]}: {assigned['value']}", assigned["sign"]
            return cls.diagnose(
                f"a key and its value are separated by `:`, not by `{sign}`",
                label,
                help=f"write `{written.strip()}`",
                fix=_mended(label, rf"\s*{sign}\s*(?=[^\s;])", ": "),
            )
        way_out = cls._way_out(text)
        if among_steps and _COMPARED.fullmatch(text):
            way_out = (
                f"write `if {text}:` with steps below it, or `when: {text}` in a step"
            )
        return cls.diagnose("this line has no `:` after a key", label, help=way_out)

    @classmethod
    def _way_out(cls, text: str) -> str:
        word, _, rest = text.partition(" ")
        if text.startswith(_COMMENTS):
            return "a comment begins with `#`"
        if text == "dag":
            return "write `schedule: dag`"
        if text.startswith(('"""', "'''")):
            return "a comment begins with `#`; a chain can have a `description:`"
        if text.startswith("```"):
            return "remove this line, which is Markdown"
        if statement := way_of_statement(word):
            return statement
        if used := _IMPORT.match(text):
            return (
                f"to use another spec, write `use {used[1] or used[2]}`; a function of "
                "Python is the `target` of a step, as `package.module:function`"
            )
        if text.startswith("client<"):
            return "write `connection some_name:` with an `api:`"
        if declared := _DECLARED.fullmatch(text):
            return value_step(declared[1], declared[2])
        if compared := _COMPARED.fullmatch(text):
            return (
                f"a key has the value itself: write `{cls._keyed(*compared.groups())}`"
            )
        return f"write `{word}: {rest.strip()}`" if rest else "write `key: value`"

    @classmethod
    def _keyed(cls, path: str, sign: str, value: str) -> str:
        """A path of keys and its value, where that is known; else what stands for it."""
        key, *inner = path.split(".")
        value = value if sign in ("==", "===") else "value"
        for name in reversed(inner):
            value = f"{{{name}: {value}}}"
        return f"{key}: {value}"

    @classmethod
    def _no_blank(cls, text: str, label: Label) -> Diagnostic:
        key, _, value = text.partition(":")
        message = "a space is missing after the `:`"
        if value[:1].isspace():
            message = f"the `:` is followed by {named(value[0])}, not by a plain space"
            value = value.strip()
        if value[:1] in ("'", '"') and not value.endswith(value[0]):
            value = f"{value[0]}...{value[0]}"
        way_out = f"write `{key}: {value}`" if key and value else None
        fix = _mended(label, r":\s?(?=[^\s/])", ": ") if way_out else None
        return cls.diagnose(message, label, help=way_out, fix=fix)

    @classmethod
    def after_dash(cls, text: str, label: Label) -> Diagnostic:
        """An item of a YAML list without the space after its dash."""
        return cls.diagnose(
            "a space is missing after the `-`",
            label,
            help=f"write `- {text[1:]}`",
            fix=_mended(label, "-", "- "),
        )

    @classmethod
    def of_block(cls, word: str, label: Label) -> Diagnostic:
        before = label.file.text[: label.span.start].rpartition("\n")[2].split()
        way_out = "add a `:` here"
        fix: Fix | None = inserting(label.file, label.span.start, ":")
        if len(before) > 2 and before[-1] in _OPENERS:
            way_out = f"write `:` in place of `{before[-1]}`"
            fix = _before(label, rf"\s+{before[-1]}\s*", ":")
        elif before and (counted := _COUNTED.fullmatch(before[-1])):
            written = f"{counted[1]} {counted[2]}:"
            way_out = f"write `{written}`"
            fix = _before(label, rf"{before[-1]}\s*", written)
        elif word in _COUNTS and len(before) == 2:
            way_out = f"write `{word} {before[1]}: {_COUNTS[word]}`"
            fix = None  # people have to say how many
        message = f"the first line of this `{word}` does not end in `:`"
        return cls.diagnose(message, label, help=way_out, fix=fix)

    @classmethod
    def of_name(cls, word: str, name: str, value: str, label: Label) -> Diagnostic:
        """A definition whose value stands at once behind its name."""
        value = value.removeprefix("=").lstrip()
        if word in ("stage", "step") and not value.startswith("{"):
            value = f"{{value: {value}}}"
        return cls.diagnose(
            f"the name of this `{word}` has no `:` after it",
            label,
            help=f"write `{word} {name}: {value}`",
        )

    @classmethod
    def before_keys(cls, word: str, name: str, keys: str, label: Label) -> Diagnostic:
        """A block whose first key stands at once behind its name, or its arguments."""
        message = f"the name of this `{word}` has no `:` after it"
        if "(" in name:
            message = f"the first line of this `{word}` has no `:` before its keys"
        return cls.diagnose(
            message,
            label,
            help=f"write `{word} {name}:`, and `{keys}` on the next line, indented",
        )

    @classmethod
    def before_text(cls, key: str, label: Label) -> Diagnostic:
        """A key with a text in another language's quotes behind it."""
        return cls.diagnose(
            "this line has no `:` after a key",
            label,
            help=f"write `{key}: |`, and the text on the lines below, indented",
        )

    @classmethod
    def in_braces(cls, key: str, label: Label, whole: str = "") -> Diagnostic:
        """`whole` is the text before with this key, where that stands without quotes."""
        if _ASSIGNED.fullmatch(key) or _NO_BLANK.match(key):
            return cls.of_key(key, label)
        if key.endswith(("\u201d", "\u2019")):
            return cls.diagnose(
                f"`{key}` has no `:` and no value",
                label,
                help="write straight quotes: a `,` in curly ones ends the text",
            )
        way_out = f"write `{key}: value`"
        if _COMPARED.fullmatch(key):
            way_out = cls._way_out(key)
        elif whole and (" " in key or key not in KEYS_BESIDE_STEPS):
            way_out = f"a comma ends a text without quotes: write `{whole}`"
        return cls.diagnose(f"`{key}` has no `:` and no value", label, help=way_out)
