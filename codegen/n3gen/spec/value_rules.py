"""Rules of values: N203, N207 to N209, N213, N231."""

from __future__ import annotations

from collections.abc import Iterable

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "BadCase",
    "BadDuration",
    "BadNumber",
    "CutText",
    "UnknownChoice",
    "WrongType",
]


_WRITTEN = {
    "a text": "write one text, in quotes",
    "a list": "write it as `[a, b]`, or as lines that begin with `- `",
    "a list of names": "write it as `[a, b]`",
    "a mapping": "write it as `{key: value}`, or as indented lines",
    "a list or a mapping": "write it as `[a, b]` or as `{key: value}`",
}
"""How values are written, by what they are."""


class WrongType(Rule):
    """A value of the wrong type

    A key takes a text, a number, a list or a mapping, and nothing is turned from
    one into another: `parallel: "yes"` is a text and would otherwise count as
    true or false by accident.

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: connector
            target: greeter
            depends_on: 5
    ```

    Right:

    ```ai
    chain greet:
        step name:
            value: "Ada"
        step hello:
            kind: connector
            target: greeter
            depends_on: [name]
            options:
                name: "{{ name }}"
    ```
    """

    code = "N203"
    name = "wrong-type"

    @classmethod
    def of(
        cls,
        what: str,
        wanted: str,
        given: str,
        label: Label,
        way_out: str | None = None,
    ) -> Diagnostic:
        """`what` must be `wanted` but stands as `given`, each as `a text`."""
        help_ = way_out or _WRITTEN.get(wanted, f"write {wanted}")
        if wanted == "a text" and given not in ("a list", "a mapping"):
            help_ = way_out or "put it in quotes"
        return cls.diagnose(f"{what} must be {wanted}, not {given}", label, help=help_)

    @classmethod
    def plainly(
        cls, message: str, label: Label, way_out: str | None = None
    ) -> Diagnostic:
        return cls.diagnose(message, label, help=way_out)


class UnknownChoice(Rule):
    """A value that is not among the possible ones

    Some keys take one of a few words: `schedule` is `file` or `dag`, `executor`
    is `thread` or `process`.

    Wrong:

    ```ai
    chain greet:
        schedule: dags
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        schedule: dag
        step hello:
            value: "hello"
    ```
    """

    code = "N207"
    name = "unknown-choice"

    @classmethod
    def of(
        cls,
        key: str,
        value: str,
        choices: Iterable[str],
        label: Label,
        meant: str | None,
    ) -> Diagnostic:
        listed = ", ".join(f"`{choice}`" for choice in choices)
        return cls.diagnose(
            f"`{key}` cannot be {value}",
            label,
            help=f"it is one of {listed}",
            meant=meant,
        )

    @classmethod
    def kinds(cls, kinds: str, place: str, label: Label) -> Diagnostic:
        """`kinds` of errors as the value of the key `on_error` of a `step` or a block."""
        what = "step" if place == "step" else f"`{place}`"
        several = "are kinds of errors" if "," in kinds else "is a kind of error"
        shown = kinds if "," in kinds else kinds[1:-1]
        behind = "" if place == "step" else " behind its steps"
        takes = "a word or steps" if place == "step" else "a word"
        way_out = f"write `on_error {kinds}:`{behind}, and steps that run instead below"
        if not label.file.path.endswith(".ai"):
            clause = f"{{on_error: {kinds}, steps: [...]}}"
            way_out = f"write `- {clause}` at the end of its steps"
            if place == "step":
                way_out = f"write `on_error: [{clause}]`"
        return cls.diagnose(
            f"the `on_error` of a {what} is {takes}, and `{shown}` {several}",
            label,
            help=way_out,
        )


