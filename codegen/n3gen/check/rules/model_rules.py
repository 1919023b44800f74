"""Rules of how model calls ask: N316 to N318."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.diagnostics.fix import replacing

__all__ = [
    "ApiCannot",
    "NotAnOption",
    "UnknownOption",
]


class ApiCannot(Rule):
    """A call of a kind that an api does not have

    Not every provider makes vectors of texts, and an endpoint of your own is sent
    what its `body` says, which has no place for tools.

    Wrong:

    ```ai
    connection claude:
        api: anthropic
        model: claude-sonnet-4-5
        api_key: env("ANTHROPIC_API_KEY")

    chain index:
        step vector:
            embed: "{{ payload.text }}"
    ```

    Right:

    ```ai
    connection openai:
        api: openai
        model: text-embedding-3-small
        api_key: env("OPENAI_API_KEY")

    chain index:
        step vector:
            embed: "{{ payload.text }}"
    ```
    """

    code = "N316"
    name = "api-cannot"

    @classmethod
    def of(
        cls, key: str, what: str, connection: tuple[str, str], label: Label, at: Label
    ) -> Diagnostic:
        """`connection` is the name and the api; `at` is where that stands."""
        name, api = connection
        return cls.diagnose(
            f"{what} has `{key}`, but goes over `{name}`, and `api: {api}` has none of that",
            label,
            at,
            help="use another connection, or do without",
        )


class UnknownOption(Rule):
    """An option that the provider does not know

    `options` of a model call go to its provider. One that the provider does not
    know is most often a slip, which costs an error at run time or, worse, is
    ignored. What stands under `extra` is passed on unchecked, for options that
    are newer than this compiler, and for servers with options of their own.

    Wrong:

    ```ai
    connection openai:
        api: openai
        model: gpt-4o-mini
        api_key: env("OPENAI_API_KEY")

    chain greet:
        step hello:
            prompt: "Say hello"
            options:
                temprature: 0
    ```

    Right:

    ```ai
    connection openai:
        api: openai
        model: gpt-4o-mini
        api_key: env("OPENAI_API_KEY")

    chain greet:
        step hello:
            prompt: "Say hello"
            options:
                temperature: 0
                extra:
                    brand_new_option: 5
    ```
    """

    code = "N317"
    name = "unknown-option"

    @classmethod
    def of(cls, option: str, api: str, label: Label, meant: str | None) -> Diagnostic:
        """`api` is what does not know it, such as `` `api: openai` ``."""
        way_out = f"did you mean `{meant}`?" if meant else f"`{option}` may be newer"
        return cls.diagnose(
            f"{api} knows no option `{option}`",
            label,
            help=f"{way_out} (what is under `extra:` is passed on unchecked)",
            fix=replacing(label.file, label.span, meant) if meant else None,
        )


class NotAnOption(Rule):
    """An option that is said by a key

    The model, the prompt, the tools and the type of the answer have keys of their
    own, from which the module makes a request in the provider's words. As an
    option they would be overwritten, or spoil what the module sends.

    Wrong:

    ```ai
    connection openai:
        api: openai
        api_key: env("OPENAI_API_KEY")
        model: gpt-4o

    chain greet:
        step hello:
            prompt: "Say hello"
            options:
                model: gpt-4o-mini
    ```

    Right:

    ```ai
    connection openai:
        api: openai
        api_key: env("OPENAI_API_KEY")
        model: gpt-4o

    chain greet:
        step hello:
            prompt: "Say hello"
            model: gpt-4o-mini
    ```
    """

    code = "N318"
    name = "not-an-option"

    @classmethod
    def of(cls, option: str, label: Label, way_out: str) -> Diagnostic:
        return cls.diagnose(
            f"`{option}` is not an option of a model call", label, help=way_out
        )
