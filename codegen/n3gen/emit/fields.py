"""The fields of a step as Python expressions, in its function."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from n3gen.emit.code import constant, dict_of, name, support_call
from n3gen.emit.nodes import Place as FieldPlace
from n3gen.emit.scope import ChainScope
from n3gen.emit.step_nodes import Rendered
from n3gen.expressions import (
    Address,
    Code,
    Name,
    PlaceOfFile,
    data_to_python,
    parse_expression,
    parse_template,
    to_python,
)
from n3gen.names import is_name, python_name, state_of, task_of
from n3gen.semantics.reads import references_of, states_read
from n3gen.spec.model import Data, Place, Step, Text
from n3gen.spec.texts import data_texts

__all__ = ["PLAIN", "Fields", "asked_data"]

_NOT_FREE = frozenset(
    ["_", "attempt", "inner", "model_call", "payload", "result", "run", "step"]
)
"""What no variable of a step's function may cover."""

PLAIN = ("str", "int", "float", "bool")
"""Kinds of values in which nothing can be changed."""

_ATTACHED = {"images": PlaceOfFile, "files": PlaceOfFile}
"""The keys of calls and messages under which texts are places of pictures and files."""

_OPTIONS = name("dict[str, Any]", "Any", "dict", "str")


def asked_data(
    field: str,
    value: Data,
    names: Mapping[str, str | Name],
    reader: str | None = None,
) -> Code:
    """The data in a field of a model call; what may be no text is given to the `reader`."""
    if reader is not None:
        code = data_to_python(value, names)
        read = replace(support_call(reader, code), fallible=True)
        return code if code.kind == "str" else read
    if field != "messages" and field not in _ATTACHED:
        return data_to_python(value, names)
    return data_to_python(value, names, _ATTACHED.get(field), _ATTACHED)


