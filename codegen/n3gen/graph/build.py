"""The graph of a chain: its plan, with what the spec says of each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from n3gen.diagnostics.cells import plain
from n3gen.graph.facts import StepFacts
from n3gen.graph.model import Bundle, Graph, GraphBody, GraphNode, Section
from n3gen.plan.estimate import Estimate
from n3gen.plan.model import Plan, PlanNode
from n3gen.plan.view import summary, waits_of
from n3gen.spec.model import Chain, Entry, If, Place, Spec, Step
from n3gen.spec.values import duration

__all__ = ["graph_of"]

_LONGEST: Final = 48
"""The letters of a title or a label that are shown."""


def graph_of(
    chain: Chain,
    plan: Plan,
    estimate: Estimate,
    spec: Spec,
    line: Callable[[Place], int],
) -> Graph:
    """Return the graph of a chain by its plan; `line` finds the line of a place."""
    limits = [] if chain.timeout is None else [f"at most {duration(chain.timeout)}"]
    if chain.max_parallel is not None:
        limits.append(f"{chain.max_parallel} at once")
    critical = frozenset(map(id, estimate.critical_nodes))
    drawing = _Drawing(StepFacts(spec), line, critical)
    return Graph(
        name=chain.name,
        word=chain.word,
        description=plain(" ".join((chain.description or "").split())),
        path=chain.place.path,
        line=line(chain.place),
        facts=tuple(limits),
        estimate=tuple(summary(estimate)),
        body=drawing.body(plan),
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is the same for all nodes of a graph."""

    facts: StepFacts
    line: Callable[[Place], int]
    critical: frozenset[int]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def body(self, plan: Plan) -> GraphBody:
        """The graph of one body of steps."""
        batch_of = {
            index: number
            for number, batch in enumerate(plan.batches)
            for index in batch
        }
        nodes = [
            self.node(node, waits_of(plan, node), batch_of[index] + 1)
            for index, node in enumerate(plan.nodes)
        ]
        return GraphBody(
            tuple(nodes),
            plan.batches,
            tuple(_bundles(plan, batch_of)),
            tuple(self.node(node) for node in plan.endings),
        )

    def node(
        self, node: PlanNode, waits: tuple[str, ...] = (), batch: int | None = None
    ) -> GraphNode:
        """The graph of one entry."""
        entry = node.core.entry
        number = next(self.numbers)
        title = _title(node)
        about = _about(node.entry)
        return GraphNode(
            id=f"n{number}",
            name=node.name,
            word=_word(entry),
            title=shortened(title),
            about="" if about in (title, title.split()[0]) else shortened(about),
            path=entry.place.path,
            line=self.line(entry.place),
            marks=self.facts.marks(entry),
            facts=tuple(self.facts.of(entry)),
            waits=waits,
            batch=batch,
            sections=tuple(self._sections(node.core)),
            is_critical=id(node) in self.critical,
            is_aside=node.is_loose or (entry.is_ending and entry.has_value),
            is_step=isinstance(entry, Step),
        )

    def _sections(self, node: PlanNode) -> Iterator[Section]:
        """The bodies of a node, and its clauses, as those of a step have no steps."""
        labels = node.entry.labels
        if len(labels) == 1:
            labels = ("",)  # The title has said so.
        for label, body in zip(labels, node.own_bodies, strict=True):
            yield Section(shortened(label), self.body(body))
        if node.clauses is not None:
            yield Section("", self.body(node.clauses))


def _word(entry: Entry) -> str:
    """The kind of a step, or the word of a block."""
    return entry.kind if isinstance(entry, Step) else entry.word


def _about(entry: Entry) -> str:
    """What an entry does; of an `if` with one branch, whose label is left out, also when."""
    is_single = isinstance(entry, If) and len(entry.labels) == 1
    return entry.labels[0] if is_single else entry.about


def _title(node: PlanNode) -> str:
    """What a node is called: a step by its name, a block by its word too."""
    entry = node.core.entry
    if isinstance(entry, Step):
        return node.name
    return _about(entry) if entry.name is None else f"{entry.word} {entry.name}"


def _bundles(plan: Plan, batch_of: Mapping[int, int]) -> Iterator[Bundle]:
    """What the nodes of a plan wait for, those together that wait for the same."""
    found: dict[tuple[int, tuple[int, ...], bool], list[int]] = {}
    for index, node in enumerate(plan.nodes):
        if node.after:
            key = (batch_of[index], node.after, False)
            found.setdefault(key, []).append(index)
        if node.count:
            found.setdefault((batch_of[index], node.members, True), []).append(index)
    for (_, sources, is_join), targets in found.items():
        yield Bundle(sources, tuple(targets), is_join)


def shortened(text: str) -> str:
    """Return a text on one line, its end left out where it is long."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
