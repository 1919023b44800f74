"""Tools of models of which each call is a span."""

from __future__ import annotations

from ..models.models import ToolCall, ToolResult
from ..models.tools import PythonTool
from ..run.run import Step
from .contents import captures_content
from .spans import Traced

__all__ = ["TracedTool"]


class TracedTool(PythonTool):
    """A Python function that a model may call, each call of which is a span."""

    async def call(self, step: Step, call: ToolCall) -> ToolResult:
        """Call the function; what the model learns of as an error is one of the span."""
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": self.name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": call.id or None,
            "gen_ai.tool.description": self.description() or None,
        }
        with Traced(f"execute_tool {self.name}", attributes) as traced:
            captures = captures_content()
            if captures:
                traced.set(gen_ai__tool__call__arguments=call.text)
            result = await super().call(step, call)
            if result.is_error:
                traced.fail("tool_error")
            if captures:
                traced.set(gen_ai__tool__call__result=result.text)
        return result
