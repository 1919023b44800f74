"""The connections of a spec as constants of a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.emit.module import Function
from n3gen.emit.policies import rate_limit_source, timeouts_source
from n3gen.emit.providers import provider_of
from n3gen.emit.scope import ModuleScope
from n3gen.emit.texts import arguments, doc
from n3gen.expressions import (
    Name,
    data_to_python,
    literal,
    parse_expression,
    to_python,
)
from n3gen.names import python_name
from n3gen.prices import Price
from n3gen.spec.environment import parse_env
from n3gen.spec.model import Connection

__all__ = ["Connections", "variables_of"]


class Connections:
    """The connections of one module, emitted when a step first asks one.

    `prices` are those of the configuration, by the model's name.
    """

    def __init__(self, module: ModuleScope, prices: Mapping[str, Price]) -> None:
        self.module = module
        self.prices = prices
        self.functions: list[Function] = []
        self.caches: list[str] = []
        self.uses_http = False
        self._names: dict[str, str] = {}
        self._parts: dict[str, list[str]] = {}
        self._uses: dict[str, set[str]] = {}
        self._prices: str | None = None
        self._price_list: list[str] = []

    @property
    def constants(self) -> list[str]:
        """The constants of the module, once all its calls are emitted.

        A connection has only the ways of asking that its calls use.
        """
        return [
            *self._price_list,
            *(f"{self._names[name]} = {self._source(name)}" for name in self._names),
            *self.caches,
        ]

    def named(self, name: str | None) -> Connection:
        """The connection of that name; without one, the only one."""
        connections = {c.name: c for c in self.module.spec.connections}
        return connections[name or next(iter(connections))]

    def constant(self, name: str | None, *uses: str) -> str:
        """The constant of a connection, of which a call makes `uses`.

        These are `tools`, `images` and `type`.
        """
        connection = self.named(name)
        if connection.name not in self._names:
            constant = self.module.unique(python_name(connection.name).upper())
            self._names[connection.name] = constant
            self._uses[connection.name] = set()
            self.uses_http |= connection.api != "local"
            self._parts[connection.name] = [*self._own_parts(connection)]
        self._uses[connection.name].update(uses)
        return self._names[connection.name]

    def _source(self, name: str) -> str:
        connection, uses = self.named(name), self._uses[name]
        provider, parts = provider_of(connection), [*self._parts[name]]
        way = connection.structured_output or "schema"
        structure = provider.structures.get(way) if "type" in uses else None
        if structure is not None:
            parts.append(f"structure={structure}()")
        if provider.images is not None and "images" in uses:
            parts.append(f"write_images={provider.images}")
        is_by_tool = structure is not None and way in provider.by_tool
        has_tools = is_by_tool or "tools" in uses
        kind = provider.tool_model if has_tools else provider.model
        return f"{kind}{arguments(parts)}"

    def _own_parts(self, connection: Connection) -> Iterator[str]:
        yield literal(connection.name)
        if connection.api != "local":
            yield from self._http_parts(connection)
            return
        yield f"latency={connection.latency!r}"
        if connection.answers:
            answers = tuple((a.contains, a.answer) for a in connection.answers)
            yield f"answers={_tuple(answers)}"

    def _http_parts(self, connection: Connection) -> Iterator[str]:
        for key in ("base_url", "api_key", "model"):
            value = getattr(connection, key)
            if value is not None:
                yield f"{key}={_setting(value)}"
        for key in ("headers", "query"):
            values: dict[str, str] = getattr(connection, key)
            if values:
                items = [f"{literal(k)}: {_setting(v)}" for k, v in values.items()]
                yield f"{key}={{{', '.join(items)}}}"
        if connection.timeouts is not None:
            yield f"timeouts={timeouts_source(connection.timeouts)}"
        if connection.rate_limit is not None:
            yield f"rate_limit={rate_limit_source(connection.rate_limit)}"
        if connection.idempotency_header is not None:
            yield f"idempotency_header={literal(connection.idempotency_header)}"
        if self.prices:
            yield f"prices={self._prices_constant()}"
        if connection.api == "http":
            yield from self._endpoint_parts(connection)

    def _prices_constant(self) -> str:
        if self._prices is None:
            self._prices = self.module.unique("PRICES")
            items = [
                f"{literal(model)}: ModelPrice{arguments(_price_parts(price))}"
                for model, price in sorted(self.prices.items())
            ]
            source = f"Prices({{{', '.join(items)}}})"
            self._price_list.append(f"{self._prices} = {source}")
        return self._prices

    def _endpoint_parts(self, connection: Connection) -> Iterator[str]:
        """What an endpoint of the user's own is sent and what of its answer counts."""
        if connection.method != "POST":
            yield f"method={literal(connection.method)}"
        if connection.path is not None:
            yield f"path={literal(connection.path)}"
        stem = f"_{python_name(connection.name)}"
        if connection.has_body:
            fields = ("prompt", "system", "model", "messages", "options")
            names = {field: Name(f"asked.{field}") for field in fields}
            body = data_to_python(connection.body, names).source
            what = f"What connection `{doc(connection.name)}` is sent."
            yield f"body={self._function(stem + '_body', 'asked: HttpPrompt', what, body)}"
        if connection.answer is not None:
            code = to_python(
                parse_expression(connection.answer), {"body": Name("body")}
            )
            what = f"The answer in what connection `{doc(connection.name)}` sends back."
            yield f"answer={self._function(stem + '_answer', 'body: Any', what, code.source)}"

    def _function(self, name: str, parameter: str, what: str, value: str) -> str:
        name = self.module.unique(name)
        header = f"def {name}({parameter}) -> Any:"
        self.functions.append(Function(header, what, (f"return {value}",)))
        return name


def variables_of(connection: Connection) -> list[str]:
    """The environment variables that a connection cannot do without."""
    texts = [connection.base_url, connection.api_key, connection.model]
    texts += [*connection.headers.values(), *connection.query.values()]
    found = [parse_env(text) for text in texts if text is not None]
    return [env.name for env in found if env is not None and env.default is None]


def _price_parts(price: Price) -> list[str]:
    parts = [f"input={price.input!r}", f"output={price.output!r}"]
    return [*parts, f"cached={price.cached!r}"] if price.cached is not None else parts


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
