"""A chain as functions: the public one, its flow, its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.emit.block_types import block_type
from n3gen.emit.channels import open_channels
from n3gen.emit.code import constant, name, seconds, support_call
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.flow import Flow
from n3gen.emit.givers import givers
from n3gen.emit.guard_nodes import Stoppable
from n3gen.emit.guards import Guard
from n3gen.emit.module_nodes import Asked, ChainFunctions, Input
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.needs import Needs
from n3gen.emit.nodes import Bind, Node, Place, Return
from n3gen.emit.policies import budget_code, slots_code
from n3gen.emit.results import declare_results
from n3gen.emit.scope import ANY, LIST, MAPPING, ChainScope, Variable
from n3gen.emit.task_nodes import WithActors
from n3gen.emit.texts import sentence
from n3gen.emit.types import checked_type
from n3gen.emit.variables import union_of
from n3gen.expressions import Code, data_to_python
from n3gen.names import class_name
from n3gen.plan.model import Plan
from n3gen.semantics.read_entries import ReadValues
from n3gen.semantics.reads import reads_end_of_run, references_of
from n3gen.semantics.shapes import shapes_of
from n3gen.semantics.signals import signals_of
from n3gen.semantics.skipped import needed_by_skipped
from n3gen.semantics.tree import Tree
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Block,
    Chain,
    Entry,
    FailStep,
    Pipeline,
    Stage,
    StageStep,
    Step,
    StopStep,
)

__all__ = ["chain_functions"]

_PLAIN = frozenset(
    one.source
    for one in (ANY, LIST, MAPPING, *map(name, ("bool", "float", "int", "str")))
)
"""Types of results that are what JSON has of them."""

_RETURNED = {"str": name("str", "str"), "dict": MAPPING, "list": LIST}
"""The types of expressions that Python's checkers know as well."""

_BOUND = {kind: name(kind) for kind in ("int", "float", "bool")}
"""The types of expressions that are known here, and not to Python's checkers."""


def chain_functions(
    module: ModuleScope, needs: Needs, chain: Chain, plan: Plan, calls: ModelCalls
) -> ChainFunctions:
    """The functions of a chain."""
    callee = module.callees[chain.name]
    given, payload = callee.input, Variable("payload")
    if given is not None:
        shape = shapes_of(chain, module.spec).get("payload")
        payload = Variable("payload", name(given.record), shape)
    scope = ChainScope(module, chain, payload)
    scope.used = _used_entries(chain, plan)
    scope.unread = _unread_names(chain, scope.used)
    declare_results(scope)
    scope.needed = needed_by_skipped(chain)
    body, returns = _flow(Flow(scope, calls), plan)
    stops = any(isinstance(entry, StopStep) for entry in every_entry(chain.steps))
    if stops:
        body = [Stoppable((*body,))]
    if module.actors.end_with(chain):
        body = [WithActors((*body,))]
    is_own = not stops and returns.source not in _PLAIN
    described = chain.description
    needed, replaceable = needs.variables(chain), needs.replaceable(chain)
    return ChainFunctions(
        name=chain.name,
        public=None if chain.used else module.public_name(chain),
        doc=sentence(
            described or f"Run {chain.word} `{chain.name}` and return its result."
        ),
        flow_doc=sentence(
            described or f"The {chain.parts} of {chain.word} `{chain.name}`."
        ),
        controls=_controls(given, is_durable=module.target.is_durable),
        uses_http=needs.makes_requests(chain),
        input=given,
        payload=payload.annotation,
        returns=ANY if stops else returns,
        returned=_returned(module, chain, given) if is_own else None,
        reads_kept=is_own,
        function=callee.function,
        facts=callee.facts,
        description=described or "",
        timeout=constant(None) if chain.timeout is None else seconds(chain.timeout),
        steps=tuple(_step_names(chain)),
        versions=module.versions.of(chain, module.recorded_line),
        connectors=tuple(sorted(needs.connectors(chain))),
        with_context=needs.with_context(chain),
        by_name=needs.by_name(chain),
        asked=tuple(known for known in replaceable if known in module.connectors),
        given=tuple(known for known in replaceable if known not in module.connectors),
        variables=needed.always,
        asked_by=needed.asked_by,
        slots=slots_code(chain.max_parallel) if chain.max_parallel else None,
        channels=open_channels(scope.channels, module.spec),
        signals=tuple(_asked(module, chain)),
        budget=None if chain.budget is None else budget_code(chain.budget),
        body=tuple(body),
        is_pipeline=isinstance(chain, Pipeline),
        functions=tuple(scope.functions),
    )


def _asked(module: ModuleScope, chain: Chain) -> Iterator[Asked]:
    """What a run of the chain can be sent answers to."""
    chains = {one.name: one for one in module.spec.chains}
    for signal, steps in signals_of(chain, chains).items():
        check = None
        if steps[0].answer is not None:
            type_ = checked_type(module, steps[0].answer)
            check = support_call("answers_as", type_)
        has_keys = any(step.key is not None for step in steps)
        yield Asked(signal, check, has_keys)


def _step_names(chain: Chain) -> list[str]:
    entries = every_entry(chain.steps)
    names = (entry.name for entry in entries if isinstance(entry, Step))
    return list(dict.fromkeys(names))


def _controls(given: Input | None, *, is_durable: bool) -> tuple[str, ...]:
    """The names of the parameters that say how to run, and of what is made of the run."""
    taken = {field.name for field in given.fields} if given is not None else set[str]()
    own = ("timeout", "run_id") if is_durable else ("connectors", "timeout", "http")
    words = (*own, "ended", "result")
    return tuple(f"{word}_" if word in taken else word for word in words)


