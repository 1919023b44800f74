"""The work of stages that pass on their items as they come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from n3gen.emit.code import constant
from n3gen.emit.step_nodes import Ask, CallConnector, CallFunction, Work, WorkPermit
from n3gen.expressions import Code

__all__ = ["forwarding"]


@dataclass(frozen=True, slots=True)
class CallConnectorInto(CallConnector):
    """The call of a callable that passes on its items, under its limit while it works."""

    template = "steps/connector_into.py.j2"

    limiter: Code


@dataclass(frozen=True, slots=True)
class CallFunctionInto(CallFunction):
    """The call of a function that passes on its items, under its limit while it works."""

    template = "steps/python_into.py.j2"

    limiter: Code


@dataclass(frozen=True, slots=True)
class AskInto(Ask):
    """The call of a model whose text is passed on as it comes."""

    template = "steps/llm_into.py.j2"


@singledispatch
def forwarding(work: Work) -> Work | None:
    """Return the work that passes on its items as they come, if this one can."""
    return None


@forwarding.register
def _(work: CallConnector) -> Work:
    permit, limiter = _apart(work.permit)
    return CallConnectorInto(
        work.key, permit, work.summary, work.name, work.options, limiter
    )


@forwarding.register
def _(work: CallFunction) -> Work | None:
    if work.in_process:
        return None
    permit, limiter = _apart(work.permit)
    return CallFunctionInto(
        work.key,
        permit,
        work.summary,
        work.function,
        work.arguments,
        work.options,
        work.in_process,
        limiter,
    )


@forwarding.register
def _(work: Ask) -> Work | None:
    if work.verb != "ask" or work.is_typed:
        return None
    return AskInto(
        work.key,
        work.permit,
        work.summary,
        work.verb,
        work.call,
        work.parts,
        work.is_typed,
        work.memory,
    )


def _apart(permit: WorkPermit) -> tuple[WorkPermit, Code]:
    """The time of the work alone, and what it waits for."""
    return WorkPermit(None, permit.timeout), permit.limiter or constant(None)
