"""The function that a Python file of a flow offers as a tool, read without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from n3gen.names import is_name

__all__ = ["Function", "Unreadable", "module_of", "tool_in"]

_SIMPLE = {"str", "bool", "int", "float", "list", "dict"}


class Unreadable(Exception):
    """A file that has no function which can be called; its text says why."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its parameters with the texts of their types, and its defaults.

    `defaults` has those that are constants; `optional` are all that have one.
    """

    name: str
    types: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    takes_more: bool = False
    gives: str = ""
    is_generator: bool = False

    def is_connection(self, parameter: str) -> bool:
        """Whether a parameter takes a connection."""
        return "Connection" in self.types.get(parameter, "")

    def simple_type(self, parameter: str) -> str:
        """`int`, `float`, ..., where the type is one of them; else empty."""
        name = re.sub(r"^typing\.|\[.*$", "", self.types.get(parameter, "")).lower()
        return name if name in _SIMPLE else ""


def module_of(path: str) -> str | None:
    """The module that a path in a folder is where the folder is on Python's path."""
    parts = PurePosixPath(path).with_suffix("").parts
    if not path.endswith(".py") or not all(is_name(part) for part in parts):
        return None
    return ".".join(parts)


def tool_in(text: str) -> Function:
    """The tool of a file; raises `Unreadable`."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise Unreadable("it is not Python that this version can read") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(map(_is_tool, node.body)):
            raise Unreadable(f"its tool is a method of class `{node.name}`")
    found = [node for node in tree.body if _is_tool(node)]
    if not found:
        raise Unreadable("it has no function with `@tool`")
    if len(found) > 1:
        raise Unreadable("it has several functions with `@tool`")
    function = found[0]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return _function(function)


def _is_tool(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(_last_name(one) == "tool" for one in node.decorator_list)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    of = node.args
    types = {
        arg.arg: ast.unparse(arg.annotation) if arg.annotation else ""
        for arg in (*of.posonlyargs, *of.args, *of.kwonlyargs)
    }
    given = dict(_given(of))
    constants: dict[str, Any] = {}
    for name, value in given.items():
        try:
            constants[name] = ast.literal_eval(value)
        except ValueError:
            continue
    return Function(
        node.name,
        types,
        constants,
        frozenset(given),
        of.kwarg is not None,
        ast.unparse(node.returns) if node.returns else "",
        any(isinstance(one, ast.Yield | ast.YieldFrom) for one in _own(node)),
    )


def _given(of: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that have defaults, with them."""
    plain = [*of.posonlyargs, *of.args]
    with_default = plain[len(plain) - len(of.defaults) :]
    for arg, value in zip(with_default, of.defaults, strict=True):
        yield arg.arg, value
    for arg, default in zip(of.kwonlyargs, of.kw_defaults, strict=True):
        if default is not None:
            yield arg.arg, default


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions in it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _own(node)
