"""Takes connections and connectors of a spec; hands on their Python, as far as chains reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from n3gen.check.texts import references_of
from n3gen.emit.module import Function
from n3gen.emit.scope import ModuleScope
from n3gen.emit.texts import arguments, doc, seconds_literal
from n3gen.expressions import (
    Name,
    Shape,
    data_to_python,
    literal,
    parse_template,
    to_python,
)
from n3gen.names import python_name
from n3gen.spec.environment import parse_env
from n3gen.spec.model import Connection, Connector, Data, Step

__all__ = ["ConnectorFunction", "ModelConnections"]

Render = Callable[[str, Data], str]


@dataclass(frozen=True, slots=True)
class ConnectorFunction:
    """How a connector of the spec is asked: its function, its connection's constant."""

    name: str
    connection: str
    reads_payload: bool
    reads_options: bool


class ModelConnections:
    """The connections and connectors of one module, emitted when a step first asks."""

    def __init__(self, module: ModuleScope) -> None:
        self.module = module
        self.functions: list[Function] = []
        self.constants: list[str] = []
        self.apis: set[str] = set()
        self._connections: dict[str, str] = {}
        self._connectors: dict[str, ConnectorFunction] = {}

    def connector(self, name: str) -> ConnectorFunction | None:
        """The connector of that name, or `None` where the run must bring it."""
        if name not in self._connectors:
            if name not in self.module.connectors:
                return None
            self._connectors[name] = self._connector(self.module.connectors[name])
        return self._connectors[name]

    def inline(self, step: Step, render: Render) -> tuple[str, str]:
        """The connection and the call of an `llm` step."""
        return self.connection(step.connection), _model_call(step, render)

    def connection(self, name: str | None) -> str:
        """The constant of a connection; without a name, of the only one."""
        connections = {c.name: c for c in self.module.spec.connections}
        name = name or next(iter(connections))
        if name not in self._connections:
            connection = connections[name]
            constant = self.module.unique(python_name(name).upper())
            self._connections[name] = constant
            self.apis.add(connection.api)
            self.constants.append(f"{constant} = {_connection(connection)}")
        return self._connections[name]

    def _connector(self, connector: Connector) -> ConnectorFunction:
        names = {
            "payload": Name("payload"),
            "input": Name("payload"),
            "options": Name("options"),
            "run": Name("run", Shape("model", {"id": None})),
        }
        references = references_of(connector)
        parameters = {
            "payload: Any": bool(references & {"payload", "input"}),
            "options: dict[str, Any]": "options" in references,
        }
        name = self.module.unique(f"_{python_name(connector.name)}")

        def render(field: str, value: Data) -> str:
            if field == "options":
                return data_to_python(value, names).argument
            return to_python(parse_template(value), names, as_text=True).argument

        body = _model_call(connector, render)
        given = arguments([text for text, is_read in parameters.items() if is_read])
        self.functions.append(
            Function(
                f"def {name}{given} -> ModelCall:",
                doc(
                    connector.description or f"What connector `{connector.name}` asks."
                ),
                (f"return {body}",),
            )
        )
        return ConnectorFunction(
            name, self.connection(connector.connection), *parameters.values()
        )


def _model_call(asked: Connector | Step, render: Render) -> str:
    parts = [f"prompt={render('prompt', asked.prompt or '')}"]
    if asked.system is not None:
        parts.append(f"system={render('system', asked.system)}")
    if asked.model is not None:
        parts.append(f"model={literal(asked.model)}")
    if asked.options:
        parts.append(f"options={render('options', asked.options)}")
    return f"ModelCall{arguments(parts)}"


def _connection(connection: Connection) -> str:
    parts = [literal(connection.name)]
    if connection.api == "local":
        parts.append(f"latency={connection.latency!r}")
        if connection.answers:
            answers = tuple((a.contains, a.answer) for a in connection.answers)
            parts.append(f"answers={_tuple(answers)}")
        return f"LocalModel{arguments(parts)}"
    for key in ("base_url", "api_key", "model"):
        value = getattr(connection, key)
        if value is not None:
            parts.append(f"{key}={_setting(value)}")
    if connection.headers:
        headers = [
            f"{literal(k)}: {_setting(v)}" for k, v in connection.headers.items()
        ]
        parts.append(f"headers={{{', '.join(headers)}}}")
    if connection.timeout is not None:
        parts.append(f"timeout={seconds_literal(connection.timeout)}")
    return f"OpenAIModel{arguments(parts)}"


def _setting(text: str) -> str:
    """A text of a connection: `env("NAME", "default")` is read at run time."""
    found = parse_env(text)
    if found is None:
        return literal(text)
    default = [] if found.default is None else [literal(found.default)]
    return f"Env{arguments([literal(found.name), *default])}"


def _tuple(value: object) -> str:
    if isinstance(value, tuple):
        items = [_tuple(item) for item in value]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return literal(value)
