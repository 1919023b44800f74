"""The asking of a model until it gives an answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ..limits.spending import Spending
from ..recovery.failures import ModelError
from ..recovery.retries import count_retry
from ..run.process import Limiter
from ..run.records import StepTimeout, describe_error, is_being_cancelled
from ..run.run import Step, chain_logger
from .models import (
    ChatTurn,
    ModelAnswer,
    ModelCall,
    ModelRequest,
    OutputType,
    Progress,
    TryWork,
)

__all__ = ["ModelConversation", "ask"]


async def ask(
    step: Step,
    call: ModelCall,
    limiter: Limiter | None = None,
    *,
    output: OutputType | None = None,
    timeout: float | None = None,
    tries: TryWork | None = None,
) -> Any:
    """Ask a model for its text, or for a value of the type `output`.

    Each request has a permit of `limiter` and then `timeout` seconds. An answer that
    is not of its type is asked for again with the reason, as often as `tries` allow,
    or once.
    """
    conversation = ModelConversation(step, call, limiter, output, timeout)
    return await conversation.result(tries)


class ModelConversation:
    """One model asked for one answer: what was said so far, faults included."""

    request: ModelRequest | None = None
    has_emitted = False

    def __init__(
        self,
        step: Step,
        call: ModelCall,
        limiter: Limiter | None,
        output: OutputType | None,
        timeout: float | None,
    ) -> None:
        self.step = step
        self.call = call
        self.limiter = limiter
        self.output = output
        self.timeout = timeout

    async def result(self, tries: TryWork | None) -> Any:
        """The answer, after all tries that it takes."""
        connector = self.call.connector
        if connector is not None and connector.is_replaced(self.step):
            work = partial(
                connector.answer, self.step, self.limiter, self.timeout, self.output
            )
            return await (work() if tries is None else tries(self.step, work))
        if tries is not None:
            return await tries(self.step, self.answer)
        try:
            return await self.answer()
        except ModelError as error:
            is_wrong = self.output is not None and error.kind == "invalid_output"
            if not is_wrong or error.is_final or is_being_cancelled():
                raise
            why = f"Step '{self.step.path}' is retried in 0 s: {describe_error(error)}"
            chain_logger(self.step.run.chain).warning("%s", why)
            await count_retry(self.step, error, delay_ms=0)
        return await self.answer()

    async def answer(self) -> Any:
        """One try, which continues where the one before it failed."""
        return self.read(await self.exchange())

    async def first_request(self) -> ModelRequest:
        """The call as a request."""
        call = self.call
        return ModelRequest(
            call.model or call.connection.default_model(),
            tuple(await call.turns()),
            call.options,
            None if self.output is None else self.output.schema(),
            call.tools,
        )

    async def exchange(self) -> ModelAnswer:
        """Send one request within the budget and count its answer."""
        step, connection = self.step, self.call.connection
        if self.request is None:
            self.request = await self.first_request()
        request = self.request
        if step.run.budget is not None:
            step.run.budget.check()
        self.has_emitted = False
        admission = connection.admit(step, request, self.limiter, self.timeout)
        try:
            async with admission as admitted:
                with Spending(step, connection, request) as meter:
                    answer = await connection.send(request, self.progress(), meter)
                if admitted is not None:
                    admitted.settle(meter.usage)
        except StepTimeout as error:
            # What a listener has received must not be sent to it again.
            error.is_final = self.has_emitted
            raise
        return answer

    def progress(self) -> Progress | None:
        """What sends an answer's text to the run's listener as it comes."""
        run, path = self.step.run, self.step.path
        events = run.events
        if events is None or not events.is_open:
            return None
        read = None if self.output is None else self.output.partials()

        async def emit(text: str) -> None:
            self.has_emitted = True
            data: dict[str, Any] = {"text": text}
            if read is not None and (value := read(text)) is not None:
                data["partial"] = value
            await events.append(run.event("step_progress", step=path, data=data))

        return emit

    def read(self, answer: ModelAnswer) -> Any:
        """The value of an answer; a fault in it is said to the model."""
        self.step.extras.pop("finish", None)
        if answer.is_cut:
            self.step.extras["finish"] = "length"
        if self.output is None:
            return answer.text
        turns = self.request.messages if self.request else ()
        asked = "\n".join(turn.text for turn in turns if turn.role != "assistant")
        try:
            return self.output.parse(answer.text, asked, is_cut=answer.is_cut)
        except ModelError as error:
            said = [ChatTurn("assistant", answer.text)] if answer.text.strip() else []
            self.say(*said, ChatTurn("user", self.output.fault_prompt(error)))
            raise

    def say(self, *turns: ChatTurn) -> None:
        """Add turns to the request."""
        if self.request is not None:
            messages = (*self.request.messages, *turns)
            self.request = replace(self.request, messages=messages)
