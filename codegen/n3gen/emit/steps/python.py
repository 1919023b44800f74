"""A `python` step: the call of a function that is imported, or that the run is given."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant, keyword_argument, name
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import CallConnector, CallFunction
from n3gen.expressions import literal
from n3gen.spec.model import Step

__all__ = ["python"]


@STEP_FORMS.of("python")
def python(step: Step, asking: Asking) -> CallFunction | CallConnector:
    target, fields = step.target or "", asking.fields
    in_process = step.executor == "process"
    is_imported = ":" in target or "." in target
    if not is_imported and step.with_ is None and not in_process:
        return asking.given(target)
    function = (
        asking.scope.module.target(target)
        if is_imported
        else name(f"run.connectors[{literal(target)}]")
    )
    summary = f"Python `{target}`."
    if step.with_ is None:
        options = fields.options()
        read = (constant(target), name("run.payload"), options)
        return CallFunction(read, summary, function, (), options, in_process)
    values = {key: fields.data("with", value, key) for key, value in step.with_.items()}
    arguments = tuple(keyword_argument(key, value) for key, value in values.items())
    key = (constant(target), *values.values())
    return CallFunction(key, summary, function, arguments, None, in_process)
