"""Reading an export of Dify, and every fault for which Dify would refuse it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.diagnostics import Problems
from n3gen.importers.dify.app import App, Edge, Node, Variable, entries_of, mapping_of
from n3gen.importers.import_rules import FaultyFlow, ImportChange, NotImported
from n3gen.source import Loc, SourceFile
from n3gen.syntax.document import Document
from n3gen.syntax.nodes import build
from n3gen.syntax.yaml_reader import read_yaml

__all__ = ["read_app"]

_MODES: Final = ("workflow", "advanced-chat")
_GRAPH: Final[Loc] = ("workflow", "graph")


def read_app(source: SourceFile, problems: Problems) -> App | None:
    """Return the app of an export; `None` where it has a fault, which is reported."""
    root = read_yaml(source, problems, FaultyFlow.no_app)
    if root is None or problems.has_errors:
        return None
    document = build(source, root, problems)
    if problems.has_errors:
        return None
    app = _Reader(document, problems).app()
    return None if problems.has_errors else app


@dataclass(slots=True)
class _Reader:
    document: Document
    problems: Problems
    nodes: dict[str, Node] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def fault(self, message: str, loc: Loc, way_out: str | None = None) -> None:
        self.problems.add(FaultyFlow.of(message, self.document.label(loc), way_out))

    def app(self) -> App | None:
        data = self.document.data
        mode = mapping_of(data.get("app")).get("mode")
        workflow = mapping_of(data.get("workflow"))
        graph = mapping_of(workflow.get("graph"))
        if "nodes" not in graph:
            self._no_graph(mode)
            return None
        if mode is not None and mode not in _MODES:
            what = f"an app of mode `{mode}` is not imported as a chain"
            self.fault(what, ("app", "mode"), "export a workflow or a chatflow")
            return None
        self._nodes(graph.get("nodes"))
        edges = tuple(self._edges(graph.get("edges")))
        found = App(
            self.document,
            self.nodes,
            edges,
            self._variables(workflow, "environment_variables"),
            self._variables(workflow, "conversation_variables"),
            tuple(self.notes),
        )
        if not self.problems.has_errors and not found.starts():
            self.fault("the graph has no start node", (*_GRAPH, "nodes"), "add one")
        return found

    def _no_graph(self, mode: Any) -> None:
        if isinstance(mode, str) and mode not in _MODES:
            what = f"an app of mode `{mode}` has no workflow"
            self.fault(what, ("app", "mode"), "export a workflow or a chatflow")
        else:
            what = (
                "this is not a workflow exported from Dify: it has no `workflow.graph`"
            )
            self.fault(what, (), "export it from Dify with `Export DSL`")

    def _nodes(self, nodes: Any) -> None:
        at: Loc = (*_GRAPH, "nodes")
        for index, one in enumerate(entries_of(nodes)):
            loc = (*at, index)
            data = mapping_of(mapping_of(one).get("data"))
            if not data or not isinstance(one.get("id"), str | int):
                self.fault("a node has no `id` or no `data`", loc, "export it anew")
                continue
            if one.get("type") == "custom-note":
                self.notes += _note(data.get("text"))
                continue
            name = str(one["id"])
            if name in self.nodes:
                self.fault(f"there are two nodes `{name}`", (*loc, "id"), "remove one")
            parent = data.get("iteration_id") or data.get("loop_id")
            self.nodes[name] = Node(
                name, loc, data, str(parent or one.get("parentId") or "")
            )
        for node in self.nodes.values():
            if node.parent and node.parent not in self.nodes:
                what = f"node `{node.title}` is in a block that is not there"
                self.fault(what, (*node.loc, "id"), "remove the node")

    def _edges(self, edges: Any) -> Iterator[Edge]:
        known: set[tuple[str, str, str]] = set()
        for index, one in enumerate(entries_of(edges)):
            loc: Loc = (*_GRAPH, "edges", index)
            edge = mapping_of(one)
            source, target = str(edge.get("source")), str(edge.get("target"))
            if source not in self.nodes or target not in self.nodes:
                missing = source if source not in self.nodes else target
                what = f"an edge of node `{missing}`, which is not there, is left out"
                self.problems.add(ImportChange.of(what, self.document.label(loc)))
                continue
            handle = str(edge.get("sourceHandle") or "source")
            if (source, target, handle) not in known:
                known.add((source, target, handle))
                yield Edge(source, target, handle)

    def _variables(self, workflow: dict[str, Any], key: str) -> dict[str, Variable]:
        found: dict[str, Variable] = {}
        for index, one in enumerate(entries_of(workflow.get(key))):
            loc: Loc = ("workflow", key, index)
            name = mapping_of(one).get("name")
            if not isinstance(name, str):
                label = self.document.label(loc)
                self.problems.add(NotImported.of("a variable has no name", label))
                continue
            kind = str(one.get("value_type") or "string").lower()
            found[name] = Variable(name, kind, one.get("value"), (*loc, "name"))
        return found


def _note(text: Any) -> list[str]:
    """The paragraphs of a note on the canvas, which is a tree of an editor as JSON."""
    try:
        root = json.loads(text)["root"]
    except (TypeError, ValueError, KeyError):
        return [line for line in str(text or "").splitlines() if line.strip()]
    lines = [
        "".join(_words(one)) for one in entries_of(mapping_of(root).get("children"))
    ]
    return [part for line in lines for part in line.split("\n") if part.strip()]


def _words(found: Any) -> Iterator[str]:
    node = mapping_of(found)
    if isinstance(node.get("text"), str):
        yield node["text"]
    if node.get("type") == "linebreak":
        yield "\n"
    for one in entries_of(node.get("children")):
        yield from _words(one)
        if mapping_of(one).get("type") == "listitem":
            yield "\n"
