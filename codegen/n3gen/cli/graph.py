"""`n3gen graph`: pictures of what waits for what."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from n3gen.cli.options import config_of, config_option
from n3gen.cli.output import placed, say, show_problems
from n3gen.cli.plan import complete_chains
from n3gen.diagnostics.suggest import nearest
from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError

if TYPE_CHECKING:
    from n3gen.graph.model import Graph
    from n3gen.project.graphs import SpecGraphs

__all__ = ["command"]

_COLUMNS = 100
"""The columns of a drawing where there is no terminal."""

_FEWEST = 40

_ENDINGS = {
    ".txt": "text",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".html": "html",
}
"""What the names of files end with, by what is drawn into them."""


@click.command("graph")
@click.argument("path", required=False)
@click.argument("chain", required=False, shell_complete=complete_chains)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "svg", "html"]),
    help="What is drawn.  [default: text, or as the name of --out ends]",
)
@click.option(
    "--out", "-o", metavar="FILE", help="Where it goes.  [default: standard output]"
)
@click.option(
    "--width",
    type=click.IntRange(_FEWEST),
    metavar="N",
    help="Columns of a drawing as text.  [default: those of the terminal]",
)
@click.option(
    "--embed",
    metavar="FILE",
    help="Redraw the graphs in a Markdown file, and add that of CHAIN.",
)
@config_option
def command(path: str | None, chain: str | None, **given: Any) -> int:
    """Draw the chains of PATH: batches as columns, blocks as boxes, the critical path.

    PATH is a spec file or a folder, CHAIN one of its chains; without PATH all specs
    are drawn. Nothing is run. A page of HTML has a search, a table beside each
    picture, and links to the lines of specs and modules.

    \b
    Examples:
      n3gen graph chains/triage.ai
      n3gen graph chains/triage.ai support_triage --format svg --out triage.svg
      n3gen graph chains --out chains.html
      n3gen graph chains/triage.ai --embed README.md
      n3gen graph --embed README.md
    """
    config = config_of((path,) if path else (), {"config": given["config"]})
    if given["embed"] is not None:
        return _embed(config, path, chain, given)
    form = given["form"] or _form_of(given["out"])
    found = _found(config, (path,) if path else ())
    if found is None:
        return 1
    graphs = _chosen(found, path or config.root, chain)
    if form in ("svg", "mermaid") and len(graphs) > 1:
        names = ", ".join(f"`{graph.name}`" for graph in graphs)
        raise ProjectError(f"a picture as {form} is of one chain; say which: {names}")
    text = _drawn(config, form, found, graphs, path, given)
    if given["out"] is None:
        click.echo(text.rstrip("\n"))
    else:
        _write(given["out"], text)
    return 0


def _found(config: Config, paths: Sequence[str]) -> list[SpecGraphs] | None:
    """The graphs of spec files; `None` where there is an error, which is shown."""
    from n3gen.project.graphs import spec_graphs

    found = list(spec_graphs(config, paths))
    problems = [problem for one in found for problem in one.problems]
    show_problems(placed(problems, config))
    return None if any(one.problems.has_errors for one in found) else found


def _chosen(found: Sequence[SpecGraphs], where: str, chain: str | None) -> list[Graph]:
    graphs = [graph for one in found for graph in one.graphs.values()]
    if chain is None and graphs:
        return graphs
    names = [graph.name for graph in graphs]
    if chain is None:
        raise ProjectError(f"there is no chain in `{where}`")
    if chain not in names:
        meant = nearest(chain, names)
        known = ", ".join(f"`{name}`" for name in names) or "none"
        hint = f"did you mean `{meant}`?" if meant else f"it has {known}"
        raise ProjectError(f"there is no chain `{chain}` in `{where}`; {hint}")
    return [graph for graph in graphs if graph.name == chain]


def _drawn(
    config: Config,
    form: str,
    found: Sequence[SpecGraphs],
    graphs: Sequence[Graph],
    path: str | None,
    given: dict[str, Any],
) -> str:
    from n3gen.graph.render import as_dot, as_html, as_mermaid, as_svg, as_text
    from n3gen.project.graphs import charts_of

    if form == "html":
        out = os.path.join(working_directory(), given["out"] or "graph.html")
        folder = os.path.dirname(os.path.realpath(out))
        charts = [
            chart
            for one in found
            for chart in charts_of(config, one, folder)
            if any(chart.graph is graph for graph in graphs)
        ]
        name = (
            graphs[0].name if len(graphs) == 1 else f"Chains of {path or 'all specs'}"
        )
        return as_html(charts, name)
    if form == "text":
        width = given["width"] or _columns(given["out"])
        is_plain = given["out"] is None and not _is_unicode()
        return "\n".join(as_text(graph, width, is_plain=is_plain) for graph in graphs)
    draw = {"mermaid": as_mermaid, "dot": as_dot, "svg": as_svg}[form]
    return "\n".join(map(draw, graphs))


def _form_of(out: str | None) -> str:
    """Return the format that the name of a file means; raises `ProjectError`."""
    if out is None:
        return "text"
    ending = os.path.splitext(out)[1].lower()
    if ending not in _ENDINGS:
        raise ProjectError(
            f"`{out}` does not say what is drawn: end it with {', '.join(_ENDINGS)}, "
            "or give a --format"
        )
    return _ENDINGS[ending]


def _columns(out: str | None) -> int:
    if out is not None:
        return _COLUMNS
    return max(shutil.get_terminal_size((_COLUMNS, 24)).columns, _FEWEST)


def _is_unicode() -> bool:
    """Whether standard output can show the lines of a drawing."""
    try:
        "┏▶…≤·".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _write(out: str, text: str) -> None:
    from n3gen.project.writing import write_file

    write_file(os.path.join(working_directory(), out), out, text.encode())
    say(f"wrote {out}")


def _embed(
    config: Config, path: str | None, chain: str | None, given: dict[str, Any]
) -> int:
    """Redraw the graphs in a Markdown file; exits with 1 where a spec has errors."""
    from n3gen.project.embedded import embed, embedded_graphs, read_page
    from n3gen.project.graphs import mermaid_of

    other = "--out" if given["out"] else f"--format {given['form']}"
    if given["form"] not in (None, "mermaid") or given["out"]:
        raise ProjectError(
            f"`--embed` draws Mermaid into its file, and takes no `{other}`"
        )
    page, shown = config.shown(given["embed"]), given["embed"]
    before = read_page(config, page)
    known = [(g.path, g.chain) for g in embedded_graphs(before or "", shown)]
    add: list[tuple[str, str]] = []
    if path is not None:
        found = _found(config, (path,))
        if found is None:
            return 1
        asked = _chosen(found, path, chain)
        of = [(one.spec.path, name) for one in found for name in one.graphs]
        names = {graph.name for graph in asked}
        add = [one for one in of if one[1] in names and one not in known]
    elif not known:
        raise ProjectError(
            f"`{shown}` has no graph; say of what: `n3gen graph PATH CHAIN --embed {shown}`"
        )
    after = embed(before or "", config, mermaid_of(config), add)
    if after == before:
        say(f"{shown} is up to date")
        return 0
    _write(shown, after)
    if page not in config.embed:
        listed = ", ".join(f'"{one}"' for one in (*config.embed, page))
        say(f"so that `n3gen check` looks at it, configure `embed = [{listed}]`")
    return 0
