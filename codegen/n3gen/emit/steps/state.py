"""A `state` step: a state that is read, or changed in one go."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import RunStateWork, StateWork
from n3gen.expressions import Name
from n3gen.names import state_of
from n3gen.spec.model import StateStep
from n3gen.spec.steps.state import OLD_VALUE

__all__ = ["state"]


@STEP_FORMS.of(StateStep)
def state(step: StateStep, asking: Asking) -> StateWork:
    states, fields = asking.scope.module.states, asking.fields
    known = states.known[step.state_name]
    entry = fields.data("key", step.key) if step.has_key else None
    change = next(iter(step.operations), None)
    value, place = None, None
    if change == "update":
        whole = states.names[state_of(known.name)]
        old = Name(OLD_VALUE, whole.shape, may_be_none=whole.may_be_none)
        if entry is not None:  # that of a key which the mapping may lack
            old = Name(OLD_VALUE, may_be_none=True)
        value, place = fields.over("update", step.update, old)
    elif change not in (None, "delete"):
        value = fields.data(change, getattr(step, change))
    work = RunStateWork if known.scope == "run" else StateWork
    return work(
        key=(constant(known.name),),
        permit=asking.permit(),
        summary=f"{'A change' if change else 'The value'} of state `{known.name}`.",
        state=states.constants[known.name],
        change=change,
        value=value,
        place=place,
        entry=entry,
        is_stored=known.scope == "stored",
    )
