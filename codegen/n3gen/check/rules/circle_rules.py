"""Rules of types that lead back to themselves."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["EndlessType"]


class EndlessType(Rule):
    """A type that needs itself

    A field that has to be given holds a value of its type, which holds one in turn: a
    type that leads back to itself so has no value that ends. One field on the way has
    to be a list, or one that may be left out.

    Wrong:

    ```ai
    type Comment:
        text: str
        answer: Comment

    connection models:
        api: local

    chain read:
        step comment:
            prompt: "A comment"
            output: Comment
    ```

    Right:

    ```ai
    type Comment:
        text: str
        answer: Comment?

    connection models:
        api: local

    chain read:
        step comment:
            prompt: "A comment"
            output: Comment
    ```
    """

    code = "N709"
    name = "endless-type"

    @classmethod
    def of(
        cls, names: Sequence[str], field: str, labels: Sequence[Label]
    ) -> Diagnostic:
        """`names` are those of the circle, and the last field on it is `field`."""
        way = " -> ".join(f"`{name}`" for name in (*names, names[0]))
        return cls.diagnose(
            f"a value of type `{names[0]}` would have no end: {way}",
            *labels,
            help=f"let `{field}` be left out, with a `?` behind its type, or make it a "
            "list",
        )
