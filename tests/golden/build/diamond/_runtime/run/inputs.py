"""The check of payloads: every fault in one error."""

from __future__ import annotations

from .records import Foreseen


class InputError(Foreseen, ValueError):
    """A payload that does not fit the chain's input."""
