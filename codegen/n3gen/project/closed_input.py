"""Standard input that was closed before the start."""

from __future__ import annotations

import io
from typing import BinaryIO, Final

from n3gen.project.errors import ProjectError

__all__ = ["CLOSED", "ClosedInput"]

CLOSED: Final = "standard input is closed: name a file, or redirect one to it"


class ClosedInput(io.StringIO):
    """Stands for a standard input that was closed before the start.

    It has no lines; reading its bytes raises `ProjectError`.
    """

    @property
    def buffer(self) -> BinaryIO:
        """Raises `ProjectError`."""
        raise ProjectError(CLOSED)
