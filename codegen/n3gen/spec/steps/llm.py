"""`kind: llm`: an inline call to a model."""

from __future__ import annotations

from n3gen.spec.model_call_keys import ModelStep

__all__ = ["LlmStep"]


class LlmStep(ModelStep):
    """A call to a model, with the keys that a connector has for it."""

    kind = "llm"
    also = ("model", "chat", "ai", "agent")
    signature = ("prompt", "messages", "embed")
