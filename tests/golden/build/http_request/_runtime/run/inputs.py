"""The check of payloads: every fault in one error."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeGuard, TypeVar, cast

T = TypeVar("T")


class InputError(ValueError):
    """A payload that does not fit the chain's input."""


class Kind(Generic[T]):
    """A type of input: its name in messages, and what reads a value of it.

    `read` raises `ValueError` for a value that is not of the type.
    """

    def __init__(self, name: str, read: Callable[[Any], T]) -> None:
        self.name = name
        self.read = read


REQUIRED: Any = object()
"""The default of a field that has none."""


def plain_kind(name: str, fits: Callable[[Any], bool]) -> Kind[Any]:
    """Return a kind whose values are accepted as they are."""

    def read(value: Any) -> Any:
        if fits(value):
            return value
        raise ValueError(f"not {type(value).__name__}: {value!r:.80}")

    return Kind(name, read)


STR: Kind[str] = plain_kind("str", lambda value: isinstance(value, str))


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Say whether a value is a list."""
    return isinstance(value, list)


def is_dict(value: Any) -> TypeGuard[dict[Any, Any]]:
    """Say whether a value is a dict."""
    return isinstance(value, dict)


class Fields:
    """The fields of a payload, read one by one; the faults are kept for the end."""

    def __init__(self, chain: str, payload: Any) -> None:
        self.chain = chain
        self.faults: list[str] = []
        self.left: dict[str, Any] = {}
        if isinstance(payload, Mapping):
            self.left.update(cast(Mapping[str, Any], payload))
        elif payload is not None:
            kind = type(payload).__name__
            self.faults.append(f"the payload must be a mapping, not {kind}")

    def take(self, name: str, kind: Kind[T], default: Any = REQUIRED) -> T:
        """Return the field `name`, checked, or its default where it is not given."""
        if name not in self.left:
            if default is REQUIRED:
                self.faults.append(f"`{name}` is missing ({kind.name})")
            return cast(T, copy.deepcopy(default))
        value = self.left.pop(name)
        try:
            return kind.read(value)
        except ValueError as error:
            reason = " ".join(str(error).split())
            self.faults.append(f"`{name}` must be {kind.name}, {reason}")
            return cast(T, value)

    def finish(self) -> None:
        """Raise `InputError` with all faults, unknown fields among them."""
        self.faults += [f"`{name}` is unknown" for name in self.left]
        if self.faults:
            faults = "; ".join(self.faults)
            raise InputError(f"Chain '{self.chain}' got a wrong payload: {faults}")
