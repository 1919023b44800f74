"""Reading one chain."""

from __future__ import annotations

from typing import Any, Final

from n3gen.source import Loc
from n3gen.spec.bodies import read_body
from n3gen.spec.definitions import read_input
from n3gen.spec.keys import key_names
from n3gen.spec.model import MOST_DEPTH, Chain
from n3gen.spec.policies import read_budget, whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.rules import UnknownKey
from n3gen.spec.step_reader import SIGNATURE
from n3gen.spec.values import shown

__all__ = ["read_chain"]

_KEYS: Final = frozenset(key_names(Chain.KEYS))
_TELLS: Final = SIGNATURE.__contains__


def read_chain(reader: Reader, loc: Loc, name: str, data: Any) -> Chain | None:
    """Read the chain at `loc`, without what is wrong in it."""
    what = f"chain `{shown(name)}`"
    items = reader.mapping(loc, data, what, "write its steps under `steps:`")
    _astray(reader, loc, items)
    own = {key: items[key] for key in items if (loc, key) not in reader.slips}
    values = reader.known(loc, own, Chain.KEYS, "a chain")
    reader.duration(loc, values, "timeout")
    reader.data(loc, values, "result")
    read_budget(reader, loc, values)
    is_bounded = values.get("max_depth") is not None
    whole_number(reader, loc, values, "max_depth", most=MOST_DEPTH)
    if is_bounded:
        # A bound that is not a number is reported, and is one nonetheless.
        values.setdefault("max_depth", 1)
    whole_number(reader, loc, values, "max_parallel")
    values["has_result"] = "result" in items
    if "input" in values:
        values["input"] = read_input(reader, (*loc, "input"), values["input"])
    if values.get("schedule") is None:
        values.pop("schedule", None)
    values["steps"] = read_body(reader, loc, "steps", values, what)
    return reader.build(Chain, loc, {"name": name, **values}, what)


def _astray(reader: Reader, loc: Loc, items: dict[str, Any]) -> None:
    """Report keys that imply the kind of a step beside the steps of a chain."""
    for key in items:
        if key in SIGNATURE:
            reader.slips |= {(loc, key), (loc, "kind")}
            label = reader.document.key_label((*loc, key))
            reader.report(UnknownKey.of_step(key, "a chain", label))
        elif key == "output" and "{{" not in str(items[key]):
            label = reader.document.key_label((*loc, key))
            reader.slips.add((loc, key))
            reader.report(UnknownKey.of_step(key, "a chain", label))
        elif key not in _KEYS and _is_step(items[key]):
            reader.slips |= {(loc, key), (loc, "steps")}
            reader.rejected = True
            label = reader.document.key_label((*loc, key))
            reader.report(UnknownKey.step(shown(key), "a chain", label))


def _is_step(value: Any) -> bool:
    """Whether the value of an unknown key says what only a step does."""
    return isinstance(value, dict) and ("kind" in value or any(map(_TELLS, value)))
