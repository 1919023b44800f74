"""The variables of a chain's functions, and how expressions read them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from n3gen.emit.code import name
from n3gen.expressions import Code, Name, Shape

__all__ = [
    "ANY",
    "LIST",
    "MAPPING",
    "OPTIONAL",
    "DistinctVariables",
    "NamesOfScope",
    "Variable",
    "optional",
    "union_of",
]

ANY = name("Any", "Any")
"""The annotation of what may be anything."""

LIST = name("list[Any]", "Any", "list")
"""The annotation of a list of what may be anything."""

MAPPING = name("dict[str, Any]", "Any", "dict", "str")
"""The annotation of a mapping of what may be anything, by names."""

OPTIONAL = "optional"
"""The kind of annotations that allow `None`."""


def optional(type_: Code) -> Code:
    """The annotation of a value that may be `None`."""
    if type_ == ANY or type_.kind == OPTIONAL:
        return type_
    parts = (*_parts(type_), "None")
    return Code(" | ".join(parts), kind=OPTIONAL, parts=parts)


def union_of(types: Iterable[Code]) -> Code:
    """The annotation of what is of one of several types, each named once."""
    found = dict.fromkeys(types)
    if ANY in found:
        return ANY
    parts = dict.fromkeys(part for type_ in found for part in _parts(type_))
    if "None" not in parts or len(parts) == 1:
        return Code(" | ".join(parts), parts=(*parts,))
    return optional(union_of(Code(part) for part in parts if part != "None"))


def _parts(type_: Code) -> tuple[str, ...]:
    return type_.parts or (type_.source,)


@dataclass(frozen=True, slots=True)
class Variable:
    """A Python variable of a chain: its name, its annotation, its fields if known.

    Where `is_mapping` is true it holds several names of the spec, or lacks them.
    """

    name: str
    annotation: Code = ANY
    shape: Shape | None = None
    is_mapping: bool = False


@dataclass(slots=True)
class DistinctVariables:
    """The variables of names that several blocks bind, by what their values are.

    A variable has one type: where others have it already, the next one has a number.
    """

    found: dict[tuple[str, tuple[object, ...]], str] = field(default_factory=dict)

    def of(
        self,
        wanted: str,
        about: tuple[object, ...],
        numbered: Callable[[str, set[str]], str],
    ) -> str:
        """The variable for values of what they are `about`."""
        if (wanted, about) not in self.found:
            taken = {name for (known, _), name in self.found.items() if known == wanted}
            self.found[wanted, about] = numbered(wanted, taken) if taken else wanted
        return self.found[wanted, about]


@dataclass(frozen=True, slots=True)
class NamesOfScope(Mapping[str, Name]):
    """The names of a chain as Python, each made when it is asked for."""

    variables: Mapping[str, Variable]
    sources: Mapping[str, str]
    skipped: Container[str]
    optional: Container[str]
    states: Mapping[str, Name]

    def __getitem__(self, key: str) -> Name:
        if key in self.states:
            state = self.states[key]
            if key not in self.sources:
                return state
            return Name(self.sources[key], state.shape, may_be_none=state.may_be_none)
        if key in self.variables:
            known = self.variables[key]
            source = self.sources.get(key, known.name)
            may_be_none = key in self.skipped or key in self.optional
            is_any = known.annotation == ANY
            return Name(source, known.shape, known.is_mapping, may_be_none, is_any)
        return _OUTSIDE[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.variables, **_OUTSIDE})

    def __len__(self) -> int:
        return len({**self.variables, **_OUTSIDE})


_OUTSIDE = {
    "run": Name("run", Shape("model", {"id": None})),
    "options": Name("options"),
}
"""What any expression may read beside the names of its chain."""
