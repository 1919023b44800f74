"""The check of payloads: every fault in one error."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Generic, TypeGuard, TypeVar, cast

from .records import Foreseen

__all__ = [
    "ANY",
    "BOOL",
    "FLOAT",
    "INT",
    "NONE",
    "REQUIRED",
    "STR",
    "Fields",
    "InputError",
    "Kind",
    "WrongPart",
    "at_path",
    "dict_of",
    "list_of",
    "misfit",
    "one_of",
    "union_of",
]

T = TypeVar("T")
K = TypeVar("K")


class InputError(Foreseen, ValueError):
    """A payload that does not fit the chain's input."""


class PayloadError(InputError):
    """A payload with faults; what is `logged` of them quotes nothing of it."""

    def __init__(self, message: str, logged: str) -> None:
        super().__init__(message)
        self.logged = logged


class WrongPart(ValueError):
    """A value with parts that do not fit: `faults` are their paths, each with its words."""

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        super().__init__("a part of it does not fit")
        self.faults = [*faults]


def misfit(value: Any) -> ValueError:
    """Return the error of a value that is not of the type that is wanted."""
    shown = "none" if value is None else f"{type(value).__name__}: {value!r:.80}"
    return ValueError(f"not {shown}")


class Kind(Generic[T]):
    """A type of input: its name in messages, and what reads a value of it.

    `read` raises `ValueError` for a value that is not of the type.
    """

    def __init__(self, name: str, read: Callable[[Any], T]) -> None:
        self.name = name
        self.read = read

    def read_at(self, path: str, value: Any, faults: list[tuple[str, str]]) -> T:
        """Read the value at a path, where it fits; else add why not to `faults`."""
        try:
            return self.read(value)
        except WrongPart as error:
            faults += [(path + part, words) for part, words in error.faults]
        except ValueError as error:
            reason = " ".join(str(error).split())
            faults.append((path, f"must be {self.name}, {reason}"))
        return cast(T, value)


MOST_LISTED = 20
"""How many faults of a payload are listed."""

REQUIRED: Any = object()
"""The default of a field that has none."""


def plain_kind(
    name: str, fits: Callable[[Any], bool], plain: Callable[[Any], Any] | None = None
) -> Kind[Any]:
    """Return a kind whose values are accepted as they are, or as what `plain` returns."""

    def read(value: Any) -> Any:
        if fits(value):
            return value if plain is None else plain(value)
        raise misfit(value)

    return Kind(name, read)


ANY: Kind[Any] = plain_kind("any", lambda value: True)
# A member of an enumeration of texts prints its name, and not its text.
STR: Kind[str] = plain_kind(
    "str", lambda value: isinstance(value, str), plain=str.__str__
)
BOOL: Kind[bool] = plain_kind("bool", lambda value: isinstance(value, bool))
NONE: Kind[None] = plain_kind("none", lambda value: value is None)
INT: Kind[int] = plain_kind(
    "int",
    lambda value: isinstance(value, int) and not isinstance(value, bool),
    plain=int.__int__,
)

FLOAT: Kind[float] = plain_kind(
    "float",
    lambda value: isinstance(value, int | float) and not isinstance(value, bool),
)


def list_of(item: Kind[T]) -> Kind[list[T]]:
    """Return the kind of a list with items of one kind."""

    def read(value: Any) -> list[T]:
        if not is_list(value):
            raise misfit(value)
        faults: list[tuple[str, str]] = []
        parts = [item.read_at(f"[{n}]", part, faults) for n, part in enumerate(value)]
        if faults:
            raise WrongPart(faults)
        return parts

    return Kind(f"list[{item.name}]", read)


def dict_of(key: Kind[K], value: Kind[T]) -> Kind[dict[K, T]]:
    """Return the kind of a dict with keys of one kind and values of another."""

    def read(given: Any) -> dict[K, T]:
        if not is_dict(given):
            raise misfit(given)
        faults: list[tuple[str, str]] = []
        parts = {
            key.read_at(at_path(k), as_key(key, k), faults): value.read_at(
                at_path(k), v, faults
            )
            for k, v in given.items()
        }
        if faults:
            raise WrongPart(faults)
        return parts

    return Kind(f"dict[{key.name}, {value.name}]", read)


def as_key(kind: Kind[Any], given: Any) -> Any:
    """Return a key of a dict; whole numbers are texts in JSON."""
    if kind is INT and isinstance(given, str):
        with suppress(ValueError):
            return int(given) if str(int(given)) == given else given
    return given


def at_path(*keys: object) -> str:
    """Return the path of a part inside a value."""
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k!s:.100}" for k in keys)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Say whether a value is a list."""
    return isinstance(value, list)


def is_dict(value: Any) -> TypeGuard[dict[Any, Any]]:
    """Say whether a value is a dict."""
    return isinstance(value, dict)


def one_of(*values: Any) -> Kind[Any]:
    """Return the kind of some literals."""
    return plain_kind(
        f"one of {', '.join(map(repr, values))}",
        lambda given: any(
            given == value and type(given) is type(value) for value in values
        ),
    )


def union_of(*kinds: Kind[Any]) -> Kind[Any]:
    """Return the kind of several kinds; the first that fits reads the value."""

    def read(value: Any) -> Any:
        near: list[WrongPart] = []
        for kind in kinds:
            try:
                return kind.read(value)
            except WrongPart as error:
                near.append(error)
            except ValueError:
                continue
        if len(near) == 1:
            raise near[0]
        raise misfit(value)

    return Kind(" | ".join(kind.name for kind in kinds), read)


class Fields:
    """The fields of a payload, read one by one; the faults are kept for the end."""

    def __init__(self, chain: str, payload: Any) -> None:
        self.chain = chain
        self.faults: list[tuple[str, str]] = []
        self.logged: list[str] = []
        self.left: dict[str, Any] = {}
        if isinstance(payload, Mapping):
            self.left.update(cast(Mapping[str, Any], payload))
        elif payload is not None:
            words = f"`payload` must be a mapping, not {type(payload).__name__}"
            raise InputError(f"Chain '{chain}' got a wrong payload: {words}")

    def take(self, name: str, kind: Kind[T], default: Any = REQUIRED) -> T:
        """Return the field `name`, checked, or its default where it is not given."""
        count = len(self.faults)
        if name in self.left:
            value = kind.read_at(name, self.left.pop(name), self.faults)
            if len(self.faults) > count:
                self.logged.append(f"`{name}` must be {kind.name}")
            return value
        if default is REQUIRED:
            self.faults.append((name, f"is missing ({kind.name})"))
            self.logged.append(f"`{name}` is missing ({kind.name})")
        return cast(T, copy.deepcopy(default))

    def finish(self) -> None:
        """Raise `InputError` with the faults, unknown fields among them."""
        faults = [*self.faults, *((name, "is unknown") for name in self.left)]
        if faults:
            shown = [f"`{path}` {words}" for path, words in faults[:MOST_LISTED]]
            if len(faults) > MOST_LISTED:
                shown.append(f"and {len(faults) - MOST_LISTED} faults more")
            wrong = f"Chain '{self.chain}' got a wrong payload:"
            named = [
                *self.logged,
                *(f"`{name!s:.100}` is unknown" for name in self.left),
            ]
            logged = "; ".join(named[:MOST_LISTED])
            raise PayloadError(f"{wrong} {'; '.join(shown)}", f"{wrong} {logged}")
