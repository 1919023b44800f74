"""The calls that connectors and model steps of a spec make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from n3gen.emit.connections import Connections
from n3gen.emit.module import Function
from n3gen.emit.providers import provider_of
from n3gen.emit.scope import ModuleScope
from n3gen.emit.texts import arguments, doc
from n3gen.expressions import (
    Name,
    Shape,
    data_to_python,
    literal,
    parse_template,
    to_python,
)
from n3gen.names import python_name
from n3gen.semantics.reads import references_of
from n3gen.spec.model import Connector, Data, LlmStep, Tool

__all__ = ["ConnectorFunction", "ModelCalls"]

Render = Callable[[str, Data], str]

_TEXTS = ("prompt", "system")
"""The fields of a model call that are texts, whatever their templates give."""


@dataclass(frozen=True, slots=True)
class ConnectorFunction:
    """A connector of the spec: the function that gives what it asks, and what that reads."""

    name: str
    connector: Connector
    reads_payload: bool
    reads_options: bool


class ModelCalls:
    """The connectors of one module, emitted when a step first asks one."""

    def __init__(self, module: ModuleScope, connections: Connections) -> None:
        self.module = module
        self.connections = connections
        self.functions: list[Function] = []
        self.uses_files = False
        self._connectors: dict[str, ConnectorFunction] = {}
        self._caches: dict[str, str] = {}

    def cache(self, name: str, source: str) -> str:
        """The constant of the cache `name`, which is made by `source`."""
        if name not in self._caches:
            constant = self.module.unique(f"{python_name(name).upper()}_CACHE")
            self._caches[name] = constant
            self.uses_files |= source.startswith("SqliteCache")
            self.connections.caches.append(f"{constant} = {source}")
        return self._caches[name]

    def connector(self, name: str) -> ConnectorFunction | None:
        """The connector of that name, or `None` where the run must bring it."""
        if name not in self._connectors:
            if name not in self.module.connectors:
                return None
            self._connectors[name] = self._connector(self.module.connectors[name])
        return self._connectors[name]

    def call(self, asked: Connector | LlmStep, render: Render) -> str:
        """The `ModelCall` or `EmbedCall` of a connector or an `llm` step."""
        has_images = bool(asked.images) or _may_have_images(asked.messages)
        uses = ["tools"] if asked.tools else []
        uses += ["images"] if has_images else []
        parts = [self.connections.constant(asked.connection, *uses)]
        fields: list[tuple[str, str, Data]] = []
        if asked.embed is not None:
            provider = provider_of(self.connections.named(asked.connection))
            assert provider.vectors is not None
            parts.append(provider.vectors)
            fields.append(("texts", "embed", asked.embed))
        fields += [(n, n, v) for n in _TEXTS if (v := getattr(asked, n)) is not None]
        fields += [
            (n, n, v) for n in ("messages", "images") if (v := getattr(asked, n))
        ]
        parts += [f"{name}={render(key, value)}" for name, key, value in fields]
        if has_images:
            parts.append("load_image=read_image")
        if asked.model is not None:
            parts.append(f"model={literal(asked.model)}")
        if asked.options:
            parts.append(f"options={render('options', _with_extra(asked.options))}")
        if asked.tools:
            tools = ", ".join(map(self._tool, asked.tools))
            parts.append(f"tools=({tools},)")
        if asked.rounds is not None:
            parts.append(f"rounds={asked.rounds}")
        kind = "ModelCall" if asked.embed is None else "EmbedCall"
        return f"{kind}{arguments(parts)}"

    def _tool(self, tool: Tool) -> str:
        parts = [literal(tool.name), self.module.target(tool.target)]
        if tool.description is not None:
            parts.append(literal(tool.description))
        return f"PythonTool{arguments(parts)}"

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
            if field in _TEXTS:
                return to_python(parse_template(value), names, as_text=True).argument
            return data_to_python(value, names).argument

        given = arguments([text for text, is_read in parameters.items() if is_read])
        kind = "ModelCall" if connector.embed is None else "EmbedCall"
        self.functions.append(
            Function(
                f"def {name}{given} -> {kind}:",
                doc(
                    connector.description or f"What connector `{connector.name}` asks."
                ),
                (f"return {self.call(connector, render)}",),
            )
        )
        return ConnectorFunction(name, connector, *parameters.values())


def _with_extra(options: dict[str, Data]) -> dict[str, Data]:
    """The options as they are sent: those under `extra` beside the others."""
    extra = options.get("extra")
    if not isinstance(extra, dict):
        return options
    return {name: options[name] for name in options if name != "extra"} | extra


def _may_have_images(messages: Data) -> bool:
    """Whether messages have pictures, or are known only when they are asked."""
    if not isinstance(messages, list):
        return bool(messages)
    return any(not isinstance(m, dict) or "images" in m for m in messages)
