"""`n3gen plan`: what runs when, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from n3gen.cli.options import config_option, projects_of
from n3gen.cli.output import placed, printable, say, show_problems
from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.project.single import compile_path, compile_paths, paths_and_chain

if TYPE_CHECKING:
    from n3gen.compiler import Compilation
    from n3gen.plan.estimate import Estimate
    from n3gen.plan.expected import Given
    from n3gen.plan.model import Plan
    from n3gen.plan.price import Ceilings, ChainPrice
    from n3gen.project.config import Config
    from n3gen.spec.model import Chain

    Planned = tuple[Chain, Plan, Estimate, ChainPrice]

__all__ = ["command", "complete_chains", "the_chain"]


@dataclass(frozen=True, slots=True)
class _File:
    """A spec file with the plans of its chains; `path` is relative to where one works.

    `is_parallel` says whether its parallel steps run together by the configuration.
    """

    path: str
    plans: tuple[Planned, ...]
    is_parallel: bool


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


def _complete_paths(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return files, and the chains of the spec file before, for a shell."""
    paths = context.params.get("paths") or ()
    context.params["path"] = paths[-1] if paths else None
    names = complete_chains(context, _, incomplete)
    return [CompletionItem(incomplete, "file"), *map(CompletionItem, names)]


@click.command("plan")
@click.argument(
    "paths", nargs=-1, metavar="[PATHS]... [CHAIN]", shell_complete=_complete_paths
)
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
    "--max-cost",
    type=click.FloatRange(0),
    metavar="COST",
    help="Fail above, by a guess at worst.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How the plan is shown, on stdout.",
)
@config_option
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Show what runs when, and what it comes to: calls, tokens, cost, time.

    PATHS are spec files and folders, by default all specs of the project; CHAIN is
    one of their chains, by default all of them. Nothing is run and nothing is
    written. Tokens and costs are a guess by prompts and prices. The bounds are those
    of each chain: exits with 1 where one is above.

    \b
    Examples:
      n3gen plan
      n3gen plan chains/triage.ai
      n3gen plan chains/triage.ai support_triage --output-format json
      n3gen plan chains/triage.ai --latency 2s --items docs=20
      n3gen plan chains --max-calls 20 --max-time 60s --output-format markdown
    """
    asked, chain = paths_and_chain(paths)
    ceilings = _ceilings(given)
    compiled = [
        (config, compilation)
        for config, own in projects_of(asked, {"config": given["config"]})
        for compilation in compile_paths(own, config)
    ]
    for config, compilation in compiled:
        show_problems(placed(compilation.problems, config))
    if any(one.problems.has_errors for _, one in compiled):
        return 1
    if chain is not None:
        _require(chain, asked, [one for _, one in compiled])
    files = list(_files(compiled, chain, given))
    faults = [
        fault if len(compiled) == 1 else f"{file.path}: {fault}"
        for file in files
        for *_, price in file.plans
        for fault in ceilings.faults(price)
    ]
    _SHOWN[given["output_format"]](files, faults)
    if not files and ceilings.are_given:
        faults.append("no file has a chain whose bounds could be looked at")
    elif not files:
        say("no file has a chain")
    for fault in faults:
        say(f"error: {fault}")
    return 1 if faults else 0


def the_chain(compilation: Compilation, chain: str | None) -> str:
    """Return the chain of that name, or the only one of a file where none is named.

    Raises `ProjectError` where the file offers none of that name, or several.
    """
    if chain is None and len(compilation.chains) == 1:
        return compilation.chains[0]
    if chain is None and not compilation.chains:
        raise ProjectError(f"there is no chain in `{compilation.source.path}`")
    if chain is None:
        known = ", ".join(f"`{name}`" for name in compilation.chains)
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


def _show_text(files: Sequence[_File], faults: Sequence[str]) -> None:
    from n3gen.plan.price import price_lines
    from n3gen.plan.view import plan_text

    shown = [(file, *planned) for file in files for planned in file.plans]
    last = files[0] if len(files) == 1 else None
    for number, (file, chain, plan, estimate, price) in enumerate(shown):
        if number:
            click.echo()
        if file is not last:
            click.echo(f"{printable(file.path)}:")
            last = file
        text = plan_text(chain, plan, estimate, is_parallel=file.is_parallel)
        click.echo(text.rstrip("\n"))
        for line in price_lines(price):
            click.echo(line)


def _show_json(files: Sequence[_File], faults: Sequence[str]) -> None:
    import json

    from n3gen.plan.price import price_data
    from n3gen.plan.view import plan_data

    data = [
        {
            **plan_data(chain, plan, estimate, is_parallel=file.is_parallel),
            "file": file.path,
            "price": price_data(price),
        }
        for file in files
        for chain, plan, estimate, price in file.plans
    ]
    click.echo(json.dumps(data, indent=2))


def _show_markdown(files: Sequence[_File], faults: Sequence[str]) -> None:
    from n3gen.plan.price import comment

    prices = {
        file.path: [price for *_, price in file.plans] for file in files if file.plans
    }
    click.echo(comment(prices, faults).rstrip("\n"))


_SHOWN = {"text": _show_text, "json": _show_json, "markdown": _show_markdown}


def _require(chain: str, asked: Sequence[str], compiled: Sequence[Compilation]) -> None:
    """Raise `ProjectError` where no file has a chain of that name."""
    offered = [name for one in compiled for name in one.chains]
    if chain in offered:
        return
    if len(asked) == 1 and len(compiled) == 1:
        chosen(compiled[0], chain)
    meant = nearest(chain, offered)
    hint = f"did you mean `{meant}`?" if meant else "`n3gen plan` shows all chains"
    where = " ".join(asked)
    what = f"there is no chain `{chain}` in {where}" if asked else ""
    raise ProjectError(f"{what or f'`{chain}` is no path and no chain'}; {hint}")


def _files(
    compiled: Sequence[tuple[Config, Compilation]], chain: str | None, given: Any
) -> Iterator[_File]:
    """The files with their plans: of all chains, or of those of a name."""
    guess = _guess([one for _, one in compiled], given)
    for config, compilation in compiled:
        names = [name for name in compilation.chains if chain in (None, name)]
        plans = _plans(compilation, names, config, guess)
        if names:
            path = config.seen(compilation.source.path)
            yield _File(path, tuple(plans), config.enable_parallel_steps)


def _guess(compiled: Sequence[Compilation], given: Any) -> Given:
    """What the command line says of calls and loops, for all files alike."""
    from n3gen.plan.expected import Given
    from n3gen.project.plan_options import read_items, read_latencies

    specs = [one.spec for one in compiled if one.spec is not None]
    plans = [plan for one in compiled for plan in one.plans.values()]
    return Given(
        read_latencies(given["latencies"], specs), read_items(given["items"], plans)
    )


def _plans(
    compilation: Compilation, names: Iterable[str], config: Config, guess: Given
) -> Iterator[Planned]:
    """The chains of a file with their plans, and what these come to."""
    from n3gen.plan.asked_prices import asked_prices
    from n3gen.plan.estimate import estimate_chain
    from n3gen.plan.expectations import Expectations
    from n3gen.plan.price import ChainPrice
    from n3gen.project.plan_options import known_items

    spec, plans = compilation.spec, compilation.plans
    assert spec is not None
    chains = {chain.name: chain for chain in spec.chains}
    own = replace(guess, prices=config.prices, at_once=config.max_concurrent_llm_calls)
    expected = Expectations(plans, spec, own)
    worst = Expectations(plans, spec, replace(own, at_worst=True))
    has_items = "" in guess.items or known_items(plans.values()) <= set(guess.items)
    for name in names:
        chain = chains[name]
        seconds = config.chain_timeout_seconds
        estimate = estimate_chain(chain, plans, spec, seconds, own)
        price = ChainPrice(
            name,
            estimate,
            expected.chain(chain),
            worst.chain(chain),
            has_items=has_items,
            has_time=bool(guess.latencies),
            asked=asked_prices(chain, plans, spec, own, has_items=has_items),
        )
        yield chain, plans[name], estimate, price


def _ceilings(given: Any) -> Ceilings:
    """What the command line bounds."""
    from n3gen.plan.price import Ceilings
    from n3gen.project.plan_options import read_time

    if given["max_cost"] is not None and isnan(given["max_cost"]):  # below no bound
        raise click.UsageError("`--max-cost` is not a number")
    most = given["max_time"]
    seconds = None if most is None else read_time("--max-time", most)
    return Ceilings(given["max_calls"], seconds, given["max_cost"])
