"""Rules of expressions that parse, and all other rules of this room."""

from __future__ import annotations

from typing import Literal

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.expressions.call_rules import (
    BadPattern,
    UnknownFilter,
    UnknownFunction,
    UnknownTest,
    WrongArguments,
)
from n3gen.expressions.model import Fault
from n3gen.expressions.syntax_rules import (
    ExpressionSyntax,
    ExpressionTooDeep,
    StatementNotAllowed,
    TemplateInside,
    TemplateSyntax,
)

__all__ = [
    "BadPattern",
    "BareNamespace",
    "BranchVariable",
    "ExpressionSyntax",
    "ExpressionTooDeep",
    "IfWithoutElse",
    "PrivateAttribute",
    "StatementNotAllowed",
    "TemplateInside",
    "TemplateSyntax",
    "UnknownField",
    "UnknownFilter",
    "UnknownFunction",
    "UnknownTest",
    "WrongArguments",
]


class PrivateAttribute(Rule):
    """A field whose name begins with an underscore

    Such names are the inside of Python's objects, and no part of data.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{{ payload.__class__ }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "{{ payload.name }}"
    ```
    """

    code = "N506"
    name = "private-attribute"

    @classmethod
    def of(cls, name: str, start: int, end: int) -> Fault:
        what = f"`{name}` begins with an underscore, so expressions cannot read it"
        way_out = "give it another name, or read it in a `python` step"
        return Fault(cls, what, start, end, way_out)


OtherCallers = Literal["lack it", "have it", "differ"]
"""What other chains that call a connector have of a field that one of them lacks."""


class UnknownField(Rule):
    """A field that a declared type does not have

    Where `input:` or a declared type says which fields a value has, an
    expression can read no other. The same goes for what follows from them: the items of
    lists, the values of blocks, of `parallel` and of other chains, and mappings whose
    keys the spec writes out, and what Python functions give whose return type says so.
    Where a value may be of several types, one of them has to
    have the field. What a connector reads of `payload`, each chain with an `input` that
    calls it has to have, unless the connector says what to do without it.

    Wrong:

    ```ai
    chain greet:
        input:
            name: str
        step hello:
            value: "Hello {{ payload.nam }}"
    ```

    Right:

    ```ai
    chain greet:
        input:
            name: str
        step hello:
            value: "Hello {{ payload.name }}"
    ```
    """

    code = "N509"
    name = "unknown-field"

    @classmethod
    def of(
        cls,
        owner: str,
        name: str,
        place: tuple[int, int],
        known: list[str],
        meant: str | None,
    ) -> Fault:
        fields = ", ".join(f"`{field}`" for field in known) or "no fields"
        what = f"`{owner}` has no field `{name}`"
        return Fault(
            cls,
            what,
            *place,
            f"it has {fields}",
            meant=meant,
        )

    @classmethod
    def dashed(cls, owner: str, name: str, place: tuple[int, int]) -> Fault:
        """For `payload.my-field`, which is one value minus another."""
        what = f"the `-` in `{owner}.{name}` subtracts"
        return Fault(cls, what, *place, f"write `{owner}['{name}']`")

    @classmethod
    def plain(
        cls, owner: str, name: str, kind: str, place: tuple[int, int], way: str = ""
    ) -> Fault:
        """`way` is what to write, where that is more than to read `owner` alone."""
        what = f"`{owner}` has no field `{name}`: it is of type `{kind}`"
        return Fault(cls, what, *place, way or f"read `{owner}` alone")

    @classmethod
    def of_caller(
        cls,
        fault: Fault,
        chain: str,
        labels: tuple[Label, Label],
        others: OtherCallers,
    ) -> Diagnostic:
        """For a connector's text and one chain that calls it.

        `labels` are where it is read and where it is called; `others` are the other chains
        that call the connector, which may `have` a field that this one's payload lacks.
        """
        what, way = f"in chain `{chain}`, {fault.message}", fault.help
        if others == "lack it":
            return cls.diagnose(what, *labels, help=way, meant=fault.meant)
        if others == "have it":
            way = "add it to the chain's input, or read it with `| default(...)`"
        return cls.diagnose(what, *labels, help=way)


class IfWithoutElse(Rule):
    """A choice that may choose nothing

    `a if condition` has no value where the condition is false, and a value that
    is missing is an error when the chain runs.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.title if payload.formal }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.title if payload.formal else '' }}"
    ```
    """

    code = "N511"
    name = "if-without-else"

    @classmethod
    def of(cls, start: int, end: int) -> Fault:
        what = "this choice has no value where its condition is false"
        return Fault(cls, what, start, end, "add `else ''`, or what it should be")


class BranchVariable(Rule):
    """A variable that only a branch sets

    What `{% set %}` sets inside `{% if %}` is seen in that branch only.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{% if payload.vip %}{% set name = 'Sir' %}{% endif %}Hello {{ name }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "{% set name = 'Sir' if payload.vip else 'you' %}Hello {{ name }}"
    ```
    """

    code = "N512"
    name = "branch-variable"

    @classmethod
    def of(cls, name: str, start: int, end: int) -> Fault:
        what = f"`{name}` is set in a branch, and cannot be read after it"
        hint = f"write `{{% set {name} = a if condition else b %}}`"
        return Fault(cls, what, start, end, hint)


class BareNamespace(Rule):
    """A family of names without a name

    `env`, `steps`, `run` and `loop` are no values but families of them: `env.HOME`,
    `steps.summary`, `run.id`, `loop.index`. The name has to be written out, so that a run can
    say what it lacks before it starts.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{{ env[payload.name] }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "{{ env.HOME }}"
    ```
    """

    code = "N513"
    name = "bare-namespace"

    @classmethod
    def of(cls, name: str, start: int, end: int) -> Fault:
        examples = {"env": "env.HOME", "run": "run.id", "loop": "loop.index"}
        example = examples.get(name, f"{name}.summary")
        what = f"`{name}` needs a name that is written out"
        return Fault(cls, what, start, end, f"write it like `{example}`")
