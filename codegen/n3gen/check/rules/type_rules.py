"""Rules of types: N7xx."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.spec.values import boolean_meant

__all__ = [
    "BadDefault",
    "FieldNameTaken",
    "SameFieldName",
    "TypeNameTaken",
    "UnfitBound",
    "UnknownType",
]


class UnknownType(Rule):
    """An unknown type

    A type is one of the language's (`str`, `int`, `float`, `bool`, `any`, `none`,
    `list`, `dict`, `one of`, `date`, `datetime`, `duration`, `uuid`, `file`) or
    declared in the file or one that it uses.

    Wrong:

    ```ai
    chain greet:
        input:
            name: string
        step hello:
            value: "hello {{ payload.name }}"
    ```

    Right:

    ```ai
    chain greet:
        input:
            name: str
        step hello:
            value: "hello {{ payload.name }}"
    ```
    """

    code = "N702"
    name = "unknown-type"

    @classmethod
    def of(
        cls, name: str, label: Label, meant: str | None, also: str = ""
    ) -> Diagnostic:
        """`also` is another way out, before `or`."""
        message, way_out = f"no type has the name `{name}`", f"declare `type {name}:`"
        return cls.diagnose(message, label, help=f"{also}{way_out}", meant=meant)


class BadDefault(Rule):
    """A default that is not of its field's type

    A default is used where a value is missing, so it has to be what a given value
    would have to be. A declared type has no default; `Name?` may be left out.

    Wrong:

    ```ai
    chain greet:
        input:
            times: int = often
        step hello:
            value: "hello {{ payload.times }}"
    ```

    Right:

    ```ai
    chain greet:
        input:
            times: int = 3
        step hello:
            value: "hello {{ payload.times }}"
    ```
    """

    code = "N703"
    name = "bad-default"

    @classmethod
    def of(cls, default: str, wanted: str, label: Label) -> Diagnostic:
        """`default` and the type as the spec writes them."""
        way_out = None
        if default in ("null", "None", "none"):
            rest = [one for one in wanted.split(" | ") if one != "none"]
            way_out = f"write `{rest[0]}?`: it may be left out, and is none then"
            if len(rest) > 1:
                way_out = f"write `{' | '.join(rest)} | none = none`"
        elif wanted == "bool" and (meant := boolean_meant(default)):
            way_out = f"write `{meant}`"
        elif default in ("list()", "dict()"):
            way_out = f"write `{'[]' if default == 'list()' else '{}'}`"
        elif wanted == "str" or wanted.startswith("str "):
            way_out = f'write `"{default}"` for the text'
        return cls.diagnose(
            f"the default `{default}` is not of type `{wanted}`",
            label,
            help=way_out or f"write a value of type `{wanted}`, or remove the default",
        )

    @classmethod
    def of_declared(
        cls, default: str, type_: str, whole: str | None, label: Label
    ) -> Diagnostic:
        """`type_` is one that the spec declares; `whole` is all of it, if it may not be none."""
        optional = f", or write `{whole}?`: it is none until it is given"
        return cls.diagnose(
            f"the default `{default}` has a value of `{type_}`, and a declared type has "
            "no default",
            label,
            help="remove the default" + (optional if whole else ""),
        )

    @classmethod
    def none(cls, wanted: str, label: Label) -> Diagnostic:
        written = "none" if wanted.endswith("| none") else f"{wanted}?"
        message = "the default `None` is a text: none is written `none`"
        way_out = f'write `{written}`, or `"None"` for the text'
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def call(cls, default: str, label: Label) -> Diagnostic:
        name = default.partition("(")[0]
        way_out = "put it in quotes if the text is meant"
        if name in ("Field", "field"):
            way_out = (
                "write a mapping, such as `{type: str, alias: from, max_length: 9}`"
            )
        elif "env" in name:
            way_out = "remove it, and read `env.NAME` in an expression"
        return cls.diagnose(
            f"the default `{default}` is a text: nothing is called here",
            label,
            help=way_out,
        )


class FieldNameTaken(Rule):
    """A field with a name that records need themselves

    A declared type becomes a class of the generated module. The methods of such
    a class, and the types that its fields name, cannot be fields of it. Where JSON has
    such a name, the field gets another, and the name in JSON as its `alias`.

    Wrong:

    ```ai
    type Letter:
        copy: str

    chain write:
        step draft:
            kind: connector
            target: writer
            output: Letter
    ```

    Right:

    ```ai
    type Letter:
        duplicate: str

    chain write:
        step draft:
            kind: connector
            target: writer
            output: Letter
    ```
    """

    code = "N704"
    name = "field-name-taken"

    @classmethod
    def member(cls, name: str, kind: str, label: Label) -> Diagnostic:
        """Records of pydantic have it, as `a method` or `an attribute`."""
        return cls.diagnose(
            f"`{name}` is {kind} of every record",
            label,
            help=f"call it `{name}_`, with `alias: {name}` for its name in JSON",
        )

    @classmethod
    def type(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is a type and cannot be a field as well",
            label,
            help=f"call it `{name}_`, with `alias: {name}` for its name in JSON",
        )


class TypeNameTaken(Rule):
    """A declared type with the name of one of the language's

    `str` or `list` would then mean two things.

    Wrong:

    ```ai
    type any:
        text: str

    chain write:
        step draft:
            kind: connector
            target: writer
            output: any
    ```

    Right:

    ```ai
    type Anything:
        text: str

    chain write:
        step draft:
            kind: connector
            target: writer
            output: Anything
    ```
    """

    code = "N705"
    name = "type-name-taken"

    @classmethod
    def of(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is already a type of the language",
            label,
            help="give the type another name",
        )


class UnfitBound(Rule):
    """A bound that its field cannot have

    `min` and `max` are for numbers, `min_length` and `max_length` for texts, lists and
    dicts, `pattern` for texts. The type may be one of these or none. A least bound is
    not above the greatest, and a pattern is a regular expression without looking
    ahead or behind, which JSON Schema and pydantic do not have in common.

    Wrong:

    ```ai
    chain greet:
        input:
            name: {type: str, max: 20}
        step hello:
            value: "hello {{ payload.name }}"
    ```

    Right:

    ```ai
    chain greet:
        input:
            name: {type: str, max_length: 20}
        step hello:
            value: "hello {{ payload.name }}"
    ```
    """

    code = "N707"
    name = "unfit-bound"

    @classmethod
    def of(cls, bound: str, wanted: str, type_: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{bound}` is for {wanted}, and this is `{type_}`",
            label,
            help="remove it, or change the type",
        )

    @classmethod
    def crossed(cls, least: str, most: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{least}` is above `{most}`, so that nothing fits",
            label,
            help="exchange their numbers, or remove one",
        )

    @classmethod
    def pattern(cls, fault: str, label: Label) -> Diagnostic:
        way_out = "put a backslash before a sign that stands for itself"
        if "not supported" in fault:
            way_out = "write the pattern without it, or check the value in a step"
        message = f"`pattern` is not a regular expression: {fault}"
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def default(cls, default: str, bound: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the default `{default}` is not within `{bound}`",
            label,
            help="change the default or the bound",
        )


class SameFieldName(Rule):
    """Two fields of one name

    A field has a name in Python and one in JSON. Both are its own: `from` is `from_` in
    Python, as `from` is a word of that language.

    Wrong:

    ```ai
    chain greet:
        input:
            from: str
            from_: str
        step hello:
            value: "hello {{ payload.from }}"
    ```

    Right:

    ```ai
    chain greet:
        input:
            from: str
            origin: str
        step hello:
            value: "hello {{ payload.from }}"
    ```
    """

    code = "N708"
    name = "same-field-name"

    @classmethod
    def of(cls, name: str, language: str, here: Label, there: Label) -> Diagnostic:
        return cls.diagnose(
            f"two fields are called `{name}` in {language}",
            here,
            there,
            help="give one of them another name or `alias`",
        )