class Fields:
    """The fields of one step, rendered as its form asks for them.

    One that can fail is rendered before the work and its permit, in a variable of its
    own: `rendered` are these, in order. `reads` are the names of the chain that the
    step reads.
    """

    def __init__(self, scope: ChainScope, step: Step) -> None:
        self.scope = scope
        self.step = step
        self.rendered: list[Rendered] = []
        self._reads = set(references_of(step))
        self._options: Code | None = None
        known = {scope.variables[n].name for n in scope.reads(self._reads)}
        self._taken = known | _NOT_FREE
        self.names = scope.names(self._states())

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the chain that the step reads."""
        return self.scope.reads(self._reads)

    def read(self, names: Iterable[str]) -> None:
        """Take more names of the chain, which a part of the step reads."""
        self._reads.update(names)

    def _states(self) -> dict[str, str]:
        """The variables of the states that the step reads, each read once, before its work."""
        states, found = self.scope.module.states.names, dict[str, str]()
        memory = (self.step.memory,) if self.step.memory is not None else ()
        for state in dict.fromkeys((*memory, *states_read(self.step))):
            known = states[state_of(state)]
            variable = self.variable(f"{python_name(state)}_state")
            code = Code(known.reading, known.is_fallible)
            place = self._place(code, self.step.place, f"state.{state}")
            self.rendered.append(Rendered(variable, code, place))
            found[state_of(state)] = variable
        return found

    def state(self, known: str) -> Code:
        """The value of a state that the step reads, as its variable."""
        return name(self.names[state_of(known)].source)

    def over(
        self, field: str, value: Data, own: Name
    ) -> tuple[Code, FieldPlace | None]:
        """A field over a name of its own, to be computed later, and its place if it can fail."""
        inner = ChainMap({own.source: own}, cast("dict[str, Name]", self.names))
        code = data_to_python(value, inner)
        return code, self._place(code, self.step.place, field)

    def take_rendered(self) -> tuple[Rendered, ...]:
        """The fields that have been rendered since this was asked last."""
        taken, self.rendered = tuple(self.rendered), []
        return taken

    def payload(self) -> Code:
        """The payload of the run; that of a stage has its argument in it."""
        if self.scope.argument is not None:
            return name("run.payload")
        self._reads.add("payload")
        return name(self.names["payload"].source)

    def task(self, known: str) -> Code:
        """The task of what runs in the background under a name."""
        self._reads.add(task_of(known))
        return name(self.names[task_of(known)].source)

    def argument(self) -> Code | None:
        """The argument of a stage as the payload of what it calls; `None` elsewhere."""
        argument = self.scope.argument
        if argument is None:
            return None
        self.read([argument.name])
        return dict_of({argument.key: name(self.names[argument.name].source)})

    def text(self, field: str, value: str) -> Code:
        """A field that is a text, whatever its template gives."""
        code = to_python(parse_template(value), self.names, as_text=True)
        return self._ready(code, self.step.place, field)

    def expression(self, field: str, text: str) -> Code:
        """A bare expression."""
        code = to_python(parse_expression(text), self.names)
        return self._ready(code, self.step.place, field)

    def address(self, field: str, value: str) -> Code:
        """A field that is an address: values inside its text are percent-encoded."""
        code = to_python(parse_template(value), self.names, as_text=True, form=Address)
        return self._ready(code, self.step.place, field)

    def asked(self, field: str, value: Data, reader: str | None = None) -> Code:
        """A field of a model call that is no text alone."""
        code = asked_data(field, value, self.names, reader)
        return self._ready(code, self.step.place, field)

    def data(
        self, field: str, value: Data, *keys: str, owner: Place | None = None
    ) -> Code:
        """Data whose texts are templates.

        It is under `keys` of the field of the step, or of its `owner`.
        """
        code = data_to_python(value, self.names)
        return self._ready(code, owner or self.step.place, field, *keys)

    def body(self, field: str, value: Data) -> Code:
        """Data that are sent as JSON, which is looked at where it may be none."""
        code = data_to_python(value, self.names)
        kinds = (self._kind(text) for text in data_texts(value))
        if not all(kind in ("str", "int", "bool") for kind in kinds):
            code = replace(support_call("json_body", code), fallible=True)
        return self._ready(code, self.step.place, field)

    def options(self) -> Code:
        """The rendered options."""
        if self._options is not None:
            return self._options
        if not self.step.options:
            return constant({})
        return self.data("options", self.step.options)

    def shares(self, code: Code, data: Data) -> bool:
        """Whether calls with this data, written as `code`, have lists or mappings in common."""
        is_plain = all(map(self._is_plain, data_texts(data)))
        is_one = isinstance(data, str)  # whose variable holds no more than the text
        return not is_plain or (is_name(code.source) and not is_one)

    def _is_plain(self, text: Text) -> bool:
        """Whether a text of some data surely gives a text or a number."""
        return self._kind(text) in PLAIN

    def _kind(self, text: Text) -> str:
        """The name of the type of what a text of some data gives; empty where it is open."""
        return data_to_python(text.text, self.names).kind

    def bind_options(self) -> None:
        """Render the options now, into a variable that expressions may read."""
        value = data_to_python(self.step.options, self.names)
        place = self._place(value, self.step.place, "options")
        self._taken.add("options")
        self.rendered.append(Rendered("options", value, place, _OPTIONS))
        self._options = name("options")

    def condition(self, field: str, text: str) -> tuple[Code, FieldPlace | None]:
        """A condition that is asked where it stands, and its place if it can fail."""
        code = to_python(parse_expression(text), self.names)
        return code, self._place(code, self.step.place, field)

    def variable(self, wanted: str) -> str:
        """A new variable of the function."""
        while wanted in self._taken or self.scope.module.names.has(wanted):
            wanted += "_"
        self._taken.add(wanted)
        return wanted

    def _ready(self, code: Code, owner: Place, *keys: str) -> Code:
        """The expression as an argument of the work."""
        place = self._place(code, owner, *keys)
        if place is None:
            return code
        variable = self.variable(keys[-1])
        self.rendered.append(Rendered(variable, code, place))
        return name(variable)

    def _place(self, code: Code, owner: Place, *keys: str) -> FieldPlace | None:
        if not code.fallible:
            return None
        for key in keys:
            owner /= key
        return FieldPlace(".".join(keys), self.scope.module.line(owner))
