"""Graphs in files of Markdown: blocks of Mermaid between two comments, kept current.

    <!-- n3gen graph chains/triage.ai support_triage sha256:0123456789abcdef -->
    <!-- end of n3gen graph -->

The first comment names a chain, and has the hash of what the block was drawn from and
of the block itself, so that nothing has to be drawn to see that it is current.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

from n3gen.project.config import DEFAULT_EMBED, Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.project.freshness import input_sha
from n3gen.project.parts import reached_parts
from n3gen.project.regular import read_regular
from n3gen.project.texts import Texts

__all__ = [
    "EmbeddedGraph",
    "GraphCause",
    "StaleGraph",
    "embed",
    "embedded_graphs",
    "read_page",
    "stale_graphs",
]

_LARGEST = 16 * 1024 * 1024

_BLOCK = re.compile(
    r"^<!-- n3gen graph (?P<path>\S+) (?P<chain>\S+?)(?: sha256:(?P<sha>\w{16}))? -->\r?\n"
    r"(?P<body>(?:(?!<!-- ).*\n)*?)"
    r"(?P<end><!-- end of n3gen graph -->)",
    re.MULTILINE,
)
_START = re.compile(r"<!-- n3gen graph\b")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class EmbeddedGraph:
    """A block: the chain that it shows, what it was drawn from, and its text."""

    path: str
    chain: str
    sha: str | None
    body: str


Draw = Callable[[str, str], str]
"""Draws a chain of a spec file in Mermaid; raises `ProjectError` where there is none."""


class GraphCause(NamedTuple):
    """Why a block is not current, in words."""

    text: str
    value: Literal["graph", "missing"] = "graph"


class StaleGraph(NamedTuple):
    """A file with a block that is not what its chain gives now."""

    shown: str
    cause: GraphCause


def read_page(config: Config, path: str) -> str | None:
    """The text of a file of the project; `None` where there is none."""
    shown = config.seen(path)
    data = read_regular(config.absolute(path), shown, _LARGEST)
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ProjectError(f"`{shown}` is not UTF-8 text") from error


def embedded_graphs(text: str, shown: str) -> list[EmbeddedGraph]:
    """Return the blocks of a text; raises `ProjectError` where one has no end."""
    whole = {match.start(): match for match in _BLOCK.finditer(text)}
    starts = _starts(text)
    for start in starts:
        if start not in whole:
            line = text.count("\n", 0, start) + 1
            raise ProjectError(
                f"the graph at `{shown}:{line}` is not closed: it begins with "
                "`<!-- n3gen graph PATH CHAIN -->` and ends with "
                "`<!-- end of n3gen graph -->`, each on a line of its own"
            )
    return [_graph(whole[start]) for start in starts]


def _starts(text: str) -> list[int]:
    """Where blocks begin; what stands between fences is an example and no block."""
    found: list[int] = []
    fence = ""
    at = 0
    for line in text.splitlines(keepends=True):
        if opened := _FENCE.match(line):
            if not fence:
                fence = opened[1]
            elif opened[1].startswith(fence) and not line[opened.end() :].strip():
                fence = ""
        elif not fence and _START.match(line):
            found.append(at)
        at += len(line)
    return found


def _graph(match: re.Match[str]) -> EmbeddedGraph:
    return EmbeddedGraph(
        unquote(match["path"]), unquote(match["chain"]), match["sha"], match["body"]
    )


def embed(
    text: str, config: Config, draw: Draw, add: Sequence[tuple[str, str]] = ()
) -> str:
    """Return a text with all its blocks redrawn, and those to `add` after it."""
    texts = Texts(config)
    end = "\r\n" if "\r\n" in text else "\n"

    def drawn(path: str, chain: str) -> str:
        body = f"```mermaid\n{draw(path, chain)}```\n"
        name = f"{quote(path)} {quote(chain, safe='')}"
        head = f"<!-- n3gen graph {name} sha256:{_sha(texts, path, chain, body)} -->\n"
        whole = f"{head}{body}<!-- end of n3gen graph -->"
        return whole.replace("\n", end)

    starts = set(_starts(text))

    def renewed(match: re.Match[str]) -> str:
        if match.start() not in starts:
            return match[0]
        graph = _graph(match)
        return drawn(graph.path, graph.chain)

    text = _BLOCK.sub(renewed, text)
    for path, chain in add:
        text = text.rstrip() + end * (2 if text.strip() else 0)
        text += drawn(path, chain) + end
    return text


def _sha(texts: Texts, path: str, chain: str, body: str) -> str:
    """The hash of what a graph is drawn from, and of its text."""
    data = texts.data(path)
    used = {other: texts.data(other) for other in texts.used(path)}
    parts: list[str | bytes] = ["graph", path, chain, data]
    parts.append(body.replace("\r\n", "\n"))
    for other, _, text in reached_parts(data, used):
        parts += (other, text)
    return input_sha(*parts)


def stale_graphs(config: Config, paths: Sequence[str]) -> Iterator[StaleGraph]:
    """Yield what is not current in the files that the configuration names.

    `paths` select specs; none means all, and then a file that is not there is told too,
    unless the configuration names none. Where the hash of a block is another, its
    chain is drawn and compared.
    """
    texts = Texts(config)
    draw: Draw | None = None
    selected: dict[str, bool] = {}
    for page in config.embed:
        text = read_page(config, page)
        if text is None and config.embed != DEFAULT_EMBED and not paths:
            words = "there is no such file, which the configuration names as `embed`"
            yield StaleGraph(config.seen(page), GraphCause(words, "missing"))
        if text is None or "<!-- n3gen graph" not in text:
            continue
        if not selected:
            selected = {one.path: one.selected for one in find_specs(config, paths)}
        for graph in embedded_graphs(text, config.seen(page)):
            if selected.get(graph.path, not paths) and not _is_same(graph, texts):
                draw = draw or _drawing(config)
                reason = _reason(graph, draw)
                if reason is not None:
                    words = f"its graph of {graph.path} {graph.chain} {reason}"
                    yield StaleGraph(config.seen(page), GraphCause(words))


def _drawing(config: Config) -> Draw:
    """Return what draws chains; imported here, as it takes long and is seldom needed."""
    from n3gen.project.graphs import mermaid_of

    return mermaid_of(config)


def _is_same(graph: EmbeddedGraph, texts: Texts) -> bool:
    """Whether a block is the one that was drawn from the spec as it stands."""
    with suppress(ProjectError):
        return graph.sha == _sha(texts, graph.path, graph.chain, graph.body)
    return False


def _reason(graph: EmbeddedGraph, draw: Draw) -> str | None:
    """Why a block is not current; `None` where its chain gives the same all the same."""
    try:
        wanted = f"```mermaid\n{draw(graph.path, graph.chain)}```\n"
    except ProjectError as error:
        return f"cannot be drawn: {error}"
    is_same = graph.body.replace("\r\n", "\n") == wanted
    return None if is_same else "is not current"
