"""The rule of what a model call takes texts for: N548."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["NotAText"]


class NotAText(Rule):
    """A value that is no text where a model call takes texts

    Vectors are made of texts, and pictures and files are given by their addresses or
    paths. A single expression keeps its type there, so that a list of texts can be
    given as one. A truth, a number or a date is none of these, and the call would fail.
    So it would where what `messages` gives is no list of messages.

    Wrong:

    ```ai
    connection openai:
        api: openai
        model: text-embedding-3-small

    chain index:
        input: {text: str}
        step vector:
            embed: "{{ payload.text | length }}"
    ```

    Right:

    ```ai
    connection openai:
        api: openai
        model: text-embedding-3-small

    chain index:
        input: {text: str}
        step vector:
            embed: "{{ payload.text }}"
    ```
    """

    code = "N548"
    name = "not-a-text"

    @classmethod
    def messages(cls, words: str, label: Label) -> Diagnostic:
        """`words` say what is at the label in place of a list of messages."""
        return cls.diagnose(
            f"`messages` takes a list of messages, and {words}",
            label,
            help="give mappings of `role` and `content`; a single text is a `prompt`",
        )

    @classmethod
    def of(cls, key: str, words: str, way_out: str, label: Label) -> Diagnostic:
        """`words` say what is at the label in place of a text."""
        wanted = "texts" if key == "embed" else "addresses or paths"
        return cls.diagnose(f"`{key}` takes {wanted}, and {words}", label, help=way_out)
