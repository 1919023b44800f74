"""Chains to draw: those of `specs`, and large ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from n3gen.compiler import compile_file
from n3gen.graph.build import graph_of
from n3gen.graph.model import Graph
from n3gen.plan.estimate import estimate_chain
from n3gen.project.config import find_config
from n3gen.project.graphs import spec_graphs
from n3gen.source import SourceFile

__all__ = ["dag", "every_graph", "graph", "graphs_of", "in_sequence", "together"]

ROOT = Path(__file__).parents[2]


def every_graph() -> Iterator[Graph]:
    """Yield the graphs of all chains in `specs`, and of those of the golden folders."""
    config = find_config(str(ROOT / "specs"))
    for found in spec_graphs(config, ()):
        yield from found.graphs.values()


def graphs_of(text: str, path: str = "spec.ai") -> dict[str, Graph]:
    """The graphs of a spec's chains by their names."""
    found = compile_file(SourceFile.of(path, text), emits=False)
    assert not found.problems.has_errors, [one.message for one in found.problems]
    assert found.spec is not None
    return {
        chain.name: graph_of(
            chain,
            found.plans[chain.name],
            estimate_chain(chain, found.plans, found.spec, 300),
            found.spec,
            found.line,
        )
        for chain in found.spec.chains
    }


def graph(text: str) -> Graph:
    """The graph of a spec's only chain."""
    (found,) = graphs_of(text).values()
    return found


def in_sequence(count: int) -> Graph:
    """Steps one after another."""
    steps = (f"    step s{i}:\n        value: {i}\n" for i in range(count))
    return graph(f"chain c:\n{''.join(steps)}")


def together(count: int) -> Graph:
    """Steps that run together, and twice as many after them."""
    steps = (
        f"    step {name}{i}:\n        value: {i}\n        parallel: true\n"
        + (f"        depends_on: [{before}]\n" if before else "")
        for name, number, before in (
            ("a", count, ""),
            ("b", 2 * count, ", ".join(f"a{i}" for i in range(count))),
        )
        for i in range(number)
    )
    return graph(f"chain c:\n{''.join(steps)}")


def dag(count: int, seed: int) -> Graph:
    """Steps each of which waits for some before it, near and far."""
    drawn = random.Random(seed)
    steps = "".join(
        f"    step s{i}:\n        value: {i}\n"
        + (
            f"        depends_on: [{', '.join(f's{j}' for j in needs)}]\n"
            if needs
            else ""
        )
        for i in range(count)
        for needs in [
            drawn.sample(range(max(0, i - 40), i), min(i, drawn.randint(0, 3)))
        ]
    )
    return graph(f"chain c:\n    schedule: dag\n{steps}")
