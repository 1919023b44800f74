"""A `wait` step: a pause, or the wait for an answer."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant, keyword, seconds, support_call
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import WorkPermit
from n3gen.emit.types import checked_type
from n3gen.emit.wait_nodes import Answer, Wait
from n3gen.expressions import Code
from n3gen.spec.model import WaitStep

__all__ = ["wait"]


@STEP_FORMS.of(WaitStep)
def wait(step: WaitStep, asking: Asking) -> Wait | Answer:
    if step.signal is not None:
        return _answer(step, step.signal, asking)
    pause = seconds(step.wait)
    return Wait(key=(pause,), permit=asking.permit(), summary="A pause.", seconds=pause)


def _answer(step: WaitStep, signal: str, asking: Asking) -> Answer:
    fields = asking.fields
    asked: list[Code] = [constant(signal)]
    parts: list[Code] = []
    if step.ask is not None:
        asked.append(keyword("text", fields.text("ask", step.ask)))
    if step.key is not None:
        asked.append(keyword("key", fields.expression("key", step.key)))
    if step.answer is not None:
        type_ = checked_type(asking.scope.module, step.answer)
        asked.append(keyword("schema", support_call("schema_of", type_)))
    if step.count is not None:
        asked.append(keyword("count", constant(step.count)))
    if step.timeout is not None:
        parts.append(keyword("timeout", seconds(step.timeout)))
    if step.has_default:
        parts.append(keyword("default", fields.data("default", step.default)))
    return Answer(
        key=(*asked, *parts),
        permit=WorkPermit(),
        summary=f"Wait for an answer to `{signal}`.",
        asked=tuple(asked),
        parts=tuple(parts),
    )
