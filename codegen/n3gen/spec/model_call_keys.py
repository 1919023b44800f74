"""What a connector and an `llm` step have in common: the call to a model."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.spec.nodes import Data, Node, Tool
from n3gen.spec.texts import Text, data_texts

__all__ = ["CALL_KEYS", "ModelCall"]

CALL_KEYS = (
    "prompt",
    "system",
    "messages",
    "images",
    "embed",
    "tools",
    "rounds",
    "model",
    "connection",
)
"""What a connector and an `llm` step have in common."""


class ModelCall(Node):
    """A call to a model, as a step or a connector of the spec writes it.

    It has a `prompt`, `messages` or both, or `embed`, the texts to make vectors of.
    `messages` are a list of mappings whose texts are templates, or one text that is an
    expression; so are `images`, which go with the prompt.
    """

    prompt: str | None = None
    system: str | None = None
    messages: Data = None
    images: Data = None
    embed: Data = None
    tools: tuple[Tool, ...] = ()
    rounds: int | None = None
    model: str | None = None

    def call_texts(self) -> Iterator[Text]:
        """Yield the templates of the call."""
        for key in ("prompt", "system", "messages", "images", "embed"):
            yield from data_texts(getattr(self, key), key)
