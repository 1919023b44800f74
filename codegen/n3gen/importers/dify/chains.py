"""The chain that the nodes of an app become."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.importers.dify.app import STARTS, Edge, Node, number_of
from n3gen.importers.dify.branches import ALWAYS, alternatives, in_order
from n3gen.importers.dify.entries import is_step, names, texts_of
from n3gen.importers.dify.kinds.end import outputs_of
from n3gen.importers.dify.kinds.kind import FAILED, Made, kind_of, ways_of
from n3gen.importers.dify.scope import Scope
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.literals import literal
from n3gen.importers.model import Became

__all__ = ["Bodies"]

_SILENT: Final = frozenset(("iteration-start", "loop-start", *STARTS))
"""Types of nodes that become no step."""


@dataclass
class _Body:
    nodes: list[Node]
    incoming: dict[str, list[Edge]]


@dataclass
class Bodies:
    """The bodies of an app: its own, and those of its iterations and loops."""

    scope: Scope
    bodies: dict[str, _Body] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    has_fans: bool = False
    _taken_edges: list[Edge] | None = None

    def plan(self) -> bool:
        """Order all nodes, and give them names; whether that can be."""
        app = self.scope.app
        parents = ["", *dict.fromkeys(n.parent for n in app.nodes.values() if n.parent)]
        for parent in parents:
            if not self._plan_body(parent):
                return False
        for parent in parents:
            for node in self.bodies[parent].nodes:
                if node.type not in _SILENT:
                    fallback = re.sub(r"\W+", "_", node.type) or "step"
                    self.scope.names[node.id] = self.scope.new_name(
                        node.title, fallback
                    )
        self.scope.body_of = lambda node: self.entries(node.id)
        return True

    def _plan_body(self, parent: str) -> bool:
        app = self.scope.app
        nodes = list(app.inside(parent))
        inside = {node.id for node in nodes}
        edges = [edge for edge in self._edges() if {edge.source, edge.target} <= inside]
        ordered, circle = in_order(self._roots(parent, nodes, edges), nodes, edges)
        if circle:
            label = app.label(circle[0])
            self.scope.problems.add(
                FaultyFlow.circle([one.title for one in circle], label)
            )
            return False
        for node in nodes:
            if node not in ordered:
                what = f"no edge leads to node `{node.title}`: it never runs"
                self.scope.changed(what, app.label(node), "it is left out, as in Dify")
                self.left_out.append(f"No edge leads to node `{node.title}`.")
        incoming: dict[str, list[Edge]] = {}
        fans: dict[tuple[str, str], int] = {}
        reached = {node.id for node in ordered}
        for edge in edges:
            if edge.source in reached:
                incoming.setdefault(edge.target, []).append(edge)
                way = (edge.source, edge.handle)
                fans[way] = fans.get(way, 0) + 1
        self.has_fans |= any(count > 1 for count in fans.values())
        self.bodies[parent] = _Body(ordered, incoming)
        self.scope.runs |= alternatives(ordered, incoming, ways_of)
        return True

    def _edges(self) -> list[Edge]:
        """The edges that a run can take."""
        if self._taken_edges is None:
            self._taken_edges = []
            for edge in self.scope.app.edges:
                source = self.scope.app.nodes[edge.source]
                found = _normal(edge, source)
                if found is not None:
                    self._taken_edges.append(found)
                    continue
                what = f"node `{source.title}` has no way out `{edge.handle}`"
                way_out = "its edge is left out, as no run takes it in Dify either"
                self.scope.changed(what, self.scope.app.label(source), way_out)
        return self._taken_edges

    def _roots(self, parent: str, nodes: list[Node], edges: list[Edge]) -> list[str]:
        if not parent:
            return [node.id for node in nodes if node.type in STARTS]
        start = self.scope.app.nodes[parent].data.get("start_node_id")
        if start is not None and str(start) in {node.id for node in nodes}:
            return [str(start)]
        targets = {edge.target for edge in edges}
        return [node.id for node in nodes if node.id not in targets]

    def entries(self, parent: str) -> list[dict[str, Any]]:
        """The entries of a body."""
        found: list[dict[str, Any]] = []
        body = self.bodies.get(parent, _Body([], {}))
        ends = [node for node in body.nodes if node.type == "end"]
        for node in body.nodes:
            is_result = node.type == "end" and len(ends) == 1
            if node.type in _SILENT or (is_result and not parent and not self._is_bare):
                continue
            name = self.scope.name(node)
            made = kind_of(node).make(self.scope, node, name)
            self.made[node.id] = made
            self._failures(node, made)
            found += self._conditional(node, made, body)
            self._comment(node, made, found)
        return found

    @property
    def _is_bare(self) -> bool:
        """Whether nothing is between the start and the end."""
        nodes = self.bodies[""].nodes
        return all(node.type in _SILENT or node.type == "end" for node in nodes)

    def _failures(self, node: Node, made: Made) -> None:
        """Give a step what Dify does when the node fails."""
        strategy = node.data.get("error_strategy")
        last = made.entries[-1]
        if "name" not in last or not is_step(last) or "value" in last:
            return
        if strategy == FAILED:
            last["on_error"] = "continue"
        elif strategy == "default-value":
            value = {
                str(one.get("key")): _default_value(one)
                for one in node.mappings("default_value")
            }
            name = self.scope.new_name(f"{last['name']}_default")
            step = {"name": name, "value": literal(kind_of(node).shaped(node, value))}
            last["on_error"] = [{"on_error": "any", "steps": [step]}]

    def _conditional(self, node: Node, made: Made, body: _Body) -> list[dict[str, Any]]:
        """The entries of a node with what lets them run, and what they wait for."""
        when = self._when(node, body)
        entries = made.entries
        for entry in entries:
            if when and is_step(entry):
                entry["when"] = when
        last = entries[-1]
        if when and not is_step(last):
            outer = last["name"]
            last["name"] = self.scope.new_name(f"{outer}_rounds")
            entries = [*entries[:-1], {"if": when, "name": outer, "then": [last]}]
        if self.has_fans:
            entries = self._ordered(node, entries, body)
        return entries

    def _ordered(
        self, node: Node, entries: list[dict[str, Any]], body: _Body
    ) -> list[dict[str, Any]]:
        """Let entries wait for the nodes before, where nothing that they read does."""
        before = [
            self._last(edge.source)
            for edge in body.incoming.get(node.id, ())
            if edge.source in self.scope.names
        ]
        for number, entry in enumerate(entries):
            texts = " ".join(texts_of(entry))
            waits = [one for one in dict.fromkeys(before) if not names(texts, one)]
            if number:
                waits = [str(entries[number - 1]["name"])]
            if waits and is_step(entry):
                entry["depends_on"] = waits
            elif waits:
                gate = self.scope.new_name(f"{entry['name']}_begins")
                outer = entry["name"]
                entry["name"] = self.scope.new_name(f"{outer}_rounds")
                step = {"name": gate, "value": True, "depends_on": waits}
                block = {"if": gate, "name": outer, "then": [entry]}
                return [*entries[:number], step, block, *entries[number + 1 :]]
        return entries

    def _last(self, name: str) -> str:
        """The name of the last entry that a node has become."""
        last = self.made[name].entries[-1] if name in self.made else {}
        return str(last["name"]) if last and is_step(last) else self.scope.names[name]

    def _when(self, node: Node, body: _Body) -> str:
        """The condition under which a node runs; empty where it always does."""
        runs = self.scope.runs[node.id]
        if runs == ALWAYS:
            return ""
        found: list[str] = []
        for edge in body.incoming[node.id]:
            source = self.scope.app.nodes[edge.source]
            ways = ways_of(source)
            if len(ways) > 1:
                found.append(self._taken(source, edge.handle))
            else:
                found.append(self._ran(source))
        found = list(dict.fromkeys(one for one in found if one))
        if len(runs) == 1:
            only = next(iter(runs))
            deepest = [
                way
                for way in only
                if not any(
                    way in one
                    for other in only
                    if other != way
                    for one in self.scope.runs[other[0]]
                )
            ]
            if len(deepest) == 1:
                return self._taken(self.scope.app.nodes[deepest[0][0]], deepest[0][1])
        return " or ".join(f"({one})" if " and " in one else one for one in found)

    def _taken(self, node: Node, way: str) -> str:
        """The condition under which a way out of a node is taken."""
        if node.data.get("error_strategy") == FAILED:
            status = f"steps.{self.scope.name(node)}.status"
            return (
                f"{status} in ['error', 'timeout']"
                if way == FAILED
                else f"{status} == 'ok'"
            )
        return kind_of(node).taken(self.scope, node, way)

    def _ran(self, node: Node) -> str:
        """The condition under which a node has run that does not always."""
        if node.id in self.made and is_step(self.made[node.id].entries[-1]):
            return f"steps.{self.scope.name(node)}.status != 'skipped'"
        body = next(one for one in self.bodies.values() if node in one.nodes)
        return self._when(node, body)

    def _comment(self, node: Node, made: Made, entries: list[dict[str, Any]]) -> None:
        lines = [node.text("desc").strip()] if node.text("desc").strip() else []
        lines += made.comments
        if lines and made.entries:
            name = str(made.entries[0]["name"])
            self.comments.setdefault(name, []).extend(
                part for line in lines for part in line.splitlines()
            )

    def result(self) -> Any:
        """The result of the chain."""
        body = self.bodies[""]
        if self.scope.app.is_chat:
            return {"answer": self._answer(body)}
        ends = [node for node in body.nodes if node.type == "end"]
        if len(ends) == 1 and not self._is_bare:
            return outputs_of(self.scope, ends[0])
        names = [self.scope.name(node) for node in ends]
        if not names:
            return {}
        text = f"{names[0]} | default({{}})"
        for name in names[1:]:
            text = f"{text} | combine({name} | default({{}}))"
        return f"{{{{ {text} }}}}"

    def _answer(self, body: _Body) -> str:
        answers = [node for node in body.nodes if node.type == "answer"]
        for node in self.scope.app.nodes.values():
            if node.type == "answer" and node.parent and node.id in self.scope.names:
                what = f"the answers of node `{node.title}` in a block are not in the result"
                label = self.scope.app.label(node)
                self.scope.lost(what, label, "read them from the result of the block")
        parts: list[str] = []
        for node in answers:
            name = self.scope.name(node)
            default = " | default('')" if self.scope.may_skip(node) else ""
            parts.append(f"{{{{ {name}{default} }}}}")
        return "".join(parts)

    def became(self) -> tuple[Became, ...]:
        """What each node has become, in the order of the file."""
        found: list[Became] = []
        app = self.scope.app
        for node in app.nodes.values():
            if node.type in STARTS:
                what = "input"
            elif node.type in _SILENT:
                continue
            elif node.id in self.made:
                what = self.made[node.id].what
            elif node.id in self.scope.names:
                what = "result"
            else:
                what = "left out: it never runs"
            found.append(Became(node.title, node.type, app.line(node), what))
        return tuple(found)


def _default_value(one: dict[str, Any]) -> Any:
    """The value of an output where a node has failed, of the type that it says."""
    value, kind = one.get("value"), str(one.get("type") or "string")
    if kind == "number":
        return number_of(value)
    if isinstance(value, str) and kind != "string":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _normal(edge: Edge, source: Node) -> Edge | None:
    """An edge whose handle is one of the ways out of its source; none without one."""
    ways = ways_of(source)
    if edge.handle in ways:
        return edge
    if len(ways) == 1 or FAILED in ways:
        return Edge(edge.source, edge.target, ways[0])
    return None
