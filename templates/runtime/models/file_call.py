"""Calls of models with files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .chat_call import ChatCall, listed_texts
from .files import read_file
from .models import ModelImage

__all__ = ["FileCall"]


@dataclass(frozen=True)
class FileCall(ChatCall):
    """A call with files beside its prompt, or in its messages.

    `files` are addresses, `data:` addresses or paths, or one of them.
    """

    files: str | Sequence[str] = ()

    def beside_prompt(self) -> Mapping[str, Any]:
        """What goes with the prompt."""
        return {"images": self.images, "files": self.files}

    async def attached(self, fields: Mapping[str, Any]) -> tuple[ModelImage, ...]:
        """The files of a turn, then its pictures."""
        files = fields.get("files") or ()
        read = [await read_file(text) for text in listed_texts(files, "files")]
        return (*read, *await self.load(fields.get("images") or ()))
