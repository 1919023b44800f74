"""What connectors and the steps that call models have in common: the call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.key_shapes import (
    Choice,
    FunctionName,
    ListOf,
    Mapping,
    Name,
    OneOf,
    Template,
    Whole,
)
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Data, Node, Tool
from n3gen.spec.texts import Text, data_texts

__all__ = ["MESSAGE", "REMEMBER", "TOOL_BY_NAME", "ModelCall", "ModelStep"]

_TEXTS = OneOf(Template(), ListOf(Template(), least=1))

MESSAGE = (
    Key(
        "role",
        Choice("system", "user", "assistant"),
        "who says it",
        needed=True,
        also=("from", "author", "speaker", "sender"),
    ),
    Key(
        "content",
        Template(),
        "what is said",
        needed=True,
        also=("text", "message", "value", "body", "prompt"),
    ),
    Key("images", _TEXTS, "addresses or paths of pictures that go with it"),
    Key("files", _TEXTS, "addresses or paths of files that go with it"),
)
"""The keys of one of the `messages`."""

TOOL_BY_NAME = tuple(key for key in Tool.KEYS if key.name != "name")
"""The keys of a tool whose name is its key in a mapping."""

_TOOL = OneOf(
    FunctionName(),
    Record("tool", Tool.KEYS, "a function that a model may have called"),
    called="a tool",
)
_NAMED_TOOL = OneOf(FunctionName(), Record("named_tool", TOOL_BY_NAME), called="a tool")


REMEMBER = Key(
    "remember",
    Name("states"),
    "a list state: its turns come before the prompt, and prompt and answer are added "
    "to it once there is an answer",
    also=("memory", "history"),
)
"""The key of steps that call models."""


class ModelCall(Node):
    """A call to a model, as a step or a connector of the spec writes it.

    It has a `prompt`, `messages` or both, or `embed`, the texts to make vectors of.
    `messages` are a list of mappings whose texts are templates, or one text that is an
    expression; so are `images` and `files`, which go with the prompt.
    """

    CALL_KEYS: ClassVar[tuple[Key, ...]] = (
        Key("prompt", Template(), "what the model is asked", also=("template",)),
        Key(
            "system",
            Template(),
            "instructions to the model, before all else",
            also=("system_prompt", "system_message", "instructions"),
        ),
        Key(
            "messages",
            OneOf(
                Template(), ListOf(Record("message", MESSAGE, "one of the messages"), 1)
            ),
            "turns before the prompt, or an expression that gives them",
            also=("history",),
        ),
        Key(
            "images",
            _TEXTS,
            "addresses, `data:` addresses or paths of pictures that go with the prompt",
        ),
        Key(
            "files",
            _TEXTS,
            "the same of files, such as PDFs, for providers that take them",
        ),
        Key(
            "embed",
            _TEXTS,
            "in place of a prompt: texts whose vectors are the result",
            also=("embedding",),
        ),
        Key(
            "tools",
            OneOf(ListOf(_TOOL), Mapping(_NAMED_TOOL)),
            "Python functions that the model may have called",
            also=("functions",),
        ),
        Key("rounds", Whole(), "how often it may have tools called; else 8 times"),
        Key("model", Template(), "the model; else the connection's"),
        Key(
            "connection",
            Name("connections"),
            "whom to ask; needed where the spec has several",
        ),
    )

    prompt: str | None = None
    system: str | None = None
    messages: Data = None
    images: Data = None
    files: Data = None
    embed: Data = None
    tools: tuple[Tool, ...] = ()
    rounds: int | None = None
    model: str | None = None

    def call_texts(self) -> Iterator[Text]:
        """Yield the templates of the call."""
        keys = ("prompt", "system", "messages", "images", "files", "embed", "model")
        for key in keys:
            yield from data_texts(getattr(self, key), key)

    def has(self, key: str) -> bool:
        """Say whether the call has what a key gives, beside its prompt or in a message."""
        messages = self.messages if isinstance(self.messages, list) else ()
        inner = any(isinstance(m, dict) and m.get(key) for m in messages)
        return inner or bool(getattr(self, key))


class ModelStep(Step, ModelCall):
    """A step that calls a model, with the keys that a connector has for it.

    A kind of its own derives from this class and adds what it says beside a call.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (*ModelCall.CALL_KEYS, REMEMBER, *TRIES)

    connection: str | None = None
    remember: str | None = None

    @property
    def memory(self) -> str | None:
        return self.remember

    def own_texts(self) -> Iterator[Text]:
        return self.call_texts()
