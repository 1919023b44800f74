"""Rules of names: N210 and the first of N3xx."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = [
    "BadName",
    "CircularUse",
    "DuplicateName",
    "UnknownFile",
]


class BadName(Rule):
    """A name that gives no Python name

    A name is a Python identifier, or a quoted text of which at least a letter or
    a digit is left when it is written as one: "Customer feedback" becomes
    `customer_feedback`. It stands on one line and does not begin with two
    underscores, which Python keeps for itself.

    Wrong:

    ```ai
    chain "!!!":
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain "Hello!":
        step hello:
            value: "hello"
    ```
    """

    code = "N210"
    name = "bad-name"

    @classmethod
    def of(cls, name: str, label: Label) -> Diagnostic:
        message = f"`{name}` cannot be made into a Python name"
        if not name.strip():
            message = "this name is empty"
        return cls.diagnose(message, label, help="use letters, digits and underscores")

    @classmethod
    def variable(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is not the name of a variable: a Python identifier, no keyword",
            label,
            help="use letters, digits and underscores",
        )

    @classmethod
    def argument(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is not the name of an argument: a Python identifier, no keyword",
            label,
            help="use letters, digits and underscores",
        )

    @classmethod
    def field(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is not the name of a field: it begins with an underscore or has no "
            "letter",
            label,
            help="use letters and digits; `alias:` says what JSON calls it",
        )

    @classmethod
    def marked_field(cls, key: str, type_: str, label: Label) -> Diagnostic:
        """A name with `?` or `!` behind it, as TypeScript has it."""
        name, mark = key[:-1], key[-1]
        if mark == "?":
            bare, equals, default = type_.partition("=")
            optional = bare.strip().removesuffix("?") + "?"
            way_out = (
                f"write `{name}: {optional}{' = ' + default.strip() if equals else ''}`"
            )
            way_out += ": a field whose type ends with `?` may be left out"
        else:
            way_out = f"write `{name}: {type_}`: a field without a default is required"
        return cls.diagnose(
            f"the name of a field has no `{mark}`: `{key}`", label, help=way_out
        )

    @classmethod
    def tool(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is not the name of a tool: at most 64 ASCII letters, digits, "
            "underscores and dashes",
            label,
            help="say it with `name:`",
        )

    @classmethod
    def unprintable(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "this name contains characters that cannot be seen",
            label,
            help="use letters, digits and underscores",
        )

    @classmethod
    def dunder(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` begins with two underscores, which Python keeps for itself",
            label,
            help="begin it with a letter",
        )


class DuplicateName(Rule):
    """Two things with one name

    The name of a step stands for one thing where it is known: it is given once in a
    body, and hides no name of the bodies around it. Branches and loops beside each
    other may use the same names. A definition has its name alone among those of its
    kind, those of used files counted.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "hello"
        if payload.again:
            step hello:
                value: "hello again"
    ```

    Right:

    ```ai
    chain greet:
        if payload.again:
            step hello:
                value: "hello again"
        else:
            step hello:
                value: "hello"
        result: "{{ hello }}"
    ```
    """

    code = "N302"
    name = "duplicate-name"

    @classmethod
    def of(cls, what: str, name: str, label: Label, first: Label) -> Diagnostic:
        return cls.diagnose(
            f"the name `{name}` is already that of another {what}",
            label,
            first,
            help="give one of them another name",
        )


class UnknownFile(Rule):
    """A `use` of a file that is not there

    The path of a `use` begins in the folder of the file that uses, may leave out
    the ending, and stays inside the project.

    Wrong:

    ```ai
    use no_such_file

    chain greet:
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N311"
    name = "unknown-file"

    @classmethod
    def of(cls, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`use {text}` leads to no spec file",
            label,
            help="the path begins in the folder of this file",
        )

    @classmethod
    def outside(cls, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`use {text}` does not name a file inside the project",
            label,
            help="the path is relative to this file's folder, with `/` between folders",
        )


class CircularUse(Rule):
    """Files that use each other

    A file has all that the files it uses define, and those that they use. Where the way
    leads back to the file itself, no order is left in which they could be read.

    Wrong:

    ```ai
    # saved as wrong.ai
    use wrong

    chain greet:
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    # saved as right.ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N322"
    name = "circular-use"

    @classmethod
    def of(cls, files: Sequence[str], label: Label) -> Diagnostic:
        """`files` are those of the circle, from the one that is used again."""
        way = " -> ".join(f"`{file}`" for file in (*files, files[0]))
        return cls.diagnose(
            f"files use each other in a circle: {way}",
            label,
            help="move what both need into a file of its own",
        )
