"""`n3gen plan`: what runs when, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from n3gen.cli.options import config_of, config_option
from n3gen.cli.output import placed, show_problems
from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.project.single import compile_path

if TYPE_CHECKING:
    from n3gen.compiler import Compilation
    from n3gen.plan.estimate import Estimate
    from n3gen.plan.model import Plan
    from n3gen.spec.model import Chain

__all__ = ["command", "complete_chains", "the_chain"]


def complete_chains(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Return the chains of the spec file on the command line, for a shell."""
    path = context.params.get("path")
    try:
        chains = compile_path(path, emits=False)[1].chains if path else ()
    except ProjectError:
        return []
    return [name for name in chains if name.startswith(incomplete)]


@click.command("plan")
@click.argument("path")
@click.argument("chain", required=False, shell_complete=complete_chains)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the plan is shown, on stdout.",
)
@config_option
def command(
    path: str, chain: str | None, output_format: str, config: str | None
) -> int:
    """Show what runs when: batches, critical path, ideal speed-up, worst-case time.

    PATH is a spec file; CHAIN one of its chains, by default all of them. Nothing
    is run and nothing is written.

    \b
    Examples:
      n3gen plan chains/triage.ai
      n3gen plan chains/triage.ai support_triage --output-format json
    """
    project = config_of((path,), {"config": config})
    _, compilation = compile_path(path, emits=False, config=project, in_process=False)
    show_problems(placed(compilation.problems, project))
    if compilation.problems.has_errors:
        return 1
    names = [chosen(compilation, chain)] if chain else compilation.chains
    show = _show_json if output_format == "json" else _show_text
    show(compilation, names, project.chain_timeout_seconds)
    return 0


def the_chain(compilation: Compilation, chain: str | None) -> str:
    """Return the chain of that name, or the only one of a file where none is named.

    Raises `ProjectError` where the file offers none of that name, or several.
    """
    if chain is None and len(compilation.chains) == 1:
        return compilation.chains[0]
    if chain is None:
        known = ", ".join(f"`{name}`" for name in compilation.chains) or "none"
        raise ProjectError(f"say which chain of `{compilation.source.path}`: {known}")
    return chosen(compilation, chain)


def chosen(compilation: Compilation, chain: str) -> str:
    """The chain of that name; raises `ProjectError` where the file offers none."""
    if chain in compilation.chains:
        return chain
    path = compilation.source.path
    meant = nearest(chain, compilation.chains)
    known = ", ".join(f"`{name}`" for name in compilation.chains) or "none"
    hint = f"did you mean `{meant}`?" if meant else f"it has {known}"
    raise ProjectError(f"there is no chain `{chain}` in `{path}`; {hint}")


def _show_text(compilation: Compilation, names: Iterable[str], seconds: float) -> None:
    from n3gen.plan.view import plan_text

    for number, (chain, plan, estimate) in enumerate(
        _plans(compilation, names, seconds)
    ):
        if number:
            click.echo()
        click.echo(plan_text(chain, plan, estimate).rstrip("\n"))


def _show_json(compilation: Compilation, names: Iterable[str], seconds: float) -> None:
    import json

    from n3gen.plan.view import plan_data

    data = [plan_data(*planned) for planned in _plans(compilation, names, seconds)]
    click.echo(json.dumps(data, indent=2))


def _plans(
    compilation: Compilation, names: Iterable[str], seconds: float
) -> Iterator[tuple[Chain, Plan, Estimate]]:
    """The chains with their plans, and what these cost; `seconds` is the usual deadline."""
    from n3gen.plan.estimate import estimate_chain

    spec, plans = compilation.spec, compilation.plans
    assert spec is not None
    chains = {chain.name: chain for chain in spec.chains}
    for name in names:
        chain = chains[name]
        yield chain, plans[name], estimate_chain(chain, plans, spec, seconds)
