"""Rules of texts that are taken for lists."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["LetterByLetter"]


class LetterByLetter(Rule):
    """A text that a filter of lists or a loop takes letter by letter

    `join`, `map`, `sort` and the like go through the items of a list, and so does a
    `{% for %}`. Of a text they take the letters, as Jinja does: `"ab" | join(", ")` is
    `a, b`. Whoever wants that says so by `| list`, as for a `for` block; otherwise a list
    was meant, or the parts of the text.

    Wrong:

    ```ai
    chain tags:
        input: {tags: str}
        step line:
            value: "{{ payload.tags | join(', ') }}"
    ```

    Right:

    ```ai
    chain tags:
        input: {tags: list[str]}
        step line:
            value: "{{ payload.tags | join(', ') }}"
    ```
    """

    code = "N549"
    name = "letter-by-letter"
    severity = Severity.WARNING

    @classmethod
    def of(cls, name: str, path: str, label: Label) -> Diagnostic:
        """`path` is what is a text, and `name` the filter that it is given to."""
        return cls.diagnose(
            f"`{path}` is a text, which `{name}` takes letter by letter",
            label,
            help=f"give it a list, the parts of the text, `{path}.split(',')`, or, where "
            f"the letters are meant, `{path} | list | {name}`",
        )

    @classmethod
    def loop(cls, path: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is a text, which `for` goes through letter by letter",
            label,
            help=f"give it a list, the parts of the text, `{path}.split(',')`, or, where "
            f"the letters are meant, `{path} | list`",
        )
