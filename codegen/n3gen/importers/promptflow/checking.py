"""What has to be true of the references of a flow."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.diagnostics import Problems
from n3gen.importers.import_rules import FaultyFlow, NotImported
from n3gen.importers.promptflow.flow import Flow, Node
from n3gen.importers.promptflow.references import (
    Reference,
    reference,
    references_in,
)
from n3gen.source import Loc

__all__ = ["check_flow"]


def check_flow(flow: Flow, problems: Problems) -> None:
    """Report references that lead nowhere or the wrong way, and circles."""
    for node, loc, found in _references(flow):
        if _leads_somewhere(flow, loc, found, problems):
            _check_order(flow, node, loc, found, problems)
    if not problems.has_errors:
        _check_circles(flow, problems)


def _references(flow: Flow) -> Iterator[tuple[Node | None, Loc, Reference]]:
    for node in flow.nodes.values():
        for key, found in references_in(node.inputs):
            yield node, (*node.loc, "inputs", key), found
        if node.activate is not None:
            yield node, (*node.loc, "activate", "when"), node.activate.when
    for output in flow.outputs.values():
        read = reference(output.value)
        if read is not None:
            yield None, output.loc, read


def _leads_somewhere(
    flow: Flow, loc: Loc, found: Reference, problems: Problems
) -> bool:
    known = flow.inputs if found.is_input else flow.nodes
    if found.name not in known:
        declared = flow.document.data.get("nodes") or []
        names = [one.get("name") for one in declared if isinstance(one, dict)]
        if not found.is_input and found.name in names:
            return False  # a node that is there and has been refused
        what = "input" if found.is_input else "node"
        label = flow.label(loc)
        problems.add(FaultyFlow.unknown(what, found.name, label, list(known)))
        return False
    if found.section != "output":
        message = f"`{found.section}` of node `{found.name}` cannot be read"
        way_out = f"write `${{{found.name}.output}}`"
        problems.add(FaultyFlow.of(message, flow.label(loc), way_out))
        return False
    return True


def _check_order(
    flow: Flow, node: Node | None, loc: Loc, found: Reference, problems: Problems
) -> None:
    """Report what is read for a line though it is there after all lines only."""
    is_last = not found.is_input and flow.nodes[found.name].aggregation
    if not is_last or (node is not None and node.aggregation):
        return
    if node is None:
        what = (
            f"this output reads `{found.name}`, which runs after all lines: none has it"
        )
        problems.add(NotImported.of(what, flow.label(loc)))
        return
    message = f"node `{node.name}` reads `{found.name}`, which runs after all lines"
    way_out = f"take `aggregation` from `{found.name}`, or this reference out"
    problems.add(FaultyFlow.of(message, flow.label(loc), way_out))


def _check_circles(flow: Flow, problems: Problems) -> None:
    done: set[str] = set()
    for start in flow.nodes:
        way: list[str] = []
        pending: list[tuple[str, Iterator[str]]] = []
        name: str | None = start
        while name is not None or pending:
            if name is not None and name in way:
                circle = [*way[way.index(name) :], name]
                label = flow.node_label(flow.nodes[circle[0]])
                problems.add(FaultyFlow.circle(circle, label))
                return
            if name is not None and name not in done:
                way.append(name)
                pending.append((name, iter(flow.nodes[name].needed)))
            name = None
            while pending and name is None:
                name = next(pending[-1][1], None)
                if name is None:
                    done.add(pending.pop()[0])
                    way.pop()