def _returned(module: ModuleScope, chain: Chain, given: Input | None) -> Code | None:
    """Another name for the type of the result, where a parameter has that of a type."""
    taken = {field.name for field in given.fields} if given is not None else set[str]()
    if chain.used or taken.isdisjoint(module.types.values()):
        return None
    return name(module.unique(f"{class_name(chain.name)}Result"))


def _flow(flow: Flow, plan: Plan) -> tuple[list[Node], Code]:
    """The statements of a chain, and the type of what they return."""
    scope = flow.scope
    sources = {"payload": "payload"}
    types: list[Code] = []

    def write() -> list[Node]:
        body, returns = _body(flow, plan, sources)
        types.append(returns)
        return body

    notes_end = reads_end_of_run(node.entry for node in plan.endings)
    guard = Guard("", write, Return, notes_end=notes_end)
    body = flow.guarded(plan, sources, guard)
    types += _clause_types(scope, plan)
    return body, union_of(types)


def _body(flow: Flow, plan: Plan, sources: dict[str, str]) -> tuple[list[Node], Code]:
    """The statements of a chain without its clauses, and the type of what they return."""
    scope, chain = flow.scope, flow.scope.chain
    body = flow.body(plan, sources)
    if not chain.has_result:
        body += flow.tasks.awaited(plan.value_names, sources)
        value = flow.value(plan, sources)
        return flow.ended(body, value, Return), _value_type(scope, plan)
    body += flow.tasks.awaited(references_of(chain), sources)
    result = data_to_python(chain.result, scope.names(sources))
    returns = _type_of(scope, plan, result, sources)
    is_bound = (
        result.kind in _BOUND
        and isinstance(chain.result, str)
        and not result.source.isidentifier()
    )
    if not result.fallible and not is_bound:
        return flow.ended(body, result, Return), returns
    place = None
    if result.fallible:
        place = Place("result", scope.module.line(chain.place / "result"))
    if is_bound:
        variable = scope.fresh("result")
        bound = Bind(variable, result, place, _BOUND[result.kind])
        return [*body, bound, Return(name(variable))], returns
    return [*body, Return(result, place)], returns


def _kept(scope: ChainScope, plan: Plan) -> frozenset[str]:
    """The names that clauses may read before they are bound: their variables are untyped."""
    has_clauses = any(node.entry.has_value for node in plan.endings)
    entries = (node.entry for node in plan.endings)
    return frozenset(scope.reads_within(entries) if has_clauses else ())


def _clause_types(scope: ChainScope, plan: Plan) -> list[Code]:
    """The types of what the clauses of a chain return; one that ends in `fail` does not."""
    found: list[Code] = []
    for node in plan.endings:
        for body in node.bodies if node.entry.has_value else ():
            scope.enter(inner.entry for inner in body.nodes)
            last = [body.nodes[index].entry for index in body.values]
            if not (isinstance(last[0], FailStep) and last[0].when is None):
                found.append(_value_type(scope, body))
            found += _clause_types(scope, body)
    return found


def _type_of(
    scope: ChainScope, plan: Plan, result: Code, sources: Mapping[str, str]
) -> Code:
    """The type of the expression of a result."""
    nodes = {node.core.entry.name: node.core for node in plan.nodes}
    for read, source in sources.items():
        if source == result.source and read in scope.variables:
            known = scope.variables[read].annotation
            if read in _kept(scope, plan):
                return ANY
            return block_type(scope, nodes[read], known) if read in nodes else known
    return (_RETURNED | _BOUND).get(result.kind, ANY)


def _value_type(scope: ChainScope, plan: Plan) -> Code:
    """The type of the value of a chain's last batch."""
    last = [plan.nodes[index] for index in plan.values]
    if len(last) > 1:
        return MAPPING
    core = last[0].core
    if core.name in _kept(scope, plan):
        return ANY
    return block_type(scope, core, scope.value_type(core.entry))


def _used_entries(chain: Chain, plan: Plan) -> set[int]:
    """The entries that expressions read, or whose values make the value of one read."""
    read = ReadValues(chain, Tree.of(chain, is_whole=False))
    used: set[int] = set()

    def add_values(block: Plan, *, is_wanted: bool, is_read: bool) -> None:
        if is_wanted:
            used.update(id(block.nodes[index].entry) for index in block.values)
        for node in block.nodes:
            is_used = id(node.entry) in used
            # What a stage with a body comes to is passed on, and in the record.
            is_used |= isinstance(node.entry, StageStep)
            is_value = is_used and not _has_result(node.entry)
            is_value |= node.entry.is_race
            if isinstance(node.entry, Stage) and node.entry.is_in_line:
                is_value = is_used = True
            for body in node.bodies:
                add_values(body, is_wanted=is_value, is_read=is_used)
        for node in block.endings:
            is_value = is_read and node.entry.has_value
            for body in node.bodies:
                add_values(body, is_wanted=is_value, is_read=is_value)

    while True:
        used |= read.ids
        add_values(plan, is_wanted=not chain.has_result, is_read=True)
        for entry in every_entry(chain.steps):
            for given in set(entry.gives) - set(entry.facts):
                # One variable has what any of the bodies gives: all set it or none.
                having = {id(inner) for inner in givers(entry, given)}
                used |= having if having & used else set()
        if not read.add_results(used):
            return used


def _unread_names(chain: Chain, used: set[int]) -> set[str]:
    """The names of entries of which no value is read, at most a fact."""
    entries = [*every_entry(chain.steps)]
    read = {entry.name for entry in entries if id(entry) in used}
    read.update(bound for entry in entries for bound in entry.binds)
    names = {entry.name for entry in entries if entry.name not in read}
    return {name for name in names if name is not None}


def _has_result(entry: Entry) -> bool:
    return isinstance(entry, Block) and entry.has_result
