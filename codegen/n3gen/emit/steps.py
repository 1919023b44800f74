"""Takes a step; hands on its function: its condition, what it renders, its permit, its call."""

from __future__ import annotations

import math
from collections.abc import Mapping

from n3gen.check.texts import references_of
from n3gen.emit.models import ModelConnections
from n3gen.emit.module import Block, Code, Function
from n3gen.emit.scope import ChainScope
from n3gen.emit.texts import (
    arguments,
    keyword,
    negated,
    seconds_literal,
    sentence,
)
from n3gen.emit.types import annotation
from n3gen.expressions import Code as Expression
from n3gen.expressions import (
    data_to_python,
    literal,
    parse_expression,
    parse_template,
    to_python,
)
from n3gen.spec.model import Data, Step

__all__ = ["StepFunction"]

_PERMIT = "Permit(step, run.llm)"

_OWN_NAMES = {"run", "step", "model_call", "inner", "result"}
"""Variables that a step's function may have of its own."""


class StepFunction:
    """The function of one step; `reads` are the names it takes as parameters."""

    def __init__(
        self, scope: ChainScope, step: Step, connections: ModelConnections
    ) -> None:
        self.scope = scope
        self.step = step
        self.connections = connections
        self.name = scope.module.function_name(scope.chain, step.name)
        references = references_of(step)
        self.reads = scope.reads(references | self._implied_reads())
        self.reads_options = "options" in references
        self.names = scope.names()
        self.body: list[Code] = []
        self.taken = {scope.variables[name].name for name in self.reads} | _OWN_NAMES

    def call(self, sources: Mapping[str, str]) -> str:
        """The call of it, where `sources` says how each name is read there."""
        given = dict.fromkeys(sources[name] for name in self.reads)
        return self.name + arguments(["run", *given])

    def function(self) -> Function:
        """The function itself."""
        step = self.step
        if self.reads_options:
            options = self._data("options", step.options)
            self.body.append(f"options: dict[str, Any] = {options}")
        if step.when is not None:
            condition = self._expression("when", step.when)
            self.body.append(
                Block(f"if {negated(condition)}:", ("step.skip()", "return None"))
            )
        done = self._done(self._work())
        place = [literal(step.name), str(self._line())]
        permit = self._permit()
        managers = [permit] if permit and not self.body else []
        if managers == [_PERMIT]:
            place.append("run.llm")
            managers = []
        elif permit and not managers:
            done = [Block(f"async with {permit}:", tuple(done))]
        managers.insert(0, f"run.step{arguments(place)} as step")
        header = f"async with {', '.join(managers)}:"
        parameters = ["run: Run", *self.scope.parameters(self.reads)]
        annotation = self.scope.result_of(step.name).annotation
        return Function(
            f"async def {self.name}{arguments(parameters)} -> {annotation}:",
            sentence(step.description or self._summary()),
            (Block(header, (*self.body, *done)),),
        )

    def _done(self, work: str) -> list[Code]:
        """The work, checked against the step's type if it has one, as its result."""
        type_ = self.scope.output(self.step)
        if type_ is None:
            return [f"return step.done({work})"]
        expected = annotation(self.scope.module, type_)
        read = "parse_json" if self.scope.is_model_call(self.step) else "validate"
        return [
            f"result: {expected} = {read}({work}, {expected})",
            "return step.done(result)",
        ]

    def _work(self) -> str:
        match self.step.kind:
            case "value":
                value = data_to_python(self.step.value, self.names)
                return self._placed("value", value).argument
            case "llm":
                return self._model(self.connections.inline(self.step, self._render))
            case "connector":
                return self._connector()
            case "http":
                return self._http()
            case "python":
                return self._python()
            case "chain":
                return self._chain()

    def _connector(self) -> str:
        target = self.step.target or ""
        connector = self.connections.connector(target)
        if connector is None:
            return self._given(target)
        options = self._options() if connector.reads_options else ""
        given = [options] if options else []
        if connector.reads_payload:
            given.insert(0, self.names["payload"].source)
        return self._model((connector.connection, connector.name + arguments(given)))

    def _model(self, call: tuple[str, str]) -> str:
        connection, source = call
        self.body.append(f"model_call = {source}")
        return f"await {connection}.complete(step, model_call)"

    def _http(self) -> str:
        step = self.step
        parts = [
            "step",
            literal(step.method),
            self._render("url", step.url),
            *(
                f"{keyword}={self._data(field, value)}"
                for keyword, field, value in (
                    ("headers", "headers", step.headers),
                    ("params", "query", step.query),
                    ("json", "json", step.json_),
                )
                if value
            ),
        ]
        return f"await http_request{arguments(parts)}"

    def _python(self) -> str:
        target = self.step.target or ""
        if ":" in target or "." in target:
            return self._invoke(self.scope.module.target(target))
        return self._given(target)

    def _given(self, name: str) -> str:
        """The call of a callable that the run is given."""
        step = self.step
        if step.with_ is None and step.executor == "thread":
            return f"await call_connector(step, {literal(name)}, {self._options()})"
        return self._invoke(f"run.connectors[{literal(name)}]")

    def _invoke(self, function: str) -> str:
        step = self.step
        in_thread = step.executor == "thread"
        if step.with_ is None:
            context = "Context" if in_thread else "process_context"
            given = [f"{context}(step, {self._options()})"]
        else:
            given = [
                keyword(name, self._data("with", value, name))
                for name, value in step.with_.items()
            ]
        invoke = "invoke" if in_thread else "invoke_in_process"
        return f"await {invoke}{arguments(['step', function, *given])}"

    def _chain(self) -> str:
        step = self.step
        callee = self.scope.module.chain(step.target or "")
        payload = (
            self.names["payload"].source
            if step.payload is None
            else self._data("payload", step.payload)
        )
        if callee.check:
            payload = f"{callee.check}({payload})"
        name, source = literal(callee.chain.name), literal(callee.chain.place.path)
        self.body.append(f"inner = sub_run(step, {name}, {source}, {payload})")
        return f"await {callee.function}(inner, inner.payload)"

    def _options(self) -> str:
        """The rendered options; expressions that read them have made a variable of them."""
        if self.reads_options:
            return "options"
        return self._data("options", self.step.options) if self.step.options else "{}"

    def _permit(self) -> str | None:
        step = self.step
        seconds = self._seconds()
        parts = ["step"]
        if step.kind in ("llm", "connector") and step.limited:
            parts.append("run.llm")
        if seconds is not None:
            parts.append(f"timeout={seconds_literal(seconds)}")
        return f"Permit{arguments(parts)}" if len(parts) > 1 else None

    def _seconds(self) -> float | None:
        """The timeout of the work: the step's, and that of what it calls."""
        step = self.step
        known = [] if step.timeout is None else [step.timeout]
        target = step.target or ""
        if step.kind == "chain":
            known.append(self.scope.module.chain(target).chain.timeout or math.inf)
        elif step.kind == "connector" and target in self.scope.module.connectors:
            own = self.scope.module.connectors[target].timeout
            known += [own] if own is not None and not known else []
        seconds = min(known, default=math.inf)
        return None if math.isinf(seconds) else seconds

    def _render(self, field: str, value: Data) -> str:
        """A part of a model call or request: what is not data is sure to be a text."""
        if field == "options":
            return self._data(field, value)
        code = to_python(parse_template(value), self.names, as_text=True)
        return self._ready(code, field)

    def _data(self, field: str, value: Data, *keys: str) -> str:
        return self._ready(data_to_python(value, self.names), field, *keys)

    def _ready(self, code: Expression, field: str, *keys: str) -> str:
        """An expression for an argument of the work.

        One that can fail is evaluated before the work and its permit, in a variable
        of its own.
        """
        if not code.fallible:
            return code.argument
        variable = (keys or (field,))[-1]
        while variable in self.taken:
            variable += "_"
        self.taken.add(variable)
        self._placed(field, code, *keys)
        self.body.append(f"{variable} = {code.source}")
        return variable

    def _expression(self, field: str, text: str) -> str:
        return self._placed(field, to_python(parse_expression(text), self.names)).source

    def _placed(self, field: str, code: Expression, *keys: str) -> Expression:
        """An expression; before it, where it stands, if it can fail."""
        if code.fallible:
            line = self._line(field, *keys)
            shown = ".".join((field, *keys))
            self.body.append(f"step.at({literal(shown)}, {line})")
        return code

    def _line(self, *keys: str) -> int:
        place = self.step.place
        for key in keys:
            place /= key
        return self.scope.module.line(place)

    def _implied_reads(self) -> set[str]:
        """The payload, where the step hands it on without an expression."""
        step = self.step
        if step.kind == "chain" and step.payload is None:
            return {"payload"}
        if step.kind == "connector":
            connector = self.connections.connector(step.target or "")
            return {"payload"} if connector and connector.reads_payload else set()
        return set()

    def _summary(self) -> str:
        step = self.step
        match step.kind:
            case "llm":
                return "A model call."
            case "value":
                return "A computed value."
            case "http":
                return f"{step.method} {step.url}"
            case "connector" | "python" | "chain":
                return f"{step.kind.capitalize()} `{step.target}`."
