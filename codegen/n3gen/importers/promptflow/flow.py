"""A flow as its `flow.dag.yaml` writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from n3gen.diagnostics import Label
from n3gen.importers.promptflow.references import Reference, references_in
from n3gen.source import Loc
from n3gen.syntax.document import Document

__all__ = ["Activate", "Flow", "FlowInput", "FlowOutput", "Node", "Variant"]


@dataclass(frozen=True, slots=True)
class Activate:
    """`activate`: the node runs where what `when` reads equals `value`."""

    when: Reference
    value: Any


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `data` are its keys, those of its default variant if it has any.

    The nodes of a flow have what goes to the model among their `inputs`. The one of a
    prompty has it in `settings`, so that an input may have any name; `settings_at` says
    where each of them stands.
    """

    name: str
    loc: Loc
    data: dict[str, Any]
    inputs: dict[str, Any]
    activate: Activate | None = None
    aggregation: bool = False
    variants: tuple[Variant, ...] = ()
    settings: dict[str, Any] | None = None
    settings_at: dict[str, Loc] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, Any]:
        """What says how a model is asked: its name and options, beside other inputs."""
        return self.inputs if self.settings is None else self.settings

    @property
    def type(self) -> str:
        return str(self.data.get("type"))

    @property
    def source(self) -> dict[str, Any]:
        found = self.data.get("source")
        return found if isinstance(found, dict) else {}

    def text(self, key: str) -> str:
        """A key whose value is a text; empty without one."""
        found = self.data.get(key)
        return found if isinstance(found, str) else ""

    @property
    def read_nodes(self) -> tuple[str, ...]:
        """The nodes whose outputs its inputs read."""
        found = (ref for _, ref in references_in(self.inputs) if not ref.is_input)
        return tuple(dict.fromkeys(ref.name for ref in found))

    @property
    def needed(self) -> tuple[str, ...]:
        """The nodes that it waits for."""
        names = self.read_nodes
        if self.activate is not None and not self.activate.when.is_input:
            names = (*names, self.activate.when.name)
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Variant:
    """Another variant of a node than the default one."""

    name: str
    node: Node


@dataclass(frozen=True, slots=True)
class FlowInput:
    """An input of the flow."""

    name: str
    loc: Loc
    type: str
    data: dict[str, Any]

    @property
    def has_default(self) -> bool:
        return self.data.get("default") is not None


@dataclass(frozen=True, slots=True)
class FlowOutput:
    """An output of the flow, and what it reads: a reference or a constant."""

    name: str
    loc: Loc
    value: Any


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow that Prompt Flow would run: its references lead somewhere."""

    document: Document
    inputs: dict[str, FlowInput]
    outputs: dict[str, FlowOutput]
    nodes: dict[str, Node]

    def label(self, loc: Loc, text: str = "") -> Label:
        """The value at a place."""
        return self.document.label(loc, text)

    def key_label(self, loc: Loc, text: str = "") -> Label:
        """The key at a place."""
        return self.document.key_label(loc, text)

    def node_label(self, node: Node, *path: str | int) -> Label:
        """A key of a node where it has it, else the node's name."""
        loc = (*node.loc, *path)
        if path and loc in self.document.values:
            return self.document.label(loc)
        return self.document.label((*node.loc, "name"))

    def setting_label(self, node: Node, key: str) -> Label:
        """The place of one of the values in `asked`."""
        if key in node.settings_at:
            return self.document.key_label(node.settings_at[key])
        return self.node_label(node, "inputs", key)

    @property
    def lines(self) -> tuple[Node, ...]:
        """The nodes that run for each line of data."""
        return tuple(node for node in self.nodes.values() if not node.aggregation)

    @property
    def aggregations(self) -> tuple[Node, ...]:
        """The nodes that run once, after all lines."""
        return tuple(node for node in self.nodes.values() if node.aggregation)
