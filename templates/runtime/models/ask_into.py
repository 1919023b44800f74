"""The asking of a model whose text is passed on as it comes."""

from __future__ import annotations

from typing import Any

from ..run.process import Limiter
from ..run.run import Step
from ..run.stage_line import Channel
from .ask import ModelConversation
from .models import ModelCall, Progress, TryWork

__all__ = ["ask_into"]


async def ask_into(
    step: Step,
    call: ModelCall,
    outlet: Channel,
    limiter: Limiter | None = None,
    *,
    timeout: float | None = None,
    tries: TryWork | None = None,
) -> Any:
    """Ask a model for its text, and pass on the pieces of it as they come.

    They do not wait for room, as the call holds a permit.
    """
    conversation = ForwardedConversation(step, call, limiter, None, timeout)
    conversation.outlet = outlet
    return await conversation.result(tries)


class ForwardedConversation(ModelConversation):
    """A conversation whose answer is passed on piece by piece."""

    outlet: Channel

    def progress(self) -> Progress:
        """What passes on an answer's text, and sends it to the run's listener."""
        emit = super().progress()

        async def forward(text: str) -> None:
            self.has_emitted = True
            self.outlet.add(text)
            if emit is not None:
                await emit(text)

        return forward
