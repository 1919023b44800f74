"""Rules of names."""

from __future__ import annotations

from unicodedata import normalize

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "ReservedName",
    "SamePythonName",
    "UnusedDefinition",
    "VariableTaken",
]


class SamePythonName(Rule):
    """Two names that become one in Python

    A quoted name that is no identifier gets a snake_case Python name, and the
    generated module can use it for one thing only.

    Wrong:

    ```ai
    chain greet:
        if payload.again:
            step "say hello":
                value: "hello again"
        else:
            step say_hello:
                value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        if payload.again:
            step "hello again":
                value: "hello again"
        else:
            step say_hello:
                value: "hello"
    ```
    """

    code = "N303"
    name = "same-python-name"

    @classmethod
    def of(
        cls, names: tuple[str, str], python: str, label: Label, first: Label
    ) -> Diagnostic:
        message = f"`{names[0]}` and `{names[1]}` are both `{python}` in Python"
        way_out = "give one of them another name"
        if normalize("NFC", names[0]) == normalize("NFC", names[1]):
            message = f"`{names[1]}` is written in two ways that look alike"
            way_out = (
                "copy the name from one place to the other, or give it another one"
            )
        return cls.diagnose(message, label, first, help=way_out)


class ReservedName(Rule):
    """A name that expressions use for something else

    `payload`, `input`, `steps`, `options`, `env`, `run`, `state` and `loop` have
    a meaning in every expression, and `true`, `false` and `none` are values. A
    step of that name could not be referred to.

    Wrong:

    ```ai
    chain greet:
        step payload:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N304"
    name = "reserved-name"

    @classmethod
    def of(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` has a meaning of its own in expressions",
            label,
            help="give it another name",
        )

    @classmethod
    def literal(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is a value in expressions", label, help="give it another name"
        )


class UnusedDefinition(Rule):
    """A definition that nothing uses

    A connection, a connector or a type that no chain of the file needs is often
    left over, or the sign of a slip where it should have been used. Definitions
    for other files belong into a file without chains.

    Wrong:

    ```ai
    type Greeting:
        text: str

    chain greet:
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    type Greeting:
        text: str

    chain greet:
        step hello:
            kind: connector
            target: greeter
            output: Greeting
    ```
    """

    code = "N309"
    name = "unused-definition"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, what: str, name: str, label: Label, meant: str | None = None
    ) -> Diagnostic:
        """`meant` is a target of a similar name that nothing defines."""
        way_out = "remove it, or move it to a file of definitions"
        if meant is not None:
            way_out = f"is it meant by `target: {meant}`, which nothing defines?"
        return cls.diagnose(
            f"no chain of this file uses the {what} `{name}`", label, help=way_out
        )


class VariableTaken(Rule):
    """A loop variable or an error with the name of something else

    Inside the loop the name would mean two things: the item, and a step or the
    item of an outer loop. The same holds of the error that an `on_error` clause names.

    Wrong:

    ```ai
    chain greet:
        for name in payload.families:
            for name in payload.names:
                step hello:
                    value: "hello {{ name }}"
    ```

    Right:

    ```ai
    chain greet:
        for family in payload.families:
            for name in payload.names:
                step hello:
                    value: "hello {{ name }} {{ family }}"
    ```
    """

    code = "N310"
    name = "variable-taken"

    @classmethod
    def of(
        cls, what: str, name: str, owner: str, label: Label, other: Label
    ) -> Diagnostic:
        """`what` is the kind of name: `loop variable`, `error` or `parameter`."""
        return cls.diagnose(
            f"the {what} `{name}` has the name of {owner}",
            label,
            other,
            help=f"give the {what.removeprefix('loop ')} another name",
        )
