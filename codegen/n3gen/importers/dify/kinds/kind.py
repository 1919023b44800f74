"""The registry of types of nodes, and what each of them becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar

from n3gen.importers.dify.app import Node
from n3gen.importers.dify.reads import Read, field_path
from n3gen.importers.dify.scope import Scope

__all__ = [
    "FAILED",
    "Kind",
    "Made",
    "given",
    "giving",
    "kind_of",
    "read_output",
    "ways_of",
    "words_of",
]

FAILED = "fail-branch"
"""The way out of a node that has failed."""


@dataclass(slots=True)
class Made:
    """What a node has become: entries of a body, the last of which has its name and value."""

    entries: list[dict[str, Any]]
    what: str
    comments: list[str] = field(default_factory=list)
    mock: Any = None


class Kind:
    """A type of nodes; `outputs` are those whose value is all that the step gives."""

    types: ClassVar[tuple[str, ...]]
    outputs: ClassVar[Mapping[str, str]] = {}

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        """Make the step, or the block, of a node."""
        raise NotImplementedError

    def ways(self, node: Node) -> tuple[str, ...]:
        """The ways out of a node, of which a run takes one."""
        return ("source",)

    def taken(self, scope: Scope, node: Node, way: str) -> str:
        """The condition under which a run has taken a way."""
        raise NotImplementedError

    def words(self, node: Node) -> dict[str, str]:
        """The values of the step by the ways out, where the value says which is taken."""
        return {}

    def shaped(self, node: Node, outputs: dict[str, Any]) -> Any:
        """The value of the step for values of the outputs, by their names."""
        return outputs.get(next(iter(self.outputs))) if self.outputs else outputs

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        """What an output of a node is, by its name and the fields of it."""
        name, *rest = path
        if name not in self.outputs:
            return None
        kind = self.outputs[name] if not rest else "any"
        return Read(f"{scope.name(node)}{field_path(rest)}", kind, scope.may_skip(node))


_KINDS: dict[str, Kind] = {}


def kind_of(node: Node) -> Kind:
    """The kind of a node; one that is not known is a function that is given."""
    if not _KINDS:
        package = import_module("n3gen.importers.dify.kinds")
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
        for found in _all(Kind):
            _KINDS.update((one, found()) for one in found.types)
    return _KINDS.get(node.type, _KINDS[""])


def _all(kind: type[Kind]) -> list[type[Kind]]:
    below = [one for sub in kind.__subclasses__() for one in _all(sub)]
    return [*([kind] if "types" in vars(kind) else []), *below]


def ways_of(node: Node) -> tuple[str, ...]:
    """The ways out of a node, that of a failure included."""
    if node.data.get("error_strategy") == FAILED:
        return ("source", FAILED)
    return kind_of(node).ways(node)


def words_of(node: Node) -> dict[str, str]:
    """The values of the step of a node by its ways out; empty where they do not say."""
    return kind_of(node).words(node)


def read_output(scope: Scope, node: Node, path: list[str]) -> Read | None:
    """What an output of a node is; that of its failure included."""
    name = path[0]
    if node.data.get("error_strategy") == FAILED and name.startswith("error_"):
        fields = {"error_message": "message", "error_type": "kind"}
        if name in fields:
            failed = f"steps.{scope.name(node)}.status in ['error', 'timeout']"
            text = f"{scope.name(node)}.{fields[name]}"
            return Read(text, "string", may_be_none=True, there=failed)
    found = kind_of(node).read(scope, node, path)
    if found is None or node.data.get("error_strategy") != FAILED:
        return found
    # What the step gives when it has failed is a record of that, and no value.
    there = f"steps.{scope.name(node)}.status == 'ok'"
    return replace(found, may_be_none=True, there=there)


def giving(name: str) -> str:
    """How a run is given the function that stands for a node."""
    return f"give the run a function as `{name}`: connectors={{'{name}': ...}}"


def given(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A step whose callable the run is given."""
    step: dict[str, Any] = {"name": name, "kind": "connector", "target": name}
    return {**step, "with": dict(values)} if values else step
