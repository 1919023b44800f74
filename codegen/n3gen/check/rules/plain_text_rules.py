"""Rules of texts that are not what they look like."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["CutText", "NoTemplate", "SingleBrace"]


class NoTemplate(Rule):
    """A template where a text is taken as it stands

    The texts of a connection are settings, shared by all calls over it, and so are
    the path of a cache and what a model reads of a tool: they are plain or
    `env("NAME")`, and a `{{` in one would be sent letter for letter. What varies from
    run to run belongs on the step or the connector, whose `model`, `prompt` and
    `options` are templates.

    Wrong:

    ```ai
    connection models:
        api: openai
        api_key: env("OPENAI_API_KEY")
        model: "{{ payload.model }}"

    chain greet:
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: openai
        api_key: env("OPENAI_API_KEY")

    chain greet:
        step hello:
            model: "{{ payload.model }}"
            prompt: "Say hello"
    ```
    """

    code = "N230"
    name = "no-template"

    @classmethod
    def of(cls, key: str, label: Label, way_out: str) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` is no template: its `{{{{` would stay as it is",
            label,
            help=way_out,
        )


class CutText(Rule):
    """A text that a `#` cuts short

    A `#` after a space begins a comment, in a text without quotes too. In a prompt or
    another text in words, that is rarely what was meant.

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


class SingleBrace(Rule):
    """One brace where an expression has two

    An expression in a text stands in `{{ }}`. A name in single braces, as f-strings
    and other tools write it, is a plain text and is sent as it stands.

    Wrong:

    ```ai
    connection models:
        api: local

    chain greet:
        input: {name: str, city: str}
        step hello:
            prompt: "Say hello to {{ payload.name }} from {payload.city}"
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain greet:
        input: {name: str, city: str}
        step hello:
            prompt: "Say hello to {{ payload.name }} from {{ payload.city }}"
    ```
    """

    code = "N232"
    name = "single-brace"
    severity = Severity.WARNING

    @classmethod
    def of(cls, name: str, meant: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{{{name}}}` is a plain text, as it has one brace on each side",
            label,
            help=f"write `{{{{ {meant} }}}}`",
        )
