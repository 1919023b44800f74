"""Takes a checked spec and its plans; hands on the model of its module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from n3gen.emit.connections import Connections
from n3gen.emit.flow import Flow
from n3gen.emit.inputs import ChainInput, chain_input
from n3gen.emit.models import ModelCalls
from n3gen.emit.module import Code, Function, ModuleModel, Registered
from n3gen.emit.needs import closers, connectors_of, preparations
from n3gen.emit.scope import Callee, ChainScope, ModuleScope
from n3gen.emit.texts import (
    arguments,
    doc,
    member_order,
    rebound,
    seconds_literal,
    sentence,
)
from n3gen.emit.types import annotation, declare_results, declared_types, type_model
from n3gen.expressions import data_to_python, literal
from n3gen.plan.model import Plan
from n3gen.prices import Price
from n3gen.semantics.reads import references_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, InputField, Place, Spec, Step

__all__ = ["Settings", "build_module"]


_PUBLIC = (
    "CHAINS",
    "ChainError",
    "ChainTimeout",
    "RunResult",
    "StepRecord",
    "aclose",
    "connector",
    "metrics",
    "run_chain",
    "stream_chain",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration fixes in a module where the environment is silent."""

    parallel_steps: bool
    llm_calls: int
    chain_seconds: float
    prices: Mapping[str, Price]


def build_module(
    spec: Spec,
    plans: Mapping[str, Plan],
    line: Callable[[Place], int],
    settings: Settings,
) -> ModuleModel:
    """The model of the module for `spec`; `plans` has those of the chains to emit."""
    module = ModuleScope(spec, line)
    connections = Connections(module, settings.prices)
    calls = ModelCalls(module, connections)
    chains = [chain for chain in spec.chains if chain.name in plans]
    inputs: dict[str, ChainInput] = {}
    for chain in chains:
        inputs[chain.name] = chain_input(module, chain)
        function = module.unique(f"_run_{module.public_name(chain)}")
        check = inputs[chain.name].check
        module.callees[chain.name] = Callee(chain, function, check)
    functions: list[Function] = []
    for chain in chains:
        given = inputs[chain.name]
        functions += given.functions
        functions += _chain_functions(module, chain, plans[chain.name], given, calls)
    offered = [chain for chain in chains if not chain.used]
    return ModuleModel(
        doc=_module_doc(spec.path, offered, plans),
        source=literal(spec.path),
        public_names=tuple(
            sorted([*_PUBLIC, *map(module.public_name, offered)], key=member_order)
        ),
        functions=(
            *_types(module, chains),
            *connections.functions,
            *calls.functions,
            *functions,
        ),
        registry=tuple(_registered(module, chain) for chain in offered),
        connections=tuple(connections.constants),
        defaults=(
            f"Defaults(parallel_steps={settings.parallel_steps},"
            f" llm_calls={settings.llm_calls},"
            f" chain_seconds={seconds_literal(settings.chain_seconds)})"
        ),
        closes=closers(module, chains, calls),
        imports=tuple(module.import_lines()),
    )


def _types(module: ModuleScope, chains: list[Chain]) -> list[Function]:
    """The models of the types that the chains use, and of those in their fields."""
    definitions = {type_.name: type_ for type_ in module.spec.types}
    waiting = [field.type for chain in chains for field in chain.input or ()]
    for chain in chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, Step) and entry.output is not None:
                waiting.append(entry.output)
    waiting += [c.output for c in module.spec.connectors if c.output is not None]
    reached: set[str] = set()
    while waiting:
        for name in declared_types(waiting.pop()) - reached:
            reached.add(name)
            waiting += [field.type for field in definitions[name].fields]
    return [
        type_model(module, definitions[name]) for name in definitions if name in reached
    ]


def _chain_functions(
    module: ModuleScope,
    chain: Chain,
    plan: Plan,
    given: ChainInput,
    calls: ModelCalls,
) -> list[Function]:
    """The functions of a chain's steps, the chain's own, and the typed one for callers."""
    scope = ChainScope(module, chain, given.payload)
    declare_results(scope)
    scope.used = _used_names(chain, plan)
    flow = Flow(scope, calls)
    sources = {"payload": "payload"}
    body = [*preparations(module, chain), *flow.body(plan, sources)]
    body = _with_result(flow, plan, body, sources)
    callee = module.callees[chain.name]
    parameters = f"run: Run, payload: {given.payload.annotation}"
    own = Function(
        f"async def {callee.function}({parameters}) -> Any:",
        sentence(chain.description or f"The steps of chain `{chain.name}`."),
        tuple(body),
    )
    functions = [*scope.functions, own]
    return functions if chain.used else [*functions, _public(module, chain)]


