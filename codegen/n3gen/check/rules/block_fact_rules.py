"""Rules of what expressions read of blocks beside their values."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["NearFact", "OtherFact"]


class OtherFact(Rule):
    """A fact of another kind of block

    `NAME.winner` is the name of the step that won a `race`, and `NAME.exhausted` is
    whether `max` ended a `while`. Of any other block they are fields of its value. If
    they are meant so, give the field another name.

    Wrong:

    ```ai
    chain pick:
        race answer:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
        result: "{{ answer.exhausted }}"
    ```

    Right:

    ```ai
    chain pick:
        race answer:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
        result: "{{ answer.winner }}"
    ```
    """

    code = "N526"
    name = "other-fact"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, name: str, fact: str, word: str, label: Label, place: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"only a `{word}` has `{fact}`: this reads a field of the value of `{name}`",
            label,
            place,
            help=f"read it of a `{word}`, or give the field another name",
        )


class NearFact(Rule):
    """A field that is spelled almost like a fact of its block

    `NAME.winner` and `NAME.exhausted` are facts of a `race` and of a `while`; anything
    else is read of the value. A word that is almost one of these was most likely meant
    as one. If a field is meant, read it as `NAME['field']`.

    Wrong:

    ```ai
    chain pick:
        race answer:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
        result: "{{ answer.winer }}"
    ```

    Right:

    ```ai
    chain pick:
        race answer:
            step fast:
                target: fast_model
            step careful:
                target: careful_model
        result: "{{ answer.winner }}"
    ```
    """

    code = "N536"
    name = "near-fact"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, name: str, field: str, fact: str, label: Label, place: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"this reads a field `{field}` of the value of `{name}`",
            label,
            place,
            meant=fact,
        )
