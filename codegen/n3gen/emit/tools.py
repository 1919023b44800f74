"""Functions that models may call."""

from __future__ import annotations

from n3gen.emit.code import constant, support_call
from n3gen.emit.module_scope import ModuleScope
from n3gen.expressions import Code
from n3gen.spec.model import Tool

__all__ = ["tool_code"]


def tool_code(module: ModuleScope, tool: Tool) -> Code:
    """A function as a tool, under the name and with the words that a model reads."""
    parts = [constant(tool.name), module.function(tool.target)]
    if tool.description is not None:
        parts.append(constant(tool.description))
    return support_call("PythonTool", *parts)
