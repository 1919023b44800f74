"""Calls of models with files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .chat_call import ChatCall
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
        texts = (files,) if isinstance(files, str) else files
        read = [await read_file(text) for text in texts]
        return (*read, *await self.load(fields.get("images") or ()))
