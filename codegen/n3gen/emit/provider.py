"""What a module says of a provider: the names of its support, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from n3gen.emit.code import name
from n3gen.emit.module_nodes import Endpoint
from n3gen.emit.module_scope import ModuleScope
from n3gen.expressions import Code

__all__ = ["Endpoints", "Provider"]


class Endpoints:
    """The functions that say how the user's own endpoints are asked."""

    def __init__(self, module: ModuleScope) -> None:
        self._module = module
        self.functions: list[Endpoint] = []

    def function(self, wanted: str, parameter: Code, what: str, value: Code) -> Code:
        """Write a function of one parameter that returns `value`; return its name."""
        function = self._module.unique(wanted)
        self.functions.append(Endpoint(function, parameter, what, value))
        return name(function)


class Provider:
    """One way of asking a model; each is a class in `emit/providers`.

    `model` is the class of a connection in the run-time support, `tool_model` that of
    one whose calls have tools, or ask for a type by one of the `BY_TOOL` structures.
    `STRUCTURES` are the classes by which a type is asked for, by the values of
    `structured_output`. `known_as` is its name in the conventions of telemetry; without
    one it is that of the connection. `images`, `files` and `vectors` are functions, where there are any;
    that for files writes pictures too.
    """

    protocol: ClassVar[str]
    model: ClassVar[str]
    tool_model: ClassVar[str]
    STRUCTURES: ClassVar[Mapping[str, str]] = {}
    known_as: ClassVar[str | None] = None
    BY_TOOL: ClassVar[tuple[str, ...]] = ("tool",)
    images: ClassVar[str | None] = None
    files: ClassVar[str | None] = None
    vectors: ClassVar[str | None] = None

    @classmethod
    def class_of(cls, connection: Any, *, has_tools: bool) -> str:
        """The class of a connection, whose calls may have tools."""
        return cls.tool_model if has_tools else cls.model

    @classmethod
    def own_parts(cls, connection: Any, endpoints: Endpoints) -> Iterator[Code]:
        """Yield the arguments of the connection that only this provider has."""
        yield from ()
