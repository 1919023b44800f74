"""The graphs of the chains of a project, with the addresses of what they come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from n3gen.compiler import Compilation, Options, compile_file
from n3gen.diagnostics import Problems
from n3gen.graph.build import graph_of
from n3gen.graph.model import Graph
from n3gen.graph.page import Chart, Link
from n3gen.graph.render import as_mermaid
from n3gen.plan.estimate import estimate_chain
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import SpecFile, find_specs
from n3gen.project.generated_lines import GeneratedLines
from n3gen.project.regular import read_regular
from n3gen.project.texts import Texts

__all__ = ["SpecGraphs", "charts_of", "mermaid_of", "spec_graphs"]

_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpecGraphs:
    """What a spec file gives: its graphs by the names of its chains, or its problems."""

    spec: SpecFile
    problems: Problems
    graphs: dict[str, Graph]


def spec_graphs(config: Config, paths: Sequence[str]) -> Iterator[SpecGraphs]:
    """Yield the graphs of the spec files that `paths` select; raises `ProjectError`."""
    texts = Texts(config)
    for spec in find_specs(config, paths):
        if spec.selected:
            source, used = texts.source(spec.path), texts.used_sources(spec.path)
            found = compile_file(source, config.options, used, emits=False)
            graphs = {} if found.problems.has_errors else _graphs(found, config.options)
            yield SpecGraphs(spec, found.problems, graphs)


def _graphs(compilation: Compilation, options: Options) -> dict[str, Graph]:
    """The graphs of the chains that a file offers."""
    spec, plans = compilation.spec, compilation.plans
    if spec is None:
        return {}
    chains = {chain.name: chain for chain in spec.chains}
    seconds = options.chain_timeout_seconds
    return {
        name: graph_of(
            chains[name],
            plans[name],
            estimate_chain(chains[name], plans, spec, seconds),
            spec,
            compilation.line,
        )
        for name in compilation.chains
    }


def charts_of(config: Config, found: SpecGraphs, folder: str) -> Iterator[Chart]:
    """Yield graphs with addresses from a page in `folder`: of their specs and modules."""
    shown = f"{config.out}/{found.spec.module}.py"
    address = _address(config, shown, folder)
    lines = _lines(config, shown)
    for graph in found.graphs.values():
        files = {graph.path, *(node.path for node in graph.nodes)}
        generated: dict[str, Link] = {}
        module = None
        if lines is not None:
            module = _link(address, f"{shown}:", lines.chain(graph.name))
            for node in graph.nodes:
                link = _link(address, "line ", lines.step(node.name, node.line))
                if link is not None:
                    generated[node.id] = link
        yield Chart(
            graph,
            {path: _address(config, path, folder) for path in sorted(files)},
            generated,
            module,
        )


def _link(address: str, words: str, lines: tuple[int, int] | None) -> Link | None:
    if lines is None:
        return None
    first, last = lines
    several = f"-L{last}" if last > first else ""
    return Link(f"{address}#L{first}{several}", f"{words}{first}")


def _address(config: Config, path: str, folder: str) -> str:
    """The relative address of a file of the project."""
    relative = os.path.relpath(config.absolute(path), folder)
    return quote(relative.replace(os.sep, "/"))


def _lines(config: Config, shown: str) -> GeneratedLines | None:
    """The lines of a module; `None` where none has been built, or it cannot be read."""
    try:
        data = read_regular(config.absolute(shown), shown, _LARGEST)
        return None if data is None else GeneratedLines(data.decode())
    except (ProjectError, SyntaxError, ValueError):
        return None


def mermaid_of(config: Config) -> Callable[[str, str], str]:
    """Return what draws chains of a project in Mermaid, each spec file compiled once."""
    known: dict[str, SpecGraphs] = {}

    def draw(path: str, chain: str) -> str:
        if path not in known:
            (known[path],) = spec_graphs(config, (config.absolute(path),))
        found = known[path]
        if found.problems.has_errors:
            raise ProjectError(f"`{path}` has errors")
        if chain not in found.graphs:
            raise ProjectError(f"there is no chain `{chain}` in `{path}`")
        return as_mermaid(found.graphs[chain])

    return draw
