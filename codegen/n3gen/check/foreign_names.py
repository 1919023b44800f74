"""Names that expressions of other languages read, and do not exist here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from n3gen.expressions.calls import FUNCTIONS
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, Entry, For, OnError, Pipeline, Step
from n3gen.spec.steps.state import OLD_VALUE, StateStep

__all__ = ["FOREIGN_NAMES", "known_as", "loops_over", "way_of_channel", "way_to_name"]

_ERRORS: Final = ("error", "err", "e", "exc", "exception")

_OLD: Final = ("old", "old_value", "previous", "prev", "current", "it", "this", "self")
"""What others call the value that a change of a state begins with."""

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
    entries = [*every_entry(chain.steps)]
    blocks = (one for one in entries if not isinstance(one, Step))
    if any(one.word == name and not one.name for one in blocks):
        return f"give the block a name, `{name} NAME:`, and read it by that"
    loops = (one for one in entries if isinstance(one, For))
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


def known_as(
    name: str,
    fields: Collection[str],
    states: Collection[str],
    own: Collection[str],
    reader: Spot | None,
) -> str | None:
    """What reads the field or the state that has a name, or what others call by it.

    `own` are the names that only the text has which reads it, in the entry `reader`.
    """
    if name in fields:
        return f"payload.{name}"
    entry = reader.entry if reader else None
    is_changed = isinstance(entry, StateStep) and entry.target == name
    if OLD_VALUE in own and (is_changed or name in _OLD):
        return OLD_VALUE
    if name in states:
        return f"state.{name}"
    if name == "states" and states:
        return "state"
    return FOREIGN_NAMES.get(name)


def way_of_channel(name: str, chain: Chain) -> str:
    """How what a channel gives is read."""
    entries = every_entry(chain.steps)
    loop = next((one for one in entries if loops_over(one, name)), None)
    variable = loop.variable if isinstance(loop, For) else "item"
    return f"it is a channel: write `for {variable} in channel {name}:`"


def loops_over(entry: Entry, name: str) -> bool:
    """Whether an entry is a `for` over what it takes for a list of that name."""
    return isinstance(entry, For) and entry.items.strip() == name
