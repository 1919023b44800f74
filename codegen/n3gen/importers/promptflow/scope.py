"""What is known while the nodes of one flow become steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from n3gen.diagnostics import Label
from n3gen.diagnostics.rule import Problems
from n3gen.importers.import_rules import ImportChange, NotImported
from n3gen.importers.literals import literal, quoted
from n3gen.importers.model import Draft, Lookup
from n3gen.importers.naming import free_name
from n3gen.importers.promptflow.flow import Flow, Node
from n3gen.importers.promptflow.references import Reference, field_of, reference

__all__ = ["Importing", "Scope", "field_name", "skippable"]


def field_name(name: str) -> str:
    """The name of an input's field: one that begins with an underscore has an alias."""
    return (name.lstrip("_") or "field") if name.startswith("_") else name


def skippable(nodes: Iterable[Node]) -> frozenset[str]:
    """The nodes that some run leaves out: by `activate`, or as all that they read is."""
    known = {node.name: node for node in nodes}
    found = {name for name, node in known.items() if node.activate is not None}
    grown = True
    while grown:
        grown = False
        for name, node in known.items():
            read = node.read_nodes
            if name not in found and read and all(one in found for one in read):
                found.add(name)
                grown = True
    return frozenset(found)


@dataclass(slots=True)
class Importing:
    """The import of one flow: what it reads, and what has been made and said so far."""

    flow: Flow
    lookup: Lookup
    problems: Problems
    draft: Draft
    modules: list[str] = field(default_factory=list)
    connect: Callable[[Importing], str] | None = None
    """Defines the connection of a `.prompty` file, and gives its name."""

    @property
    def is_prompty(self) -> bool:
        """Whether the flow is a `.prompty` file, in which nothing is called a node."""
        return self.connect is not None

    def named(self, node: Node) -> str:
        """What messages call a node."""
        return "the prompty" if self.is_prompty else f"node `{node.name}`"

    def input_label(self, node: Node, key: str) -> Label:
        """Where a node has an input; that of a `.prompty` file is in its own."""
        document = self.flow.document
        if self.is_prompty and key in self.flow.inputs:
            return document.key_label(self.flow.inputs[key].loc)
        return self.flow.node_label(node, "inputs", key)

    def changed(self, message: str, label: Label, way_out: str | None = None) -> None:
        """Report something that behaves otherwise than it did."""
        self.problems.add(ImportChange.of(message, label, way_out))

    def lost(self, message: str, label: Label, way_out: str | None = None) -> None:
        """Report something that the chain cannot say."""
        self.problems.add(NotImported.of(message, label, way_out))


@dataclass
class Scope:
    """One chain of the import: the names of its steps, and those that may be skipped."""

    importing: Importing
    chain: str
    steps: dict[str, str]
    skipped: frozenset[str]
    extra: set[str] = field(default_factory=set)
    inlined: frozenset[str] = frozenset()

    def new_name(self, text: str) -> str:
        """A name for a step that stands for no node."""
        taken = {*self.steps.values(), *self.extra}
        name = free_name(text, taken)
        self.extra.add(name)
        return name

    def expression(self, read: Reference) -> str:
        """What a reference reads, as an expression."""
        if read.is_input:
            return f"payload{field_of(field_name(read.name))}"
        return f"{self.steps[read.name]}{read.fields}"

    def is_list(self, read: Reference) -> bool:
        """Whether what a reference reads is the list of what all lines have come to."""
        return False

    def may_be_none(self, read: Reference) -> bool:
        """Whether what a reference reads may have been skipped."""
        return not read.is_input and read.name in self.skipped

    def safe(self, read: Reference, default: Any = None) -> str:
        """What a reference reads, or a constant where that was skipped."""
        found = self.expression(read)
        if not self.may_be_none(read):
            return found
        return f"{found} | default({quoted(default)})"

    def value(self, given: Any, default: Any = None) -> Any:
        """What an input is given, as data of a spec."""
        read = reference(given)
        if read is None:
            return literal(given)
        return f"{{{{ {self.safe(read, default)} }}}}"

    def names_for(self, inputs: dict[str, Any]) -> dict[str, str]:
        """The expressions that the names of a template stand for."""
        return {key: self._name(one) for key, one in inputs.items()}

    def _name(self, given: Any) -> str:
        read = reference(given)
        if read is None:
            return quoted(given)
        found = self.safe(read)
        return f"({found})" if " | " in found else found
