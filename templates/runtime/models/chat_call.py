"""Calls of models with a conversation before the prompt, or with pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from ..recovery.failures import ModelError
from .models import ChatTurn, ModelCall, ModelImage

__all__ = ["ChatCall", "listed_texts"]


@dataclass(frozen=True)
class ChatCall(ModelCall):
    """A call with more than a prompt.

    The turns of `messages` come before the prompt: mappings with a `role` (`system`,
    `user`, `assistant`), a `content`, and maybe `images`. `images` are addresses,
    `data:` addresses or paths of files, which `load_image` reads, and go with the prompt.
    """

    messages: Sequence[Mapping[str, Any]] = ()
    images: Sequence[str] = ()
    load_image: Callable[[str], Awaitable[ModelImage]] | None = None

    async def turns(self) -> list[ChatTurn]:
        """The conversation that the model is to continue, its pictures read."""
        turns = [] if self.system is None else [ChatTurn("system", self.system)]
        for number, entry in enumerate(listed_messages(self.messages), 1):
            role, text, fields = read_message(number, entry)
            turns.append(ChatTurn(role, text, await self.attached(fields)))
        if self.prompt is not None:
            beside = await self.attached(self.beside_prompt())
            turns.append(ChatTurn("user", self.prompt, beside))
        return turns

    def beside_prompt(self) -> Mapping[str, Any]:
        """What goes with the prompt."""
        return {"images": self.images}

    async def attached(self, fields: Mapping[str, Any]) -> tuple[ModelImage, ...]:
        """The pictures of a turn; raises `ModelError` for files."""
        if fields.get("files"):
            raise ModelError(
                "a message has `files`, which a call reads only where the spec writes "
                "its messages out or gives it `files`"
            )
        return await self.load(fields.get("images") or ())

    async def load(self, images: str | Sequence[str]) -> tuple[ModelImage, ...]:
        """The pictures of a turn; the address or path of one alone is a text."""
        if self.load_image is None:
            return ()
        texts = listed_texts(images, "images")
        return tuple([await self.load_image(text) for text in texts])


def listed_messages(given: object) -> Sequence[Any]:
    """The messages of a call; raises `ModelError` for what is not a list."""
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return cast("Sequence[object]", given)
    raise ModelError(f"`messages` must be a list of messages, not {shape_of(given)}")


def listed_texts(given: object, key: str) -> Sequence[str]:
    """The texts under a key, which may be one alone; raises `ModelError` for no texts."""
    texts = [given] if isinstance(given, str) else given
    wanted = f"`{key}` must be a list of texts"
    if not isinstance(texts, list | tuple):
        raise ModelError(f"{wanted}, not {shape_of(texts)}")
    for text in cast("Sequence[object]", texts):
        if not isinstance(text, str):
            raise ModelError(f"{wanted}, and has {shape_of(text)}")
    return cast("Sequence[str]", texts)


def shape_of(given: object) -> str:
    """What a value is, in a message."""
    kinds = {
        "NoneType": "none",
        "str": "a text",
        "dict": "a mapping",
        "int": "a number",
    }
    name = type(given).__name__
    return kinds.get(name, f"a {name}")


def read_message(
    number: int, entry: Any
) -> tuple[Literal["system", "user", "assistant"], str, Mapping[str, Any]]:
    """Role, text and all fields of a numbered message; raises `ModelError` for what is none."""
    if not isinstance(entry, Mapping):
        raise ModelError(
            f"message {number} must be a mapping with `role` and `content`"
        )
    fields = cast("Mapping[str, Any]", entry)
    role, text = fields.get("role"), fields.get("content")
    if role not in ("system", "user", "assistant"):
        roles = "`system`, `user` or `assistant`"
        raise ModelError(f"the `role` of message {number} must be {roles}")
    if not isinstance(text, str):
        raise ModelError(f"the `content` of message {number} must be a text")
    return role, text, fields
