"""Takes the fields of a step; hands on the Python that renders them, in its function's body."""

from __future__ import annotations

from n3gen.emit.module import Code
from n3gen.emit.scope import ChainScope
from n3gen.expressions import Code as Expression
from n3gen.expressions import (
    data_to_python,
    literal,
    parse_expression,
    parse_template,
    to_python,
)
from n3gen.names import LOCALS
from n3gen.semantics.reads import references_of
from n3gen.spec.model import Data, Place, Step

__all__ = ["Rendering"]

_NOT_FREE = LOCALS - {"options"} | {"run", "step", "model_call", "inner", "result"}
"""What no variable of a step's function may cover."""

_TEXTS = ("prompt", "system", "url")
"""The fields that are texts, whatever their templates give."""


class Rendering:
    """The fields of one step as Python: `body` are the statements that render them.

    `reads` are the names that they take from outside.
    """

    def __init__(self, scope: ChainScope, step: Step, implied: set[str]) -> None:
        self.scope = scope
        self.step = step
        self.reads = scope.reads(references_of(step) | implied)
        self.names = scope.names()
        self.body: list[Code] = []
        self.taken = {scope.variables[name].name for name in self.reads} | _NOT_FREE

    def field(self, field: str, value: Data) -> str:
        """A field as the argument of a call: as a text if it is one, else as data."""
        if field not in _TEXTS:
            return self.data(field, value)
        code = to_python(parse_template(value), self.names, as_text=True)
        return self._ready(code, self.step.place, field)

    def data(
        self, field: str, value: Data, *keys: str, owner: Place | None = None
    ) -> str:
        """Data whose texts are templates, as an argument.

        It stands under `keys` of the field of the step, or of its `owner`.
        """
        code = data_to_python(value, self.names)
        return self._ready(code, owner or self.step.place, field, *keys)

    def value(self, field: str, value: Data) -> str:
        """Data as an argument that is evaluated where it stands."""
        code = data_to_python(value, self.names)
        self._note(code, self.step.place, field)
        return code.argument

    def expression(self, field: str, text: str) -> str:
        """An expression that is evaluated where it stands."""
        code = to_python(parse_expression(text), self.names)
        self._note(code, self.step.place, field)
        return code.source

    def variable(self, wanted: str) -> str:
        """A new variable of the function."""
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted

    def line(self) -> int:
        """The line of the step."""
        return self.scope.module.line(self.step.place)

    def _ready(self, code: Expression, owner: Place, *keys: str) -> str:
        """An expression for an argument of the work.

        One that can fail is evaluated before the work and its permit, in a variable
        of its own.
        """
        if not code.fallible:
            return code.argument
        variable = self.variable(keys[-1])
        self._note(code, owner, *keys)
        self.body.append(f"{variable} = {code.source}")
        return variable

    def _note(self, code: Expression, owner: Place, *keys: str) -> None:
        """Notes where an expression stands that comes next and can fail."""
        if code.fallible:
            place = owner
            for key in keys:
                place /= key
            line = self.scope.module.line(place)
            self.body.append(f"step.at({literal('.'.join(keys))}, {line})")
