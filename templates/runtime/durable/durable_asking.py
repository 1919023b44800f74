"""Requests to models with keys by which a provider knows those of an earlier life."""

from __future__ import annotations

from typing import Any, cast

from ..models.ask import ModelConversation
from ..models.models import ChatTurn, ModelCall, ModelRequest, OutputType, TryWork
from ..models.tool_rounds import ToolConversation
from ..run.process import Limiter
from ..run.run import Step
from .durable_steps import DurableStep

__all__ = ["ask_durably", "ask_with_tools_durably"]


class KeyedConversation(ModelConversation):
    """A conversation whose requests are numbered: run, step and request make their keys.

    All tries of one request have one key, those after a crash too.
    """

    async def first_request(self) -> ModelRequest:
        """The call as a request."""
        return self.keyed(await super().first_request())

    def say(self, *turns: ChatTurn) -> None:
        """Add turns to the request, which makes it another one."""
        super().say(*turns)
        if self.request is not None:
            self.keyed(self.request)

    def keyed(self, request: ModelRequest) -> ModelRequest:
        """Give a request its key."""
        step = cast(DurableStep, self.step)
        vars(request)["idempotency_key"] = step.next_key()
        return request


class KeyedToolConversation(KeyedConversation, ToolConversation):
    """A keyed conversation in which a model may call tools."""


async def ask_durably(
    step: Step,
    call: ModelCall,
    limiter: Limiter | None = None,
    *,
    output: OutputType | None = None,
    timeout: float | None = None,
    tries: TryWork | None = None,
) -> Any:
    """Ask a model as `ask` does, with keys that outlive the process."""
    conversation = KeyedConversation(step, call, limiter, output, timeout)
    return await conversation.result(tries)


async def ask_with_tools_durably(
    step: Step,
    call: ModelCall,
    limiter: Limiter | None = None,
    *,
    output: OutputType | None = None,
    timeout: float | None = None,
    tries: TryWork | None = None,
) -> Any:
    """Ask a model as `ask_with_tools` does, with keys that outlive the process."""
    conversation = KeyedToolConversation(step, call, limiter, output, timeout)
    return await conversation.result(tries)
