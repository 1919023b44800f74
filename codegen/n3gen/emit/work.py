"""Takes a step; hands on the expression that does its work, where that is no model call."""

from __future__ import annotations

import math

from n3gen.emit.module import Code
from n3gen.emit.rendering import Rendering
from n3gen.emit.texts import arguments, keyword, seconds_literal
from n3gen.emit.types import annotation
from n3gen.expressions import literal
from n3gen.semantics.asked import called_connector
from n3gen.spec.model import (
    ChainStep,
    ConnectorStep,
    HttpStep,
    LlmStep,
    PythonStep,
    ValueStep,
)

__all__ = ["Work"]


class Work:
    """The work of one step.

    `options` is the variable of its rendered options, once there is one. `inside` are
    statements that every try of the work needs again, `key` the sources of what its
    result depends on.
    """

    options: str | None = None

    def __init__(self, rendering: Rendering) -> None:
        self.rendering = rendering
        self.scope = rendering.scope
        self.step = rendering.step
        self.inside: list[Code] = []
        self.key: list[str] = []

    @property
    def awaits(self) -> bool:
        """Whether the work is something to await."""
        return not isinstance(self.step, ValueStep)

    def source(self) -> str:
        """The expression of the work, without its `await`."""
        match self.step:
            case ValueStep() as step:
                return self.rendering.value("value", step.value)
            case ConnectorStep() as step:
                return self._given(step)
            case HttpStep() as step:
                return self._http(step)
            case ChainStep() as step:
                return self._chain(step)
            case PythonStep() as step:
                return self._python(step)
            case step:
                raise TypeError(f"kind `{step.kind}` is no work of its own")

    def checked(self, source: str, done: str = "step.done({})") -> list[Code]:
        """The work, checked against the step's type if it has one, as its result."""
        type_ = self.scope.output(self.step)
        if type_ is None:
            return [f"return {done.format(source)}"]
        expected = annotation(self.scope.module, type_)
        return [
            f"result: {expected} = validate({source}, {expected})",
            f"return {done.format('result')}",
        ]

    def permit(self) -> str | None:
        """The permit that the work needs, with its time."""
        step, seconds = self.step, self.seconds()
        parts = ["step"]
        if isinstance(step, LlmStep | ConnectorStep) and step.limited:
            parts.append("run.llm")
        if seconds is not None:
            parts.append(f"timeout={seconds_literal(seconds)}")
        return f"Permit{arguments(parts)}" if len(parts) > 1 else None

    def seconds(self) -> float | None:
        """The timeout of the work: the step's, and that of what it calls."""
        step = self.step
        known = [] if step.timeout is None else [step.timeout]
        called = called_connector(step, self.scope.module.connectors)
        if isinstance(step, ChainStep):
            chain = self.scope.module.chain(step.target or "").chain
            known.append(chain.timeout or math.inf)
        elif called is not None:
            own = called.timeout
            known += [own] if own is not None and not known else []
        seconds = min(known, default=math.inf)
        return None if math.isinf(seconds) else seconds

    def rendered_options(self) -> str:
        """The rendered options; expressions that read them have made a variable of them."""
        if self.options is None and self.step.options:
            return self.rendering.data("options", self.step.options)
        return self.options or "{}"

    def _http(self, step: HttpStep) -> str:
        parts = [literal(step.method), self.rendering.field("url", step.url)]
        parts += [
            f"{keyword}={self.rendering.data(field, value)}"
            for keyword, field, value in (
                ("headers", "headers", step.headers),
                ("params", "query", step.query),
                ("json", "json", step.json_),
            )
            if value
        ]
        self.key += [part.partition("=")[2] or part for part in parts]
        return f"http_request{arguments(['step', *parts])}"

    def _python(self, step: PythonStep) -> str:
        target = step.target or ""
        if ":" in target or "." in target:
            return self._invoke(step, self.scope.module.target(target))
        return self._given(step)

    def _given(self, step: ConnectorStep | PythonStep) -> str:
        """The call of a callable that the run is given."""
        name = step.target or ""
        if step.with_ is None and step.executor == "thread":
            options = self.rendered_options()
            self.key += [literal(name), "run.payload", options]
            return f"call_connector(step, {literal(name)}, {options})"
        return self._invoke(step, f"run.connectors[{literal(name)}]")

    def _invoke(self, step: ConnectorStep | PythonStep, function: str) -> str:
        in_thread = step.executor == "thread"
        self.key.append(literal(step.target))
        if step.with_ is None:
            context = "Context" if in_thread else "process_context"
            options = self.rendered_options()
            self.key += ["run.payload", options]
            given = [f"{context}(step, {options})"]
        else:
            values = {
                name: self.rendering.data("with", value, name)
                for name, value in step.with_.items()
            }
            self.key += values.values()
            given = [keyword(name, value) for name, value in values.items()]
        invoke = "invoke" if in_thread else "invoke_in_process"
        return f"{invoke}{arguments(['step', function, *given])}"

    def _chain(self, step: ChainStep) -> str:
        callee = self.scope.module.chain(step.target or "")
        payload = (
            self.rendering.names["payload"].source
            if step.payload is None
            else self.rendering.data("payload", step.payload)
        )
        self.key.append(payload)
        if callee.check:
            payload = f"{callee.check}({payload})"
        name, source = literal(callee.chain.name), literal(callee.chain.place.path)
        self.inside.append(f"inner = sub_run(step, {name}, {source}, {payload})")
        return f"{callee.function}(inner, inner.payload)"