def _with_result(
    flow: Flow, plan: Plan, body: list[Code], sources: Mapping[str, str]
) -> list[Code]:
    scope, chain = flow.scope, flow.scope.chain
    if not chain.has_result:
        return rebound(body, flow.value(plan, sources), "return {}")
    result = data_to_python(chain.result, scope.names(sources))
    if not result.fallible:
        return rebound(body, result.source, "return {}")
    line = scope.module.line(chain.place / "result")
    return [*body, f'run.at("result", {line})', f"return {result.source}"]


def _public(module: ModuleScope, chain: Chain) -> Function:
    """The typed function of a chain."""
    fields = chain.input
    taken = {field.name for field in fields or ()}
    controls = {
        name: f"{name}_" if name in taken else name
        for name in ("connectors", "timeout")
    }
    parameters = (
        ["payload: Any = None"] if fields is None else _field_parameters(module, fields)
    )
    parameters += [
        "*",
        f"{controls['connectors']}: Mapping[str, Callable[..., Any]] | None = None",
        f"{controls['timeout']}: float | None = None",
    ]
    options = f"Options({controls['connectors']}, {controls['timeout']})"
    payload = "payload" if fields is None else _payload_dict(fields)
    call = f"await execute_chain(MODULE, {literal(chain.name)}, {payload}, {options})"
    return Function(
        f"async def {module.public_name(chain)}{arguments(parameters)} -> Any:",
        sentence(
            chain.description or f"Runs chain `{chain.name}` and returns its result."
        )
        + "\n\n"
        + "    Raises `ChainError`, or `ChainTimeout` past its deadline, with the record"
        + " as `run`.\n    ",
        (f"ended = {call}", "return ended.value()"),
    )


def _field_parameters(module: ModuleScope, fields: tuple[InputField, ...]) -> list[str]:
    """Fields as parameters: those without a default first."""
    parameters: list[str] = []
    for field in sorted(fields, key=lambda field: not field.required):
        type_ = annotation(module, field.type)
        if field.required:
            parameters.append(f"{field.name}: {type_}")
        elif isinstance(field.default, list | dict):
            parameters.append(f"{field.name}: {type_} | None = None")
        else:
            parameters.append(f"{field.name}: {type_} = {literal(field.default)}")
    return parameters


def _payload_dict(fields: tuple[InputField, ...]) -> str:
    items: list[str] = []
    for field in fields:
        source = field.name
        if not field.required and isinstance(field.default, list | dict):
            source = f"{literal(field.default)} if {source} is None else {source}"
        items.append(f"{literal(field.name)}: {source}")
    return f"{{{', '.join(items)}}}"


def _used_names(chain: Chain, plan: Plan) -> set[str]:
    """The names that expressions read, or whose values make the value of something read."""
    used = {name for entry in every_entry(chain.steps) for name in references_of(entry)}
    used |= references_of(chain)

    def add_values(block: Plan, is_wanted: bool) -> None:
        if is_wanted:
            used.update(block.nodes[index].name for index in block.batches[-1])
        for node in block.nodes:
            for body in node.bodies:
                add_values(body, node.name in used)

    add_values(plan, not chain.has_result)
    return used


def _registered(module: ModuleScope, chain: Chain) -> Registered:
    callee = module.callees[chain.name]
    steps = [e.name for e in every_entry(chain.steps) if isinstance(e, Step)]
    needed = sorted(connectors_of(module, chain))
    return Registered(
        key=literal(chain.name),
        description=literal(chain.description or ""),
        timeout="None" if chain.timeout is None else seconds_literal(chain.timeout),
        steps=_tuple(steps),
        connectors=_tuple(needed),
        function=callee.function,
        check=callee.check,
    )


def _tuple(names: list[str]) -> str:
    items = ", ".join(map(literal, names))
    return f"({items},)" if names else "()"


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
        names = ", ".join(doc(plan.nodes[index].name) for index in batch)
        note = " (in parallel)" if len(batch) > 1 else ""
        lines.append(f"  {number}. {names}{note}")
    return lines
