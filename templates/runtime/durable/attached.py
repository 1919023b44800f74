"""Runs that have ended elsewhere, whose results are read from what is stored."""

from __future__ import annotations

from typing import Any

from ..answers.typed import validate
from ..run.execute import Ended

__all__ = ["typed_value"]


def typed_value(ended: Ended, type_: Any) -> Any:
    """Return the result of a run as its type; raise `ChainError` or `ChainTimeout`.

    That of a run which has ended in another process, or in an earlier life of this one,
    is JSON until then; the type leaves what has it already as it is.
    """
    return validate(ended.value(), type_)
