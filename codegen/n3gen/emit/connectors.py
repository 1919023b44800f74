"""The connectors of a spec, as functions that say what a model is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from n3gen.emit.code import (
    call,
    constant,
    keyword,
    name,
    parameter,
    support_call,
    tuple_of,
)
from n3gen.emit.connections import ModuleConnections
from n3gen.emit.fields import asked_data
from n3gen.emit.module_nodes import ConnectorFunction, Constant
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.policies import cache_code
from n3gen.emit.providers import PROVIDERS
from n3gen.emit.scope import ANY
from n3gen.emit.texts import doc
from n3gen.emit.tools import tool_code
from n3gen.expressions import (
    Code,
    Name,
    Shape,
    parse_template,
    to_python,
)
from n3gen.names import python_name
from n3gen.semantics.reads import parsed, references_of
from n3gen.semantics.walk import all_steps
from n3gen.spec.model import Cache, Connector, ConnectorStep, Data, ModelStep
from n3gen.target import Telemetry

__all__ = ["TEXTS", "AskedConnector", "ModelCalls"]


class Render(Protocol):
    """Renders a field of a model call; `reader` is the support that its value is given to."""

    def __call__(self, field: str, value: Data, reader: str | None = None) -> Code: ...


TEXTS = ("prompt", "system")
"""The fields of a model call that are texts, whatever their templates give."""

_NAMES = {
    "payload": Name("payload"),
    "input": Name("payload"),
    "options": Name("options"),
    "run": Name("run", Shape("model", {"id": None})),
}
"""What the texts of a connector may read."""


@dataclass(frozen=True, slots=True)
class AskedConnector:
    """A connector of the spec, its function, and what that reads."""

    function: str
    connector: Connector
    reads_run: bool
    reads_payload: bool
    reads_options: bool

    def call(self, payload: Code, options: Code) -> Code:
        """The call of its function."""
        given = [name("run")] if self.reads_run else []
        given += [payload] if self.reads_payload else []
        return call(self.function, [*given, *([options] if self.reads_options else [])])


class ModelCalls:
    """The connectors and caches of one module, emitted when a step first needs one."""

    def __init__(self, module: ModuleScope, connections: ModuleConnections) -> None:
        self.module = module
        self.connections = connections
        self.functions: list[ConnectorFunction] = []
        self.uses_files = False
        self._connectors: dict[str, AskedConnector] = {}
        self._given_options = {
            step.target
            for step in all_steps(module.spec)
            if isinstance(step, ConnectorStep) and step.options
        }
        self._caches: dict[str, str] = {}

    def cache(self, name: str, cache: Cache) -> str:
        """The constant of the cache `name`; the same name in another file is another cache."""
        if name not in self._caches:
            constant = self.module.unique(f"{python_name(name).upper()}_CACHE")
            self._caches[name] = constant
            self.uses_files |= cache.path is not None
            code = cache_code(cache, f"{cache.place.stem}:{name}")
            self.connections.caches.append(Constant(constant, code))
        return self._caches[name]

    def connector(self, name: str) -> AskedConnector | None:
        """The connector of that name, or `None` where the run must bring it."""
        if name not in self._connectors:
            if name not in self.module.connectors:
                return None
            self._connectors[name] = self._connector(self.module.connectors[name])
        return self._connectors[name]

    def call(self, asked: Connector | ModelStep, render: Render) -> Code:
        """The `ModelCall` or `EmbedCall` of a connector or an `llm` step."""
        uses = ["tools"] if asked.tools else []
        uses += ["images"] if _may_have_images(asked) else []
        uses += ["files"] if asked.has("files") else []
        connection = name(self.connections.constant(asked.connection, *uses))
        if asked.embed is None:
            for report in self.module.reports:
                provider = self._provider(asked, report)
                connection = support_call(report.connection, connection, *provider)
        return support_call(_kind(asked), connection, *self._parts(asked, render))

    def _provider(self, asked: Connector | ModelStep, report: Telemetry) -> list[Code]:
        """The provider's name as conventions have it, for a report that names it."""
        if not report.names_providers:
            return []
        connection = self.connections.named(asked.connection)
        return [constant(PROVIDERS[connection.protocol].known_as or connection.name)]

    def _parts(self, asked: Connector | ModelStep, render: Render) -> Iterator[Code]:
        if asked.embed is not None:
            connection = self.connections.named(asked.connection)
            vectors = PROVIDERS[connection.protocol].vectors
            assert vectors is not None, "a rule keeps other providers from embedding"
            fetch = name(vectors, vectors)
            for report in self.module.reports:
                provider = self._provider(asked, report)
                fetch = support_call(report.vectors, fetch, *provider)
            yield fetch
            yield keyword("texts", render("embed", asked.embed))
        for field in ("prompt", "system"):
            if getattr(asked, field) is not None:
                yield keyword(field, render(field, getattr(asked, field)))
        for field in ("messages", "images", "files"):
            if getattr(asked, field):
                yield keyword(field, render(field, getattr(asked, field)))
        if _may_have_images(asked):
            yield keyword("load_image", name("read_image", "read_image"))
        if asked.model is not None:
            connection = self.connections.named(asked.connection)
            is_needed = connection.needs_model and connection.model is None
            reader = "needed_model_name" if is_needed else "model_name"
            yield keyword("model", render("model", asked.model, reader))
        if asked.options:
            yield keyword("options", render("options", _with_extra(asked.options)))
        if asked.tools:
            yield keyword(
                "tools", tuple_of([tool_code(self.module, one) for one in asked.tools])
            )
        if asked.rounds is not None:
            yield keyword("rounds", constant(asked.rounds))
        if isinstance(asked, Connector):
            options = [name("options")] if self._takes_options(asked) else []
            parts = (constant(asked.name), *options)
            yield keyword("connector", support_call("ModelConnector", *parts))

    def _takes_options(self, connector: Connector) -> bool:
        """Whether it reads options, or steps give it some, which a callable may read."""
        is_given = connector.name in self._given_options
        return is_given or "options" in references_of(connector)

    def _connector(self, connector: Connector) -> AskedConnector:
        references = references_of(connector)
        reads_payload = bool(references & {"payload", "input"})
        reads_options = self._takes_options(connector)
        options = name("dict[str, Any]", "Any", "dict", "str")
        reads_run = _reads_run(connector)
        parameters = [parameter("run", name("Run", "Run"))] if reads_run else []
        parameters += [parameter("payload", ANY)] if reads_payload else []
        parameters += [parameter("options", options)] if reads_options else []
        function = self.module.unique(f"_{python_name(connector.name)}")
        said = (
            connector.description or f"The model call of connector `{connector.name}`."
        )
        self.functions.append(
            ConnectorFunction(
                function,
                tuple(parameters),
                doc(said),
                connector.embed is not None,
                self.call(connector, _render),
            )
        )
        return AskedConnector(
            function, connector, reads_run, reads_payload, reads_options
        )