class BadDuration(Rule):
    """A duration that is none

    A duration is a number of seconds or a number with a unit: `250ms`, `2s`,
    `5m`, `1.5h`. It is above 0 and at most a year.

    Wrong:

    ```ai
    chain greet:
        timeout: 2 minutes
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        timeout: 2m
        step hello:
            value: "hello"
    ```
    """

    code = "N208"
    name = "bad-duration"

    @classmethod
    def of(
        cls, key: str, message: str, label: Label, way_out: str | None
    ) -> Diagnostic:
        help_ = way_out or "write a number of seconds, or a text such as `2s`"
        return cls.diagnose(f"`{key}`: {message}", label, help=help_)


class BadNumber(Rule):
    """A number or a text that data cannot hold

    Data of a spec is what JSON can hold: a number is finite and has at most 300
    digits, a key is a text, a text can be written as UTF-8.

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: connector
            target: greeter
            options:
                temperature: .inf
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            kind: connector
            target: greeter
            options:
                temperature: 1.5
    ```
    """

    code = "N209"
    name = "bad-number"

    @classmethod
    def of(cls, message: str, label: Label) -> Diagnostic:
        return cls.diagnose(message, label, help="put it in quotes, as a text")


class BadCase(Rule):
    """A case that is no literal or is given twice

    A `case` names the values that take its branch: texts, numbers, `true`,
    `false`, `null`. It is compared, not computed, so that every reader sees
    which branch runs; what needs an expression is an `if`. A value in two cases
    would only ever reach the first.

    Wrong:

    ```ai
    chain route:
        step topic:
            value: "{{ payload.topic }}"
        match topic:
            case "legal":
                step lawyer:
                    value: "legal"
            case "legal":
                step other:
                    value: "other"
    ```

    Right:

    ```ai
    chain route:
        step topic:
            value: "{{ payload.topic }}"
        match topic:
            case "legal":
                step lawyer:
                    value: "legal"
            else:
                step other:
                    value: "other"
    ```
    """

    code = "N213"
    name = "bad-case"

    @classmethod
    def no_literal(cls, given: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"a case is a text, a number, `true`, `false` or `null`, not {given}",
            label,
            help="use `if` and `elif` for what must be computed",
        )

    @classmethod
    def no_key(cls, value: str, label: Label) -> Diagnostic:
        """A value with its steps, in the form of a key."""
        return cls.diagnose(
            f"`{value}` is not a case without `case` before it",
            label,
            help=f"write `case: {value}`, and the steps below `steps:` beside it",
        )

    @classmethod
    def everything(cls, word: str, label: Label) -> Diagnostic:
        """A last case without quotes, in a `match` that has no `else`."""
        return cls.diagnose(
            f"`case {word}` means the text `{word}`, not everything else",
            label,
            help=f'write `else:` for all other values, or `"{word}"` for the text',
        )

    @classmethod
    def twice(cls, value: str, label: Label, first: Label) -> Diagnostic:
        return cls.diagnose(
            f"the case `{value}` is given twice, and the second is never reached",
            label,
            first,
            help="remove one of them",
        )


class CutText(Rule):
    """A text that a `#` or a comma cuts short

    A `#` after a space begins a comment, in a text without quotes too. In a prompt or
    another text in words, that is rarely what was meant. Behind a single word, this is
    a warning in prompts and texts like them alone: `model: small # and cheap` is fine.

    In YAML, a comma within braces ends a text without quotes, and what follows it is a
    key without a value: `{text: Hello, world}` is `{text: Hello, world: null}`.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: Say hello in #general and #random
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Say hello in #general and #random"
    ```
    """

    code = "N231"
    name = "cut-text"
    severity = Severity.WARNING

    @classmethod
    def of(cls, key: str, comment: Label, text: Label) -> Diagnostic:
        return cls.diagnose(
            f"the text of `{key}` ends at this `#`, which begins a comment",
            comment,
            text,
            help="put the text in quotes, or the comment on a line of its own",
        )

    @classmethod
    def at_comma(cls, key: str, rest: str, text: str, label: Label) -> Diagnostic:
        """A `text` in braces; its `rest` behind the comma is a key without a value."""
        return cls.diagnose(
            f"the text of `{key}` ends at the comma, and `{rest}` is a key without a value",
            label,
            help=f"put the text in quotes: `{text}`",
        )
