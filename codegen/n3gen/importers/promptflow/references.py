"""References of Prompt Flow, `${inputs.x}` and `${node.output.field[0]}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from n3gen.importers.literals import quoted
from n3gen.names import is_name

__all__ = ["Reference", "field_of", "reference", "references_in"]

_PART = re.compile(r"(\w+)|\['(.*?)'\]|\[(\d+)\]")
_INPUTS = ("flow.", "inputs.")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a text `${...}` reads: an input of the flow, or the output of a node.

    `section` is `output` in all that Prompt Flow can run; `path` are the fields and
    indexes behind it.
    """

    name: str
    is_input: bool
    section: str = "output"
    path: tuple[str | int, ...] = ()

    @property
    def fields(self) -> str:
        """The path as an expression has it behind a name."""
        return "".join(field_of(part) for part in self.path)


def field_of(part: str | int) -> str:
    """A field or an index behind a name in an expression."""
    if isinstance(part, str) and is_name(part):
        return f".{part}"
    return f"[{quoted(part)}]"


def reference(value: Any) -> Reference | None:
    """The reference that a value is, as Prompt Flow reads it; else it is a constant."""
    if not isinstance(value, str) or not value.startswith("${"):
        return None
    if not value.endswith("}") or len(value) < 4:
        return None
    text = value[2:-1]
    for prefix in _INPUTS:
        if text.startswith(prefix):
            return Reference(text.removeprefix(prefix), True)
    name, _, rest = text.partition(".")
    section, _, path = rest.partition(".")
    # `${node.output[0]}` has its index right behind the section.
    head, bracket, tail = section.partition("[")
    parts = _parts(f"{bracket}{tail}.{path}" if bracket else path)
    return Reference(name, False, head or "output", parts)


def _parts(path: str) -> tuple[str | int, ...]:
    found: list[str | int] = []
    for match in _PART.finditer(path):
        name, key, index = match.groups()
        found.append(int(index) if index is not None else key if name is None else name)
    return tuple(found)


def references_in(values: dict[str, Any]) -> Iterator[tuple[str, Reference]]:
    """Yield the references among the values of a mapping, each with its key."""
    for key, value in values.items():
        found = reference(value)
        if found is not None:
            yield key, found
