"""Rules of values whose truth says little or nothing: N516, N517."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["AlwaysTrue", "TextTruth"]


class TextTruth(Rule):
    """A condition that asks whether a text is empty

    A text is true unless it is empty: `no` and `false` are true too. Variables of the
    environment are texts, a model's answer without an `output` is one, and the answer
    of a person is whatever was sent. `output: bool` makes an answer true or false; all
    else is compared.

    Wrong:

    ```ai
    chain pay:
        step approval:
            wait: approval
            ask: "Pay?"
        if approval:
            step paid:
                value: "paid"
    ```

    Right:

    ```ai
    chain pay:
        step approval:
            wait: approval
            ask: "Pay?"
            output: bool
        if approval:
            step paid:
                value: "paid"
    ```
    """

    code = "N516"
    name = "text-truth"
    severity = Severity.WARNING

    @classmethod
    def answer(cls, path: str, step: str, label: Label, there: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is what somebody answers, and the text `no` is as true as `yes`",
            label,
            there,
            help=f"give step `{step}` `output: bool`, or compare: `{path} == 'yes'`",
        )

    @classmethod
    def text(cls, path: str, step: str, label: Label, there: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is a text, which is true unless it is empty: `no` is true too",
            label,
            there,
            help=f"give step `{step}` `output: bool`, or compare: `{path} == 'yes'`, "
            f"or `{path} != ''` where any text will do",
        )

    @classmethod
    def variable(cls, path: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is a text, which is true unless it is empty: `false` is true too",
            label,
            help=f"compare it: `{path} == 'true'`",
        )


class AlwaysTrue(Rule):
    """A condition that is always true

    The value of an `http` step is a response with a status, headers and a body, a value
    of a declared type has fields, and that of a `parallel` its members. Each is true
    whatever is in it: where a request fails, its step has failed before anybody asks.
    So is a text of a `one of`, be it `no`, and the list that a `wait` with `count` gives.

    Wrong:

    ```ai
    chain look:
        step found:
            url: "https://example.com/orders/1"
        if found:
            step told:
                value: "there it is"
    ```

    Right:

    ```ai
    chain look:
        step found:
            url: "https://example.com/orders/1"
        if found.body.is_paid:
            step told:
                value: "there it is"
    ```
    """

    code = "N517"
    name = "always-true"

    @classmethod
    def response(cls, path: str, label: Label, there: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is a response, which is always true",
            label,
            there,
            help=f"ask for a part of it, such as `{path}.status == 204` or "
            f"`{path}.body`; a request that fails ends its step before",
        )

    @classmethod
    def answers(cls, path: str, count: int, label: Label, there: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is a list of {count} answers, which is always true",
            label,
            there,
            help=f"ask for one of them, `{path}[0]`, or for all: "
            f"`{path} | reject | list | length == 0`",
        )

    @classmethod
    def mapping(
        cls, path: str, what: str, fields: Sequence[str], label: Label
    ) -> Diagnostic:
        """`what` says what kind of mapping a value is."""
        return cls._by_field(path, f"{what}, which is always true", fields, label)

    @classmethod
    def choice(cls, path: str, what: str, choice: str, label: Label) -> Diagnostic:
        """`choice` is one of the values that there may be."""
        return cls.diagnose(
            f"`{path}` is {what}, whose values are all true",
            label,
            help=f"compare it: `{path} == '{choice}'`",
        )

    @classmethod
    def record(
        cls, path: str, type_: str, fields: Sequence[str], label: Label
    ) -> Diagnostic:
        what = f"of type `{type_}`, whose values are always true"
        return cls._by_field(path, what, fields, label)

    @classmethod
    def _by_field(
        cls, path: str, what: str, fields: Sequence[str], label: Label
    ) -> Diagnostic:
        ways = ", ".join(f"`{path}.{name}`" for name in fields)
        return cls.diagnose(
            f"`{path}` is {what}", label, help=f"ask for a field of it: {ways}"
        )
