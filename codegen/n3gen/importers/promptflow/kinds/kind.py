"""The registry of types of nodes, and what each of them gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from n3gen.importers.naming import free_name
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.scope import Scope
from n3gen.names import is_name

__all__ = ["Made", "Maker", "given_step", "maker", "step_of"]


@dataclass(slots=True)
class Made:
    """What a node has become: its step, what stands before it, and what to say of it."""

    step: dict[str, Any]
    what: str
    before: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    mock: Any = None


Maker = Callable[[Scope, Node, str], Made]
"""Makes a step of a node, with the name that the step has."""

_MAKERS: dict[str, Maker] = {}


def maker(type_name: str) -> Callable[[Maker], Maker]:
    """Register the maker of a type of nodes."""

    def register(make: Maker) -> Maker:
        _MAKERS[type_name] = make
        return make

    return register


def step_of(scope: Scope, node: Node, name: str) -> Made:
    """The step that a node becomes."""
    if not _MAKERS:
        package = import_module("n3gen.importers.promptflow.kinds")
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    return _MAKERS[node.type](scope, node, name)


def given_step(
    scope: Scope, node: Node, name: str, target: str, values: dict[str, Any]
) -> dict[str, Any]:
    """A step whose callable the run is given.

    Its arguments have names of Python; those of inputs that are none are changed.
    """
    step: dict[str, Any] = {"name": name, "kind": "connector", "target": target}
    given: dict[str, Any] = {}
    for key, value in values.items():
        own = key if is_name(key) else free_name(key, {*values, *given}, "argument")
        if own != key:
            what = f"input `{key}` is no name of Python: its argument is called `{own}`"
            label = scope.importing.input_label(node, key)
            scope.importing.changed(what, label, f"take it as `{own}` in `{target}`")
        given[own] = value
    return {**step, "with": given} if given else step
