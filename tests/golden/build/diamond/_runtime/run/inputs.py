"""Takes a payload; hands on the checked input of a chain, or every fault in one error."""

from __future__ import annotations


class InputError(ValueError):
    """A payload that does not fit the chain's input."""
