"""Rules of texts that are not what they look like."""

from __future__ import annotations

import re
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "BareAddress",
    "CurlyQuotes",
    "NoTemplate",
    "PrefixedQuotes",
    "SingleBrace",
]


_BEGINNING: Final = re.compile(r"(?:([a-z]+):)?/+(.*)", re.DOTALL)
"""The scheme of an address, if it has one, and what follows the slashes."""


class NoTemplate(Rule):
    """A template where a text is taken as it stands

    The texts of a connection are settings, shared by all calls over it, and so are
    the path of a cache and what a model reads of a tool or a field: they are plain or
    `env("NAME")`, and a `{{` in one would be sent letter for letter. What varies from
    run to run belongs on the step or the connector, whose `model`, `prompt` and
    `options` are templates. So are the values in data, but not its keys; nor can a
    default read anything of a run.

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
            f"`{key}` is not a template: its `{{{{` would stay as it is",
            label,
            help=way_out,
        )

    @classmethod
    def in_key(cls, label: Label, expression: str | None) -> Diagnostic:
        """A key of a mapping; `expression` is what it is one of alone, if it is."""
        way_out = "write a plain key; data whose keys vary is one expression"
        if expression:
            way_out += f': `"{{{{ {{{expression}: ...}} }}}}"`'
        return cls.diagnose(
            "a key is no template: its `{{` would stay as it is", label, help=way_out
        )


class SingleBrace(Rule):
    """One brace where an expression has two

    An expression in a text is written in `{{ }}`. A name in single braces, as f-strings
    and other tools write it, is a plain text and is sent as it stands. Where that is
    meant, `{% raw %}{name}{% endraw %}` says so.

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
    def of(cls, written: str, meant: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{written}` is a plain text, as it begins with one brace",
            label,
            help=f"write `{{{{ {meant} }}}}`",
        )

    @classmethod
    def operand(cls, written: str, meant: str, label: Label) -> Diagnostic:
        """A name in braces in a text that an expression compares or joins."""
        return cls.diagnose(
            f"`{written}` is a plain text in the quotes of an expression",
            label,
            help=f"write `{meant}`",
        )

    @classmethod
    def dollar(cls, written: str, label: Label) -> Diagnostic:
        """For `${{ x }}`, which is another tool's spelling or an amount."""
        return cls.diagnose(
            "the `$` before `{{ }}` is part of the text",
            label,
            help=f"write `{written}`; where an amount is meant, `{{{{ '$' ~ price }}}}`",
        )


class PrefixedQuotes(Rule):
    """A letter before the quotes of a text

    Texts have no kinds marked by a letter, as Python's `f"..."` and `r"..."` have them.
    A text without quotes goes on to the end of its line, so the letter and the quotes
    behind it are sent with it. In any text, an expression is written in `{{ }}`.

    Wrong:

    ```ai
    chain greet:
        input: {name: str}
        step hello:
            value: f"Hello {{ payload.name }}"
    ```

    Right:

    ```ai
    chain greet:
        input: {name: str}
        step hello:
            value: "Hello {{ payload.name }}"
    ```
    """

    code = "N236"
    name = "prefixed-quotes"
    severity = Severity.WARNING

    @classmethod
    def of(cls, prefix: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{prefix}` and the quotes behind it are part of the text",
            label,
            help=f"write the text in quotes without `{prefix}`",
        )


class CurlyQuotes(Rule):
    """Curly quotes around a text

    Only straight quotes, `"` and `'`, enclose a text. Curly ones, which word processors
    and chat windows write in their place, belong to the text and are sent with it.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: “hello”
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N234"
    name = "curly-quotes"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "these curly quotes are part of the text",
            label,
            help='write straight quotes: `"`',
        )


class BareAddress(Rule):
    """An address that no request can go to

    An address begins with `https://` or `http://` and names a server.

    Wrong:

    ```ai
    chain fetch:
        step page:
            url: example.com/data
    ```

    Right:

    ```ai
    chain fetch:
        step page:
            url: https://example.com/data
    ```
    """

    code = "N235"
    name = "bare-address"

    @classmethod
    def of(cls, address: str, label: Label) -> Diagnostic:
        found = _BEGINNING.match(address)
        scheme, rest = (found[1], found[2]) if found else ("", address)
        meant = "http" if rest.startswith(("localhost", "127.")) else "https"
        if scheme in ("http", "https"):
            meant = scheme
        return cls.diagnose(
            f"`{address}` does not begin with `https://` or `http://`",
            label,
            help=(
                f"write `{meant}://{rest}`"
                if scheme in ("", "http", "https")
                else "a request goes to `https://` or `http://` only"
            ),
        )
