"""A checked spec and its plans, as the nodes of a module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from n3gen.emit.actor_constants import actor_constants
from n3gen.emit.chains import chain_functions
from n3gen.emit.code import constant, keyword, seconds, support_call
from n3gen.emit.connections import ModuleConnections
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.inputs import chain_input
from n3gen.emit.link import member_order
from n3gen.emit.module_nodes import ChainFunctions, Connections, Import, Module
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.needs import Needs, closers
from n3gen.emit.scope import Callee
from n3gen.emit.state_constants import state_constants
from n3gen.emit.texts import doc
from n3gen.emit.types import type_model
from n3gen.expressions import Code
from n3gen.names import HANDLES, PUBLIC, python_name
from n3gen.plan.loop_sizes import loop_sizes
from n3gen.plan.model import Plan
from n3gen.prices import Price
from n3gen.semantics.reached import reached
from n3gen.semantics.taken_permits import taken_permits
from n3gen.semantics.walk import every_part
from n3gen.spec.model import Chain, For, Place, Spec
from n3gen.target import ASYNCIO, Target, Telemetry

__all__ = ["Settings", "build_module"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration fixes in a module where the environment is silent."""

    parallel_steps: bool
    llm_calls: int
    chain_seconds: float
    prices: Mapping[str, Price]
    recordings: bool = False
    http: str = "httpx"
    handles: bool = True
    state: str = "n3gen_state.db"
    target: Target = ASYNCIO
    runs: str = "n3gen_runs.db"
    reports: tuple[Telemetry, ...] = ()
    trace: bool = False
    version: str = ""


def build_module(
    spec: Spec,
    plans: Mapping[str, Plan],
    line: Callable[[Place], int],
    settings: Settings,
) -> Module:
    """The nodes of the module for `spec`; `plans` has those of its chains."""
    spec = reached(spec)
    module = ModuleScope(spec, line, settings.http, settings.target, settings.reports)
    connections = ModuleConnections(module, settings.prices)
    calls = ModelCalls(module, connections)
    for chain in spec.chains:
        stem = module.public_name(chain)
        given = chain_input(module, chain)
        function = module.unique(f"_run_{stem}")
        facts = module.unique(f"{python_name(chain.name).upper()}_FACTS")
        module.callees[chain.name] = Callee(chain, function, facts, given)
    needs = Needs(module)
    functions = [
        chain_functions(module, needs, chain, plans[chain.name], calls)
        for chain in spec.chains
    ]
    offered = [chain for chain in spec.chains if not chain.used]
    closes = closers(module, needs, spec.chains, calls)
    uses_http = "close_clients" in closes
    handles = settings.handles or any(map(_has_inbox, functions))
    handles |= settings.target.is_durable
    asks = any(chain.signals for chain in functions)
    feeds = handles and any(chain.channels for chain in functions)
    return Module(
        doc=_module_doc(spec.path, offered, plans),
        source=spec.path,
        public_names=_public_names(module, offered, uses_http, handles),
        types=tuple(type_model(module, type_) for type_ in spec.types),
        connectors=(*connections.endpoints.functions, *calls.functions),
        chains=tuple(functions),
        connections=Connections(
            (*connections.constants, *module.limits.constants),
            tuple(state_constants(module, settings.state)),
            tuple(actor_constants(module)),
        ),
        defaults=_defaults(settings),
        closes=closes,
        http=settings.http if uses_http else None,
        records=uses_http and settings.recordings,
        handles=handles,
        asks=asks,
        feeds=feeds,
        views=_views(spec, plans, asks or feeds) if settings.trace else None,
        target=settings.target,
        spreads=any(map(_has_pool, spec.chains)),
        runs=settings.runs,
        version=settings.version,
        names=module.names,
        imports=tuple(
            Import(path, alias if alias != path else None)
            for path, alias in sorted(module.modules.items())
        ),
    )


def _public_names(
    module: ModuleScope, offered: list[Chain], uses_http: bool, handles: bool
) -> tuple[str, ...]:
    """What the module offers, in the order of its `__all__`."""
    public = [*PUBLIC, *map(module.public_name, offered)]
    if not uses_http:
        public.remove("configure")
    if not handles:
        public = [name for name in public if name not in HANDLES]
    spelled = (module.names.targets.get(name, name) for name in public)
    return tuple(sorted(spelled, key=member_order))


def _defaults(settings: Settings) -> Code:
    """What the configuration gives a module where the environment is silent."""
    return support_call(
        "Defaults",
        keyword("parallel_steps", constant(settings.parallel_steps)),
        keyword("llm_calls", constant(settings.llm_calls)),
        keyword("chain_seconds", seconds(settings.chain_seconds)),
    )


def _views(spec: Spec, plans: Mapping[str, Plan], asks: bool) -> Code:
    """What shows the runs of a module that is run as a program."""
    taken = keyword("limits", constant(taken_permits(spec)))
    sizes = {chain.name: loop_sizes(plans[chain.name]) for chain in spec.chains}
    known = {name: loops for name, loops in sizes.items() if loops}
    loops = [keyword("loops", constant(known))] if known else []
    asking = [keyword("asks", constant(True))] if asks else []
    return support_call("Views", taken, *loops, *asking)


def _has_pool(chain: Chain) -> bool:
    """Whether rounds of a loop run together, over items that are there."""
    loops = (part for part in every_part(chain) if isinstance(part, For))
    return any(loop.is_pooled and not loop.comes_over_time for loop in loops)


def _has_inbox(chain: ChainFunctions) -> bool:
    """Whether a chain can do nothing without what its caller sends."""
    return bool(chain.signals) or any(channel.is_fed for channel in chain.channels)


def _module_doc(
    path: str, chains: list[Chain], plans: Mapping[str, Plan]
) -> tuple[str, ...]:
    """The module's docstring: its chains, each with its batches."""
    lines = [f"Chains of {doc(path)}."]
    for chain in chains:
        limit = "" if chain.timeout is None else f" (at most {chain.timeout:g} s)"
        lines += ["", f"{doc(chain.name)}{limit}:"]
        lines += _plan_lines(plans[chain.name])
    return tuple(lines)


def _plan_lines(plan: Plan) -> list[str]:
    lines: list[str] = []
    for number, batch in enumerate(plan.batches, 1):
        nodes = [plan.nodes[index] for index in batch]
        names = ", ".join(doc(node.name) for node in nodes)
        note = " (in parallel)" if len(batch) > 1 else ""
        if all(node.entry.background for node in nodes):
            note = " (in the background)"
        lines.append(f"  {number}. {names}{note}")
    return lines
