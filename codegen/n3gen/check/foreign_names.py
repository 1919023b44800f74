"""Names that expressions of other languages read, and do not exist here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from n3gen.expressions.calls import FUNCTIONS
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, For, OnError, Pipeline

__all__ = ["FOREIGN_NAMES", "way_to_name"]

_ERRORS: Final = ("error", "err", "e", "exc", "exception")

FOREIGN_NAMES = {
    **dict.fromkeys(("null", "Null", "NULL", "nil", "undefined"), "none"),
    **dict.fromkeys(("TRUE", "yes"), "true"),
    **dict.fromkeys(("FALSE", "no"), "false"),
    **dict.fromkeys(("os", "process", "environ", "ENV", "secrets"), "env.NAME"),
    **dict.fromkeys(("results", "outputs"), "steps"),
    **dict.fromkeys(("inputs", "args", "params", "context", "ctx"), "payload"),
}
"""What other languages call what every expression knows here."""


def way_to_name(name: str, reader: Iterable[Spot], chain: Chain) -> str:
    """How what an unknown name stands for is read; `reader` is who reads it, upward.

    The name is not that of a field in the `chain`'s payload.
    """
    if name in FUNCTIONS:
        return f"it is a function: write `{name}()`"
    if name in _ERRORS and any(isinstance(one.entry, OnError) for one in reader):
        yaml = f"{{on_error: any, as: {name}, steps: [...]}}"
        return f"name the error: `on_error as {name}:`, in YAML `{yaml}`"
    loops = (one for one in every_entry(chain.steps) if isinstance(one, For))
    loop = next((one for one in loops if not one.name), None)
    more = (
        f"; if a `for` gives it, `for {name}: {loop.variable} in ...:`" if loop else ""
    )
    if chain.input is not None:
        where = "in the `input` of the chain"
        if isinstance(chain, Pipeline):
            where = "among the parameters of the first stage"
        return f"declare it {where}, and read `payload.{name}`{more}"
    return f"if it is part of the payload, write `payload.{name}`{more}"
