"""The check of payloads: every fault in one error."""

from __future__ import annotations


class InputError(ValueError):
    """A payload that does not fit the chain's input."""
