"""The interface of a module, read off what it is compiled to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from n3gen.compiler import Compilation, Options, module_model
from n3gen.emit.module_nodes import ChainFunctions
from n3gen.interface.annotations import AnnotationTypes
from n3gen.interface.model import (
    ChainInterface,
    FieldInterface,
    Fields,
    ModuleInterface,
    WaitInterface,
)
from n3gen.plan.estimate import estimate_chain
from n3gen.plan.expectations import Expectations
from n3gen.plan.expected import Expected, Given
from n3gen.plan.model import Plan
from n3gen.semantics.field_types import with_none
from n3gen.semantics.reached import reached
from n3gen.semantics.result_types import result_types
from n3gen.semantics.signals import signals_of
from n3gen.spec.model import Budget, Chain, InputField, Spec, WaitStep
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.types import spelled

__all__ = ["module_interface"]

_NEVER: Final = TypeRef(name="union")
"""The type of what never gives a value."""


class _Returned(NamedTuple):
    """What a function is annotated with, and the type of its value as far as it follows."""

    annotated: TypeRef
    value: TypeRef

    @classmethod
    def of(cls, annotated: TypeRef, followed: TypeRef | None) -> _Returned:
        if annotated.may_be_none:
            followed = with_none(followed)
        if followed is None or followed == _NEVER:
            return cls(annotated, annotated)
        return cls(annotated, followed)


def module_interface(compilation: Compilation, options: Options) -> ModuleInterface:
    """Return what a module offers; the compilation must have a spec without errors."""
    spec, plans = compilation.spec, compilation.plans
    assert spec is not None
    model = module_model(spec, plans, options)
    spec = reached(spec)
    values = result_types(spec)
    classes = zip(model.types, spec.types, strict=True)
    annotations = AnnotationTypes({one.name: type_.name for one, type_ in classes})
    chains = {chain.name: chain for chain in spec.chains}
    offered = {chain.name: chain for chain in model.chains if chain.public is not None}
    functions = {chain.public for chain in offered.values()}
    return ModuleInterface(
        spec=compilation.source.path,
        names=tuple(name for name in model.public_names if name not in functions),
        types={type_.name: _fields(type_.fields) for type_ in spec.types},
        chains={
            name: _chain(
                chains[name],
                functions,
                spec,
                plans,
                options,
                _Returned.of(annotations.type_of(functions.returns), values[name]),
            )
            for name, functions in offered.items()
        },
    )


def _fields(fields: Iterable[InputField]) -> Fields:
    return {
        field.key: FieldInterface(
            type=spelled(field.type),
            name=field.name,
            required=field.required,
            bounds=field.bounds,
        )
        for field in fields
    }


def _chain(
    chain: Chain,
    functions: ChainFunctions,
    spec: Spec,
    plans: Mapping[str, Plan],
    options: Options,
    returned: _Returned,
) -> ChainInterface:
    guess = Given(prices=options.prices, at_worst=True)
    worst = Expectations(plans, spec, guess).chain(chain)
    estimate = estimate_chain(chain, plans, spec, options.chain_timeout_seconds)
    calls, budget = estimate.model_calls.most, chain.budget or Budget(place=chain.place)
    signals = signals_of(chain, {one.name: one for one in spec.chains})
    return ChainInterface(
        input=None if chain.input is None else _fields(chain.input),
        result=spelled(returned.annotated),
        value=returned.value,
        result_keys=_result_keys(chain, plans[chain.name]),
        connectors=functions.connectors,
        variables=tuple(sorted({*functions.variables, *functions.asked_by})),
        answers={signal: _answer(steps) for signal, steps in signals.items()},
        waits={signal: _wait(steps) for signal, steps in signals.items()},
        channels=tuple(one.name for one in functions.channels if one.is_fed),
        worst_case=estimate.worst_case,
        model_calls=_calls(calls, budget),
        worst_cost=_cost(worst, calls, budget),
        unpriced=tuple(sorted(worst.unpriced)),
        most_tokens=budget.tokens,
    )


def _calls(calls: int | None, budget: Budget) -> int | None:
    """The most calls that a chain makes within its budget."""
    bounds = [one for one in (calls, budget.requests) if one is not None]
    return min(bounds, default=None)


def _cost(worst: Expected, calls: int | None, budget: Budget) -> float | None:
    """What the calls of a chain come to at worst, where that is known."""
    if worst.unpriced:
        return None
    return budget.cost if calls is None else round(worst.cost, 9)


def _result_keys(chain: Chain, plan: Plan) -> tuple[str, ...]:
    """The keys of a result that is a mapping: as it is written, or by name of steps."""
    if chain.has_result:
        return tuple(map(str, chain.result)) if isinstance(chain.result, dict) else ()
    return tuple(plan.value_names) if len(plan.value_names) > 1 else ()


def _answer(steps: Sequence[WaitStep]) -> str:
    """The type of what steps of one signal wait for, which is the same in all."""
    answer = steps[0].answer
    return "any" if answer is None else spelled(answer)


def _wait(steps: Sequence[WaitStep]) -> WaitInterface:
    times = [step.timeout for step in steps]
    return WaitInterface(
        has_key=any(step.key is not None for step in steps),
        count=max(step.count or 1 for step in steps),
        has_default=all(step.has_default for step in steps),
        seconds=None if None in times else max(time for time in times if time),
    )
