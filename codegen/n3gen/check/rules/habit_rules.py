"""Rules of texts that other languages and tools read otherwise."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["DoubledPath", "ForeignWord", "RoleMarkers"]


class ForeignWord(Rule):
    """A word of another language that is a text here

    Data and cases are written as in YAML and JSON: `null`, `true` and `false`. `None`,
    `nil` and `undefined` are texts of that many letters, which are true in a condition,
    and so is `none`, which stands for nothing in expressions and in types alone. So are
    `yes`, `no`, `on` and `off`, also with capitals, which are told where nothing in the
    spec compares with them and no type says what they are. Where the text is meant,
    quotes say so.

    Wrong:

    ```ai
    chain find:
        step nothing:
            value: None
    ```

    Right:

    ```ai
    chain find:
        step nothing:
            value: null
    ```
    """

    code = "N237"
    name = "foreign-word"
    severity = Severity.WARNING

    @classmethod
    def of(cls, key: str, word: str, meant: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` is the text `{word}`",
            label,
            help=f'write `{meant}`, or `"{word}"` in quotes for the text',
        )

    @classmethod
    def in_json(cls, key: str, word: str, meant: str, label: Label) -> Diagnostic:
        """For JSON, whose quotes say nothing: programs write them around any word."""
        return cls.diagnose(
            f"`{key}` is the text `{word}`",
            label,
            help=f"write `{meant}` without quotes",
        )


class DoubledPath(Rule):
    """An address of a connection that ends with the path of a request

    A connection's `base_url` is what the addresses of all of its requests begin with,
    such as `https://api.openai.com/v1`. The path of a request follows it, so the path
    would be there twice, and the server answers with status 404.

    Wrong:

    ```ai
    connection models:
        api: openai
        base_url: https://models.example.com/v1/chat/completions
        model: small

    chain greet:
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: openai
        base_url: https://models.example.com/v1
        model: small

    chain greet:
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N238"
    name = "doubled-path"
    severity = Severity.WARNING

    @classmethod
    def of(cls, path: str, api: str, rest: str, label: Label) -> Diagnostic:
        """`rest` is the address without the `path`, which requests of `api` add."""
        return cls.diagnose(
            f"requests of `api: {api}` add their path to this address, which ends with "
            f"`{path}` already",
            label,
            help=f"write `{rest}`",
        )


class RoleMarkers(Rule):
    """Roles of messages that are marked within a prompt

    A `prompt` is one message of the user. Lines such as `# system:` and `# user:`, by
    which other tools divide a prompt into messages, are sent as they stand.

    Wrong:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            prompt: |
                # system:
                You are polite.
                # user:
                Say hello
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            system: You are polite.
            prompt: Say hello
    ```
    """

    code = "N239"
    name = "role-markers"
    severity = Severity.WARNING

    @classmethod
    def of(cls, key: str, written: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{written}` is part of the text of `{key}`, and begins no message",
            label,
            help="write `system:` and `prompt:`, or `messages:`, a list of "
            "`{role: ..., content: ...}`",
        )
