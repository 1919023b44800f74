"""Rules of keys and blocks: N111 to N114."""

from __future__ import annotations

import re

from n3gen.diagnostics import Diagnostic, Fix, Label, Rule, inserting
from n3gen.source import Span
from n3gen.syntax.colon_rules import KEYS_BESIDE_STEPS, MissingColon
from n3gen.syntax.foreign_words import (
    way_of_alias,
    way_of_definition,
    way_of_name,
    way_of_step,
    way_of_word,
)

__all__ = [
    "BadHeader",
    "DuplicateKey",
    "ExpectedName",
    "UnknownBlock",
]


_NAME = re.compile(r"[ \t]+([^\W\d]\w*)")

_IN_KEYS = "its arguments are its key `input`, its result is its key `result`"
_IN_KEYS_OF = {
    "step": "its arguments are its key `with`, the type of its result is its key "
    "`output`",
    "connector": "it reads the `options` of a step as `options.NAME`, and the type of "
    "its answer is its key `output`",
    "type": "its fields are lines below it, as `name: str`",
}


def _word_before(label: Label) -> str:
    """The word before a name in its line."""
    text, end = label.file.text, label.span.start
    return text[text.rfind("\n", 0, end) + 1 : end].strip().rpartition(" ")[2]


def _name_after(label: Label) -> str:
    """The name that follows a word in the source, if one does."""
    found = _NAME.match(label.file.text, label.span.end)
    return found[1] if found else ""


class DuplicateKey(Rule):
    """A key that stands twice in one mapping

    One of the two values would be lost, and a reader could not know which.

    Wrong:

    ```ai
    chain greet:
        timeout: 5
        timeout: 10
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        timeout: 10
        step hello:
            value: "hello"
    ```
    """

    code = "N111"
    name = "duplicate-key"

    @classmethod
    def at(cls, key: str, second: Label, first: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` is given twice",
            Label(second.file, second.span, "the second"),
            Label(first.file, first.span, "the first"),
            help="remove one of the two",
        )

    @classmethod
    def of_name(cls, word: str, second: Label, first: Label) -> Diagnostic:
        """A name below the word of its block, beside the one that is there."""
        return cls.diagnose(
            f"`{word}` gives a name to what has one already",
            second,
            Label(first.file, first.span, "the name"),
            help=f"remove it; a `{word}` of its own stands behind this one, not in it",
        )


class ExpectedName(Rule):
    """A name that is missing, or that needs quotes

    A bare name is a Python identifier and no keyword. Any other name is in
    quotes and keeps its spelling.

    Wrong:

    ```ai
    chain Customer feedback:
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain "Customer feedback":
        step hello:
            value: "hello"
    ```
    """

    code = "N112"
    name = "expected-name"

    @classmethod
    def missing(cls, word: str, label: Label, example: str | None = None) -> Diagnostic:
        shown = example or f"{word} some_name:"
        return cls.diagnose(
            f"a name is missing after `{word}`", label, help=f"write `{shown}`"
        )

    @classmethod
    def of(cls, text: str, label: Label) -> Diagnostic:
        way_out = f'write `"{text}"`' if '"' not in text else "put it in quotes"
        return cls.diagnose(
            f"`{text}` cannot be a name without quotes",
            label,
            help=way_of_name(_word_before(label), text) or way_out,
        )

    @classmethod
    def curly(cls, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{text}` is in curly quotes",
            label,
            help=f"write `{text[1:-1]}`, or straight quotes",
        )

    @classmethod
    def with_arguments(cls, word: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"a `{word}` has only a name before its `:`",
            label,
            help=_IN_KEYS_OF.get(word, _IN_KEYS),
        )

    @classmethod
    def unseen(cls, text: str, char: str, label: Label) -> Diagnostic:
        """A name with a character that nobody sees."""
        return cls.diagnose(
            f"the name `{text}` contains {char}, which cannot be seen",
            label,
            help="retype the name",
        )


class BadHeader(Rule):
    """A first line of a block that is not complete

    The first lines are `if CONDITION:`, `match EXPRESSION:`, `case "a", "b":`,
    `while CONDITION max 5:`, `for x in EXPRESSION:`, `race 2 of:` and
    `within 5s:`.

    Wrong:

    ```ai
    chain greet:
        for name of payload.names:
            step hello:
                value: "hello {{ name }}"
    ```

    Right:

    ```ai
    chain greet:
        for name in payload.names:
            step hello:
                value: "hello {{ name }}"
    ```
    """

    code = "N113"
    name = "bad-header"

    @classmethod
    def of(
        cls,
        message: str,
        label: Label,
        way_out: str | None = None,
        fix: Fix | None = None,
    ) -> Diagnostic:
        return cls.diagnose(message, label, help=way_out, fix=fix)

    @classmethod
    def valued(cls, word: str, name: str, value: str, label: Label) -> Diagnostic:
        """A definition whose value stands at once behind its name, with a `=` or not."""
        if way_out := way_of_alias(word, name, value):
            start = label.file.text.index(value, label.span.start)
            label = Label(label.file, Span(start, start + len(value)))
            message = "a `type` has fields, and is no other name for a type"
            return cls.diagnose(message, label, help=way_out)
        return MissingColon.of_name(word, name, value, label)

    @classmethod
    def brace(cls, label: Label) -> Diagnostic:
        message = "the first line of a block ends in `:`, not in `{`"
        before = label.file.text[: label.span.start].rstrip(" \t")
        way_out = "remove it" if before.endswith(":") else "write `:` in its place"
        return cls.diagnose(message, label, help=way_out)


class UnknownBlock(Rule):
    """A block whose first word is not known

    The first word of a line that ends in a colon says what the block is: a `chain`,
    a `step`, an `if`. Another word is most often a slip.

    Wrong:

    ```ai
    chian greet:
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N114"
    name = "unknown-block"

    @classmethod
    def of(
        cls, word: str, label: Label, meant: str | None, known: tuple[str, ...]
    ) -> Diagnostic:
        rest = label.file.text[label.span.end :].partition("\n")[0]
        if word in KEYS_BESIDE_STEPS and re.match(r"\s*:?=(?!=)\s*\S", rest):
            return MissingColon.of_key(f"{word}{rest}".rstrip(), label)
        words = ", ".join(f"`{one}`" for one in known)
        way_out = f"what can begin here: {words}"
        if word == "dag":
            way_out = "write `schedule: dag` among the keys of the chain"
        elif word == "async" and _name_after(label) in known:
            way_out = "leave `async` out; what runs beside others has the key `parallel: true`"
            meant = None
        elif (
            (
                "step" in known
                and (way := way_of_step(word, label.file.text[label.span.end :][:200]))
            )
            or (
                "chain" in known
                and (way := way_of_definition(word, _name_after(label)))
            )
            or ("step" in known and (way := way_of_word(word)))
        ):
            way_out, meant = way, None
        return cls.diagnose(
            f"no block begins with `{word}`", label, help=way_out, meant=meant
        )

    @classmethod
    def no_case(cls, key: str, label: Label) -> Diagnostic:
        """A value with steps below it, in a `match`."""
        return cls.diagnose(
            f"`{key}` is not a case without `case` before it",
            label,
            help=f"write `case {key}:`",
            fix=inserting(label.file, label.span.start, "case "),
        )
