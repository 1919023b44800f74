"""The asking of a model that may call tools before it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..limits.permit import Permit
from ..recovery.failures import ModelError
from ..run.process import Limiter
from ..run.run import Step
from ..run.tasks import Tasks
from .ask import ModelConversation
from .models import (
    ChatTurn,
    ModelCall,
    ModelTool,
    OutputType,
    ToolCall,
    ToolResult,
    TryWork,
)

__all__ = ["ask_with_tools"]


async def ask_with_tools(
    step: Step,
    call: ModelCall,
    limiter: Limiter | None = None,
    *,
    output: OutputType | None = None,
    timeout: float | None = None,
    tries: TryWork | None = None,
) -> Any:
    """Ask a model as `ask` does, and call the tools that it asks for."""
    conversation = ToolConversation(step, call, limiter, output, timeout)
    return await conversation.result(tries)


class ToolConversation(ModelConversation):
    """A conversation in which a model may call tools."""

    rounds = 0

    async def answer(self) -> Any:
        """One try, which continues where the one before it failed."""
        while True:
            answer = await self.exchange()
            if not answer.calls:
                return self.read(answer)
            said = ChatTurn(
                "assistant", answer.text, calls=answer.calls, raw=answer.raw
            )
            results = await self.call_tools(answer.calls)
            self.say(said, ChatTurn("user", results=results))

    async def call_tools(self, calls: Sequence[ToolCall]) -> tuple[ToolResult, ...]:
        """Call the tools that the model asks for, all at once."""
        self.rounds += 1
        if self.rounds > self.call.rounds:
            raise ModelError(
                f"`{self.call.connection.name}` asked for tools more than"
                f" {self.call.rounds} times without an answer"
            )
        async with Tasks() as tasks:
            running = [tasks.create_task(self.call_tool(call)) for call in calls]
        return tuple([task.result() for task in running])

    async def call_tool(self, call: ToolCall) -> ToolResult:
        """What one tool returns; the model learns of calls that cannot be made."""
        tools: dict[str, ModelTool] = {tool.name: tool for tool in self.call.tools}
        if call.name not in tools:
            known = ", ".join(tools)
            text = f"there is no tool `{call.name}`; there are: {known}"
            return ToolResult(call, text, is_error=True)
        # Where there is nothing to give, some servers write `null`, or nothing.
        is_none = call.text in ("", "null") and not (
            tools[call.name].parameters().get("properties")
        )
        if call.fault and not is_none:
            return ToolResult(call, call.fault, is_error=True)
        async with Permit(self.step, None, self.timeout):
            return await tools[call.name].call(self.step, call)
