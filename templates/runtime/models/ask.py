"""Takes a call to a model; hands on its answer, from it or from what stands in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from ..limits.permit import Permit
from ..limits.spending import Spending, estimate_tokens
from ..recovery.failures import ModelError
from ..recovery.retries import Fallback, Retry, try_again
from ..run.process import Limiter
from ..run.records import StepTimeout
from ..run.run import Step
from .models import (
    ChatTurn,
    ModelAnswer,
    ModelCall,
    ModelImage,
    ModelRequest,
    OutputType,
    Progress,
    ToolCall,
    ToolResult,
)

__all__ = ["ask"]


async def ask(
    step: Step,
    call: ModelCall,
    limiter: Limiter | None = None,
    *,
    output: OutputType | None = None,
    timeout: float | None = None,
    retry: Retry | None = None,
    fallbacks: Sequence[Fallback] = (),
) -> Any:
    """The answer to `call`: its text, or a value of the type `output`.

    Each request has a permit of `limiter` and then `timeout` seconds. An answer that
    is not of its type is asked for again with the reason, within `retry`, or once
    where there is none. When all tries have failed, the fallbacks come in turn.
    """
    step.place = None
    if retry is None:
        retry = Retry(0 if output is None else 1, on=("invalid_output",))
    conversation = ModelConversation(step, call, limiter, output, timeout)
    return await try_again(step, conversation.answer, retry, fallbacks)


class ModelConversation:
    """One model asked for one answer: what was said so far, tools and faults included."""

    request: ModelRequest | None = None
    rounds = 0
    has_told = False

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

    async def answer(self) -> Any:
        """One try, which goes on where the one before it failed."""
        if self.request is None:
            self.request = await self.first_request()
        while True:
            answer = await self.exchange(self.request)
            if not answer.calls:
                return self.read(answer)
            said = ChatTurn(
                "assistant", answer.text, calls=answer.calls, raw=answer.raw
            )
            results = await self.call_tools(answer.calls)
            self.say(said, ChatTurn("user", results=results))

    async def first_request(self) -> ModelRequest:
        """The call as a request, its pictures read."""
        call = self.call
        systems = [] if call.system is None else [call.system]
        turns: list[ChatTurn] = []
        for entry in call.messages:
            role, text, images = read_message(entry)
            if role == "system":
                systems.append(text)
            else:
                turns.append(ChatTurn(role, text, await self.load(images)))
        if call.prompt is not None:
            turns.append(ChatTurn("user", call.prompt, await self.load(call.images)))
        return ModelRequest(
            call.model or call.connection.default_model(),
            "\n\n".join(systems) if systems else None,
            tuple(turns),
            call.options,
            None if self.output is None else self.output.schema(),
            call.tools,
        )

    async def load(self, images: Sequence[str]) -> tuple[ModelImage, ...]:
        """The pictures of a message."""
        load = self.call.load_image
        if load is None:
            return ()
        texts = (images,) if isinstance(images, str) else images
        return tuple([await load(text) for text in texts])

    async def exchange(self, request: ModelRequest) -> ModelAnswer:
        """One request and its answer, counted and within the budget."""
        step, connection = self.step, self.call.connection
        tokens = estimate_tokens(request)
        if step.run.budget is not None:
            step.run.budget.check()
        self.has_told = False
        admission = connection.admit(step, tokens, self.limiter, self.timeout)
        try:
            async with admission as admitted:
                with Spending(step, connection, request.model, tokens) as spent:
                    answer = await connection.send(request, self.progress())
                    spent.count(answer)
                if admitted is not None:
                    admitted.settle(answer.usage)
        except StepTimeout as error:
            # What was told of it must not be told again.
            error.is_final = self.has_told
            raise
        return answer

    def progress(self) -> Progress | None:
        """What tells the run's listener of an answer's text as it comes."""
        run, path = self.step.run, self.step.path
        events = run.events
        if events is None:
            return None
        reader = None if self.output is None else self.output.partials()

        async def tell(text: str) -> None:
            self.has_told = True
            data: dict[str, Any] = {"text": text}
            if reader is not None and (partial := reader.feed(text)) is not None:
                data["partial"] = partial
            await events.append(run.event("step_progress", step=path, data=data))

        return tell

    async def call_tools(self, calls: Sequence[ToolCall]) -> tuple[ToolResult, ...]:
        """What the tools return that the model wants called, all at once."""
        self.rounds += 1
        if self.rounds > self.call.rounds:
            raise ModelError(
                f"`{self.call.connection.name}` asked for tools more than"
                f" {self.call.rounds} times without an answer"
            )
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self.call_tool(call)) for call in calls]
        return tuple([task.result() for task in running])

    async def call_tool(self, call: ToolCall) -> ToolResult:
        """What one tool returns."""
        tools = {tool.name: tool for tool in self.call.tools}
        if call.name not in tools:
            known = ", ".join(tools)
            text = f"there is no tool `{call.name}`; there are: {known}"
            return ToolResult(call, text, is_error=True)
        async with Permit(self.step, None, self.timeout):
            return await tools[call.name].call(self.step, call)

    def read(self, answer: ModelAnswer) -> Any:
        """The value of an answer; one that is at fault becomes part of what was said."""
        if self.output is None:
            return answer.text
        try:
            return self.output.parse(answer.text)
        except ModelError as error:
            said = [ChatTurn("assistant", answer.text)] if answer.text.strip() else []
            self.say(*said, ChatTurn("user", self.output.fault_prompt(error)))
            raise

    def say(self, *turns: ChatTurn) -> None:
        """Adds turns to the request."""
        if self.request is not None:
            messages = (*self.request.messages, *turns)
            self.request = replace(self.request, messages=messages)


def read_message(
    entry: Any,
) -> tuple[Literal["system", "user", "assistant"], str, Sequence[str]]:
    """Role, text and images of a message; raises `ModelError` for what is none."""
    if not isinstance(entry, Mapping):
        raise ModelError("a message must be a mapping with `role` and `content`")
    fields = cast("Mapping[str, Any]", entry)
    role, text, images = (fields.get(key) for key in ("role", "content", "images"))
    if role not in ("system", "user", "assistant"):
        raise ModelError("a message's `role` must be `system`, `user` or `assistant`")
    if not isinstance(text, str):
        raise ModelError(f"the `content` of a message from `{role}` must be a text")
    return role, text, images or ()
