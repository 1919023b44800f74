"""The states of a spec, as constants of a module."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.code import constant, keyword, name
from n3gen.emit.inputs import kind_code
from n3gen.emit.module_nodes import StateConstant
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.types import typed_constant
from n3gen.expressions import Code, Name, Shape, parse_expression, to_python
from n3gen.spec.model import State

__all__ = ["OF_RUN", "state_constants"]

_CLASSES = {"run": "RunState", "process": "ProcessState", "stored": "StoredState"}

OF_RUN = {
    "payload": Name("run.payload"),
    "input": Name("run.payload"),
    "run": Name("run", Shape("model", {"id": None})),
}
"""What the `by` of a state may read, and what an actor is made with."""


def state_constants(module: ModuleScope, file: str) -> Iterator[StateConstant]:
    """Yield the states of a module; `file` is where stored ones are by default."""
    for state in module.spec.states:
        by = None
        if state.by is not None:
            by = to_python(parse_expression(state.by), OF_RUN)
        called = _CLASSES[state.scope]
        constant_name = module.states.constants[state.name]
        parts = tuple(_parts(module, state, file))
        yield StateConstant(constant_name, name(called, called), parts, by)


def _parts(module: ModuleScope, state: State, file: str) -> Iterator[Code]:
    yield constant(state.key)
    yield kind_code(module, state.type)
    yield typed_constant(state.default, state.type)
    if state.scope == "stored":
        yield keyword("file", constant(file))
    if state.keep is not None:
        yield keyword("keep", constant(state.keep))
