"""`n3gen plan`: what runs when, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from n3gen.cli.options import config_of, config_option
from n3gen.cli.output import placed, say, show_problems
from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.project.single import compile_path

if TYPE_CHECKING:
    from n3gen.compiler import Compilation
    from n3gen.plan.estimate import Estimate
    from n3gen.plan.model import Plan
    from n3gen.plan.price import Ceilings, ChainPrice
    from n3gen.project.config import Config
    from n3gen.spec.model import Chain

    Planned = tuple[Chain, Plan, Estimate, ChainPrice]

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
    "--latency",
    "latencies",
    multiple=True,
    metavar="[NAME=]TIME",
    help="How long calls take, such as `2s`. NAME is a step, connector, connection or "
    "function.",
)
@click.option(
    "--items",
    multiple=True,
    metavar="[NAME=]N",
    help="How many items a `for` has.  [default: 1]",
)
@click.option(
    "--max-calls", type=click.IntRange(0), metavar="N", help="Fail above, at worst."
)
@click.option("--max-time", metavar="TIME", help="Fail above, at worst.")
@click.option(
    "--max-cost", type=float, metavar="COST", help="Fail above, by a guess at worst."
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How the plan is shown, on stdout.",
)
@config_option
def command(path: str, chain: str | None, **given: Any) -> int:
    """Show what runs when, and what it comes to: calls, tokens, cost, time.

    PATH is a spec file; CHAIN one of its chains, by default all of them. Nothing
    is run and nothing is written. Tokens and costs are a guess by prompts and prices.

    \b
    Examples:
      n3gen plan chains/triage.ai
      n3gen plan chains/triage.ai support_triage --output-format json
      n3gen plan chains/triage.ai --latency 2s --items docs=20
      n3gen plan chains/triage.ai --max-calls 20 --max-time 60s \\
        --output-format markdown
    """
    project = config_of((path,), {"config": given["config"]})
    _, compilation = compile_path(path, emits=False, config=project, in_process=False)
    show_problems(placed(compilation.problems, project))
    if compilation.problems.has_errors:
        return 1
    names = [chosen(compilation, chain)] if chain else compilation.chains
    plans = list(_plans(compilation, names, project, given))
    ceilings = _ceilings(given)
    faults = [fault for *_, price in plans for fault in ceilings.faults(price)]
    _SHOWN[given["output_format"]](plans, faults)
    for fault in faults:
        say(f"error: {fault}")
    return 1 if faults else 0


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


def _show_text(plans: Sequence[Planned], faults: Sequence[str]) -> None:
    from n3gen.plan.price import price_lines
    from n3gen.plan.view import plan_text

    for number, (chain, plan, estimate, price) in enumerate(plans):
        if number:
            click.echo()
        click.echo(plan_text(chain, plan, estimate).rstrip("\n"))
        for line in price_lines(price):
            click.echo(line)


def _show_json(plans: Sequence[Planned], faults: Sequence[str]) -> None:
    import json

    from n3gen.plan.price import price_data
    from n3gen.plan.view import plan_data

    data = [
        {**plan_data(chain, plan, estimate), "price": price_data(price)}
        for chain, plan, estimate, price in plans
    ]
    click.echo(json.dumps(data, indent=2))


def _show_markdown(plans: Sequence[Planned], faults: Sequence[str]) -> None:
    from n3gen.plan.price import comment

    click.echo(comment([price for *_, price in plans], faults).rstrip("\n"))


_SHOWN = {"text": _show_text, "json": _show_json, "markdown": _show_markdown}


def _plans(
    compilation: Compilation, names: Iterable[str], config: Config, given: Any
) -> Iterator[Planned]:
    """The chains with their plans, and what these come to."""
    from n3gen.plan.estimate import estimate_chain
    from n3gen.plan.expected import Expectations, Given
    from n3gen.plan.price import ChainPrice
    from n3gen.project.plan_options import known_items, read_items, read_latencies

    spec, plans = compilation.spec, compilation.plans
    assert spec is not None
    chains = {chain.name: chain for chain in spec.chains}
    guess = Given(
        read_latencies(given["latencies"], spec),
        read_items(given["items"], plans),
        config.prices,
        config.max_concurrent_llm_calls,
    )
    expected = Expectations(plans, spec, guess)
    worst = Expectations(plans, spec, replace(guess, at_worst=True))
    for name in names:
        chain = chains[name]
        estimate = estimate_chain(chain, plans, spec, config.chain_timeout_seconds)
        price = ChainPrice(
            name,
            estimate,
            expected.chain(chain),
            worst.chain(chain),
            has_items="" in guess.items or known_items(plans) <= set(guess.items),
            has_time=bool(guess.latencies),
        )
        yield chain, plans[name], estimate, price


def _ceilings(given: Any) -> Ceilings:
    """What the command line bounds."""
    from n3gen.plan.price import Ceilings
    from n3gen.project.plan_options import read_time

    most = given["max_time"]
    seconds = None if most is None else read_time("--max-time", most)
    return Ceilings(given["max_calls"], seconds, given["max_cost"])
