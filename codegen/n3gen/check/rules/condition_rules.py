"""Rules of conditions: N514."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["ConstantText"]


class ConstantText(Rule):
    """A text where an expression belongs

    A condition, the items of a `for` and the subject of a `match` are expressions. A
    text in quotes that holds none is always the same: its branch is always taken. An
    expression may be written in quotes and `{{ }}`, alone. Behind a key such as `when:` quotes
    are those of the value, as in YAML, and what is inside has to be an expression.

    Wrong:

    ```ai
    chain greet:
        input: {mood: str}
        if "mood is good":
            step hello:
                value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        input: {mood: str}
        if payload.mood == "good":
            step hello:
                value: "hello"
    ```
    """

    code = "N514"
    name = "constant-text"

    @classmethod
    def of(cls, key: str, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` has the text `{text}`, which is always the same",
            label,
            help="write an expression, such as `payload.name`, without quotes",
        )

    @classmethod
    def words(cls, key: str, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` has the text `{text}`, which is not an expression",
            label,
            help="write one, such as `payload.score > 3`; a text in it has quotes of its own",
        )

    @classmethod
    def name_of_nothing(cls, key: str, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` has the text `{name}`, which is the name of nothing here",
            label,
            help=f"write an expression; if it is part of the payload, `payload.{name}`",
        )

    @classmethod
    def operand(
        cls, sign: str, value: str, truth: bool, label: Label, way_out: str
    ) -> Diagnostic:
        """`value` is a literal as it is written, beside an `and` or an `or`."""
        is_ = "true" if truth else "false"
        return cls.diagnose(
            f"`{value}` beside `{sign}` is a condition of its own, and always {is_}",
            label,
            help=way_out,
        )

    @classmethod
    def mixed(cls, key: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` has a text around its `{{{{ }}}}`, and a text is always true",
            label,
            help="write the expression alone, without quotes and `{{ }}`",
        )

    @classmethod
    def statement(cls, key: str, opening: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` takes an expression, and this is a text with `{opening}`",
            label,
            help="write the expression alone, such as `payload.name`, without quotes",
        )
