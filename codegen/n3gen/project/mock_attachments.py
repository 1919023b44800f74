"""The pictures and files of mocked calls to models, which nobody is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from n3gen.project.support_names import SupportNames

__all__ = ["leave_unread"]

_READ: Final = {"read_image": "ModelImage", "read_file": "ModelFile"}
"""What reads them in modules, and the class of what it returns."""


def leave_unread(names: SupportNames, is_mocked: Callable[[], bool]) -> None:
    """Have a module read what goes with a prompt only for steps that have no mock."""
    for name, kind in _READ.items():
        if name in names:
            names[name] = _reading(names[name], names[kind], is_mocked)


def _reading(
    read: Callable[[str], Any], kind: Callable[..., Any], is_mocked: Callable[[], bool]
) -> Callable[[str], Any]:
    async def read_or_named(text: str) -> Any:
        return kind(url=text) if is_mocked() else await read(text)

    return read_or_named