def _reads_run(connector: Connector) -> bool:
    """Whether its texts read the run: its id, or the time of its start."""
    references = (
        read for text in connector.texts() for read in parsed(text).references
    )
    return any(reference.root == "run" for reference in references)


def _render(field: str, value: Data, reader: str | None = None) -> Code:
    if field in TEXTS:
        return to_python(parse_template(value), _NAMES, as_text=True)
    return asked_data(field, value, _NAMES, reader)


def _with_extra(options: dict[str, Data]) -> dict[str, Data]:
    """The options as they are sent: those under `extra` beside the others."""
    extra = options.get("extra")
    if not isinstance(extra, dict):
        return options
    return {name: options[name] for name in options if name != "extra"} | extra


def _kind(asked: Connector | ModelStep) -> str:
    """The class of a call."""
    if asked.embed is not None:
        return "EmbedCall"
    if asked.has("files"):
        return "FileCall"
    return "ChatCall" if asked.messages or asked.images else "ModelCall"


def _may_have_images(asked: Connector | ModelStep) -> bool:
    """Whether a call has pictures, or messages that are known only when it is made."""
    given = asked.messages
    written = given if isinstance(given, list) else [given] if given else []
    is_open = any(not isinstance(message, dict) for message in written)
    return is_open or asked.has("images")
