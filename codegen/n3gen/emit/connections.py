"""The connections of a spec, as constants of a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.emit.code import constant, dict_of, keyword, name, support_call
from n3gen.emit.module_nodes import Constant
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.policies import rate_limit_code, timeouts_code
from n3gen.emit.provider import Endpoints
from n3gen.emit.providers import PROVIDERS
from n3gen.expressions import Code
from n3gen.names import constant_name
from n3gen.prices import Price
from n3gen.spec.environment import Env, parse_env
from n3gen.spec.model import Connection

__all__ = ["ModuleConnections", "envs_of", "variables_of"]


class ModuleConnections:
    """The connections of one module, emitted when a step first asks one.

    `prices` are those of the configuration, by the model's name.
    """

    def __init__(self, module: ModuleScope, prices: Mapping[str, Price]) -> None:
        self.module = module
        self.prices = prices
        self.endpoints = Endpoints(module)
        self.caches: list[Constant] = []
        self._names: dict[str, str] = {}
        self._parts: dict[str, list[Code]] = {}
        self._uses: dict[str, set[str]] = {}
        self._prices: Constant | None = None

    @property
    def constants(self) -> list[Constant]:
        """The constants of the module, once all its calls are written.

        A connection has only the ways of asking that its calls use.
        """
        prices = [] if self._prices is None else [self._prices]
        own = [Constant(self._names[name], self._value(name)) for name in self._names]
        return [*prices, *own, *self.caches]

    def named(self, name: str | None) -> Connection:
        """The connection of that name; without one, the only one."""
        connections = {c.name: c for c in self.module.spec.connections}
        return connections[name or next(iter(connections))]

    def constant(self, name: str | None, *uses: str) -> str:
        """The constant of a connection, of which a call makes `uses`.

        These are `tools`, `images`, `files` and `type`.
        """
        connection = self.named(name)
        if connection.name not in self._names:
            constant = self.module.names.claim(constant_name(connection.name))
            self._names[connection.name] = constant
            self._uses[connection.name] = set()
            self._parts[connection.name] = [*self._own_parts(connection)]
        self._uses[connection.name].update(uses)
        return self._names[connection.name]

    def _value(self, connection_name: str) -> Code:
        connection, uses = self.named(connection_name), self._uses[connection_name]
        provider = PROVIDERS[connection.protocol]
        parts = [*self._parts[connection_name]]
        way = connection.structured_output or "schema"
        structure = provider.STRUCTURES.get(way) if "type" in uses else None
        if structure is not None:
            parts.append(keyword("structure", support_call(structure)))
        images = provider.images if "images" in uses else None
        written = provider.files if "files" in uses else images
        if written is not None:
            parts.append(keyword("write_images", name(written, written)))
        is_by_tool = structure is not None and way in provider.BY_TOOL
        has_tools = is_by_tool or "tools" in uses
        kind = provider.class_of(connection, has_tools=has_tools)
        return support_call(kind, *parts)

    def _own_parts(self, connection: Connection) -> Iterator[Code]:
        yield constant(connection.name)
        if connection.asks_server:
            yield from self._http_parts(connection)
        provider = PROVIDERS[connection.protocol]
        yield from provider.own_parts(connection, self.endpoints)

    def _http_parts(self, connection: Connection) -> Iterator[Code]:
        for key in ("base_url", "api_key", "model"):
            value = getattr(connection, key)
            if value is not None:
                yield keyword(key, _setting(value))
        for key in ("headers", "query"):
            values: dict[str, str] = getattr(connection, key)
            if values:
                items = {name: _setting(value) for name, value in values.items()}
                yield keyword(key, dict_of(items))
        if connection.timeouts is not None:
            yield keyword("timeouts", timeouts_code(connection.timeouts))
        if connection.rate_limit is not None:
            yield keyword("rate_limit", rate_limit_code(connection.rate_limit))
        if connection.idempotency_header is not None:
            header = constant(connection.idempotency_header)
            yield keyword("idempotency_header", header)
        if self.prices:
            yield keyword("prices", name(self._prices_constant()))

    def _prices_constant(self) -> str:
        if self._prices is None:
            prices = {
                model: _price(price) for model, price in sorted(self.prices.items())
            }
            value = support_call("Prices", dict_of(prices))
            self._prices = Constant(self.module.unique("PRICES"), value)
        return self._prices.name


def variables_of(connection: Connection) -> list[str]:
    """The environment variables that a connection cannot do without."""
    return [env.name for env in envs_of(connection) if env.default is None]


def envs_of(connection: Connection) -> list[Env]:
    """The environment variables in the settings of a connection."""
    texts = [connection.base_url, connection.api_key, connection.model]
    texts += [*connection.headers.values(), *connection.query.values()]
    found = [parse_env(text) for text in texts if text is not None]
    return [env for env in found if env is not None]


def _price(price: Price) -> Code:
    parts = [keyword(key, constant(getattr(price, key))) for key in ("input", "output")]
    if price.cached is not None:
        parts.append(keyword("cached", constant(price.cached)))
    return support_call("ModelPrice", *parts)


def _setting(text: str) -> Code:
    """A text of a connection: `env("NAME", "default")` is read at run time."""
    found = parse_env(text)
    if found is None:
        return constant(text)
    default = [] if found.default is None else [constant(found.default)]
    return support_call("Env", constant(found.name), *default)
