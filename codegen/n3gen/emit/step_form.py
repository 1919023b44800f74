"""The function of a step: its condition, what it renders, its permit, its work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from n3gen.emit.asking import Asking
from n3gen.emit.code import call, name, parameter, support_call
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.forwarding import forwarding
from n3gen.emit.scope import ANY, ChainScope
from n3gen.emit.step_function import StepFunction
from n3gen.emit.step_nodes import Ask, Rendered, Work
from n3gen.emit.texts import sentence
from n3gen.emit.types import returned_by, step_annotation
from n3gen.expressions import Code
from n3gen.names import own_record_of
from n3gen.registration import Forms
from n3gen.semantics.reads import references_of
from n3gen.semantics.skipped import steps_counted
from n3gen.spec.model import FailStep, StateStep, Step

__all__ = ["OUTLET", "STEP_FORMS", "step_function"]

OUTLET = name("outlet")
"""The channel into which a step passes on its items, in its function."""

_CHANNEL = name("Channel", "Channel")
_NO_RETURN = name("NoReturn", "NoReturn")

StepForm = Callable[[Any, Asking], Work]
"""Says what the work of a step is."""

STEP_FORMS: Forms[type[Step], StepForm] = Forms("n3gen.emit.steps")
"""The forms of the kinds of steps."""


def step_function(
    scope: ChainScope, step: Step, calls: ModelCalls, skipped: Code
) -> tuple[StepFunction, tuple[str, ...]]:
    """The function of a step, and the names of the chain that it takes.

    It returns `skipped` where the step is skipped.
    """
    asking = Asking(scope, step, calls)
    fields = asking.fields
    if "options" in references_of(step) or asking.needs_options:
        fields.bind_options()
    condition, condition_place = None, None
    early: tuple[Rendered, ...] = ()
    if step.when is not None:
        condition, condition_place = fields.condition("when", step.when)
        early = fields.take_rendered()
    work = STEP_FORMS[type(step)](step, asking)
    work, outlet = _with_outlet(scope, step, work)
    tries = asking.tried(work)
    cached = asking.cached(work, tries)
    is_model = isinstance(work, Ask)
    rendered = fields.take_rendered()
    if isinstance(work, Ask):
        rendered = (*rendered, Rendered("model_call", work.call, None))
    is_kept = work.is_worth_keeping and not _forgets(scope, step)
    needs = _needs(scope, step) if step.on_skip == "skip" else ()
    records = scope.records_of(step)
    reads = scope.reads({*fields.reads, *map(own_record_of, records)})
    is_bare = not (early or rendered or condition or cached or needs) and tries is None
    node = StepFunction(
        function=scope.module.function_name(scope.chain, step.name),
        parameters=(*scope.parameters(reads), *outlet),
        returns=_returned(scope, step),
        doc=sentence(step.description or work.summary),
        name=step.name,
        line=scope.module.line(step.place),
        early=early,
        condition=condition,
        condition_place=condition_place,
        rendered=rendered,
        work=work,
        spare_functions=tuple(asking.spare_functions),
        tries=tries,
        cached=cached,
        permit=work.permit,
        held=work.permit.limiter if is_bare and not work.permit.timeout else None,
        is_all_work=is_bare and bool(work.permit),
        kept=_kept(scope, step, asking.type) if is_kept else None,
        is_kept_typed=is_kept and _is_read(scope, step, asking.type),
        result=step_annotation(scope, step),
        type=None if is_model else asking.type,
        reread=_reread(scope, step, asking.type) if is_kept else None,
        skipped=skipped,
        is_optional=step.on_error == "skip",
        needs=needs,
        record=scope.facts[records[0]].name if records else None,
    )
    return node, reads


def _returned(scope: ChainScope, step: Step) -> Code:
    """The type of what the function returns; one that always fails never does.

    Type checkers then know what a condition before it has ruled out behind it.
    """
    fails = isinstance(step, FailStep) and not step.may_be_skipped
    return _NO_RETURN if fails and not step.keeps_error else returned_by(scope, step)


def _with_outlet(
    scope: ChainScope, step: Step, work: Work
) -> tuple[Work, tuple[Code, ...]]:
    """The work of a step, and the parameter of its channel if it passes on its items."""
    if id(step) not in scope.forwarding:
        return work, ()
    handed = forwarding(work)
    if handed is None:
        scope.forwarding.remove(id(step))
        return work, ()
    return handed, (parameter(OUTLET.source, _CHANNEL),)


def _kept(scope: ChainScope, step: Step, type_: Code | None) -> Code:
    """The result that an earlier run has left, as its type."""
    left = name(scope.module.target.operations.kept)
    if type_ is not None:
        return support_call("validate", left, type_)
    if isinstance(step, StateStep) and not step.has_key:
        constant = scope.module.states.constants[step.state_name]
        return call(f"{constant}.checked", [left])
    return name(f"str({left.source})", "str") if scope.gives_text(step) else left


def _is_read(scope: ChainScope, step: Step, type_: Code | None) -> bool:
    """Whether what an earlier run has left is read as a type that it may not show."""
    is_state = isinstance(step, StateStep) and step_annotation(scope, step) != ANY
    return is_state or type_ not in (None, ANY)


def _reread(scope: ChainScope, step: Step, type_: Code | None) -> Code | None:
    """The type of a result that has to be what its JSON says before anybody reads it."""
    output, versions = step.output, scope.module.versions
    is_open = output is not None and versions.is_open(step, output)
    return type_ if versions.by_json and is_open else None


def _forgets(scope: ChainScope, step: Step) -> bool:
    """Whether what the step remembers is lost with its run, so that it has to say it again."""
    states = scope.module.states.known
    return step.memory is not None and states[step.memory].scope == "run"


def _needs(scope: ChainScope, step: Step) -> tuple[str | tuple[str, ...], ...]:
    """The steps that a step depends on or reads, and the steps of such blocks.

    Each is known by its name and line, as other bodies may have steps of that name.
    """
    found: list[str | tuple[str, ...]] = []
    for entry in scope.needed[id(step)]:
        inner = steps_counted(entry)
        places = (f"{one.name}:{scope.module.recorded_line(one)}" for one in inner)
        steps = tuple(dict.fromkeys(places))
        found.append(steps[0] if isinstance(entry, Step) else steps)
    return tuple(found)
