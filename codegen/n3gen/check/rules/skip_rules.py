"""Rules of the values of steps that may be skipped."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["PrintsNone"]


class PrintsNone(Rule):
    """A text that may say `None`

    The value of a step is none where its `when` is false or `on_error: skip` has skipped
    it, that of an `if` or a `match` without `else` where no branch is taken, that of a
    `while` where it has no round, and that of a block whose last value is one of these;
    so is a field of a type such as `str?` without a value, an item of a `list[str?]`,
    `none` in a choice such as `x if y else none`, a round of a `for` whose last step is
    skipped, and the value of a step that another one cancels, or that a `depends_on` with
    `any`, `count` or `ended` names and that fails or has not ended yet. In an `on_error`
    clause or a `finally`, the steps of
    the body may not have run. Printed into a text, none becomes the word `None`, also by
    a connector whose text prints the option that the step passes, and by filters that
    make a text, such as `upper` and `join`. The same holds of what passes it on: a `value`
    step, a `{% set %}`, a member of a `parallel` block, an item of a loop's list. `default`
    says what the text has instead:
    write it at the step, as an option that is none has been given. `reject('none')`
    leaves it out of a list.

    Wrong:

    ```ai
    connection models:
        api: local

    chain write:
        input: {topic: str, long: bool}
        step facts:
            prompt: "Facts about {{ payload.topic }}"
            when: payload.long
        step text:
            prompt: "Write about {{ payload.topic }}. Use: {{ facts }}"
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain write:
        input: {topic: str, long: bool}
        step facts:
            prompt: "Facts about {{ payload.topic }}"
            when: payload.long
        step text:
            prompt: "Write about {{ payload.topic }}. Use: {{ facts | default('what you know') }}"
    ```
    """

    code = "N524"
    name = "prints-none"
    severity = Severity.WARNING

    @classmethod
    def of(cls, name: str, why: str, label: Label, *places: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` prints `None` {why}",
            label,
            *places,
            help=f"write `{name} | default('...')`",
        )

    @classmethod
    def item(cls, what: str, label: Label, way_out: str) -> Diagnostic:
        """`what` is an item of a list, or a field of one."""
        return cls.diagnose(
            f"{what} prints `None` where it has no value",
            label,
            help=f"leave it out: `{way_out}`",
        )

    @classmethod
    def round(
        cls, name: str, why: str, label: Label, there: Label, way_out: str
    ) -> Diagnostic:
        return cls.diagnose(
            f"a round of `{name}` prints `None` {why}",
            label,
            there,
            help=f"leave it out: `{way_out}`",
        )

    @classmethod
    def literal(cls, label: Label) -> Diagnostic:
        """`none` itself, written out where it is printed."""
        return cls.diagnose(
            "`none` is printed as the word `None`",
            label,
            help="write `''` for nothing",
        )

    @classmethod
    def optional(cls, path: str, type_: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}`, of type `{type_}`, prints `None` where it has no value",
            label,
            help=f"write `{path} | default('...')`",
        )
