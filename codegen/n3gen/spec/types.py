"""Types as specs write them, such as `list[str] = []`, and their defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from n3gen.spec.flow import FlowFault, read_default, read_flow, skip_space
from n3gen.spec.foreign_types import choice_meant, way_behind, word_meant
from n3gen.spec.type_fit import fits
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.values import data_fault, shown
from n3gen.syntax.writer import choices

__all__ = [
    "CLASS",
    "MEANT",
    "PLAIN_TYPES",
    "TYPE_WORDS",
    "FieldType",
    "TypeFault",
    "one_of",
    "parse_field",
    "parse_type",
    "spelled",
]

PLAIN_TYPES: Final = (
    *("str", "int", "float", "bool", "any", "none"),
    *("date", "datetime", "duration", "uuid", "file"),
)
TYPE_WORDS: Final = (*PLAIN_TYPES, "list", "dict", "union", "one of", "one")
"""Names that no declared type can have."""

CLASS: Final = "class "
"""What begins the names of the types of Python objects, which no spec can write."""

_DEEPEST: Final = 20
_LONGEST: Final = 10_000
_NAME: Final = re.compile(r"[^\W\d]\w*")
_QUOTED: Final = re.compile(r"\"([^\"\\]+)\"|'([^']+)'")
_UNSEPARATED: Final = re.compile(r"\s*\[\s*(\w+(?:[ \t]+\w+)+)\s*\]")
"""A list of a single value, of several words without quotes."""
_ONE_OF: Final = re.compile(r"one\s+of\b\s*")
_NONE: Final = TypeRef(name="none")
_ANY: Final = TypeRef(name="any")
_STR: Final = TypeRef(name="str")
_KEY_TYPES: Final = ("str", "int", "one of")
_LISTS: Final = (
    *("List", "array", "tuple", "Tuple", "set", "Set", "frozenset", "FrozenSet"),
    *("Sequence", "Iterable", "Collection", "deque", "Array", "Vec", "vector"),
)
_DICTS: Final = ("Dict", "Mapping", "MutableMapping", "OrderedDict", "Map", "map")
MEANT: Final = {
    "string": "str",
    "text": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "None": "none",
    "null": "none",
    "Any": "any",
    "object": "dict",
    **dict.fromkeys(_LISTS, "list"),
    **dict.fromkeys(_DICTS, "dict"),
    "enum": "one of",
    "Literal": "one of",
    "timedelta": "duration",
    "timestamp": "datetime",
    "UUID": "uuid",
    "path": "file",
    "url": "str",
    "bytes": "str",
    **dict.fromkeys(("Decimal", "decimal", "double"), "float"),
    "Optional": "T?",
    "Union": "A | B",
}
"""What other languages call these types."""


def _together(args: list[str]) -> str:
    """The type of items that are each one of `args`."""
    return " | ".join(dict.fromkeys(args))


_FORMS: Final[Mapping[str, Callable[[list[str]], str]]] = {
    **dict.fromkeys(_DICTS, lambda args: f"dict[{', '.join(args)}]"),
    "Optional": lambda args: f"{' | '.join(args)}?",
    "Union": " | ".join,
    **dict.fromkeys(_LISTS, lambda args: f"list[{_together(args)}]"),
    "Literal": lambda args: f"one of [{', '.join(args)}]",
    "enum": lambda args: f"one of [{', '.join(args)}]",
    "str": lambda args: "list[str]",
    "int": lambda args: "list[int]",
}
"""How this language writes the types that others write in brackets, by their names."""


class TypeFault(ValueError):
    """A type that does not parse; `start` and `end` are offsets in its text."""

    def __init__(
        self, message: str, start: int = 0, end: int = 0, way_out: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class FieldType:
    """The type of a field; `required` is false where `default` stands for a missing one.

    `default_at` are the offsets of the default's text.
    """

    type: TypeRef
    required: bool = True
    default: Any = None
    default_at: tuple[int, int] | None = None


def parse_type(text: str) -> TypeRef:
    """The type that `text` spells. Raises `TypeFault`."""
    parser = _Parser(text)
    found = parser.whole()
    parser.end()
    return found


def parse_field(text: str) -> FieldType:
    """The type and the default that `text` spells. Raises `TypeFault`.

    `T?` is `T | none`; where it is the field's whole type, a missing field is none.
    """
    parser = _Parser(text)
    found = parser.whole()
    if parser.peek() == "=":
        return _with_default(parser, found)
    parser.end()
    optional = text.rstrip().endswith("?") and found.name == "union"
    return FieldType(found, required=not optional)


def _with_default(parser: _Parser, found: TypeRef) -> FieldType:
    start = skip_space(parser.text, parser.at + 1)
    try:
        value, parser.at = read_default(parser.text, start)
    except FlowFault as fault:
        raise TypeFault(fault.message, fault.start, fault.end) from None
    if unfit := data_fault(value):
        raise TypeFault(unfit[1], start, parser.at)
    written = parser.text[start : parser.at]
    parser.end()
    if written == "none" and fits(None, found):
        value = None
    return FieldType(found, False, value, (start, start + len(written)))


def one_of(values: Sequence[Any]) -> TypeRef:
    """`one of` these literals. Raises `TypeFault` where they cannot be a choice."""
    if not values:
        raise TypeFault("`one of` lists no values")
    seen: set[tuple[type, Any]] = set()
    for value in values:
        if fault := data_fault(value):
            raise TypeFault(fault[1])
        if not isinstance(value, str | int | None):
            raise TypeFault(
                f"`one of` chooses among texts and whole numbers, not `{shown(value)}`"
            )
        if (type(value), value) in seen:
            raise TypeFault(f"`{shown(value)}` is given twice in `one of`")
        seen.add((type(value), value))
    return TypeRef(name="one of", values=tuple(values))


def spelled(wanted: TypeRef) -> str:
    """A type as a spec writes it."""
    if wanted.name == "mapping of":
        return f"mapping of {', '.join(map(shown, wanted.values))}"
    if wanted.name.startswith(CLASS):
        return wanted.name.removeprefix(CLASS)
    if wanted.name == "one of":
        return f"one of {choices(list(wanted.values))}"
    if wanted.name == "union":
        return " | ".join(map(spelled, wanted.args))
    inner = ", ".join(map(spelled, wanted.args))
    return f"{wanted.name}[{inner}]" if inner else wanted.name


class _Parser:
    """Read one type text from left to right; `at` is the next offset."""

    def __init__(self, text: str) -> None:
        if fault := data_fault(text):
            raise TypeFault(fault[1])
        self.text = text
        self.at = 0

    def peek(self) -> str:
        self.at = skip_space(self.text, self.at)
        return self.text[self.at : self.at + 1]

    def end(self) -> None:
        if not self.peek():
            return
        rest = self.text[self.at :]
        way_out = way_behind(self.text[: self.at].strip(), rest.strip())
        message = f"`{shown(rest)}` cannot follow a type"
        raise TypeFault(message, self.at, len(self.text), way_out)

    def fault(self, message: str, way_out: str | None = None) -> TypeFault:
        end = min(self.at + 1, len(self.text))
        return TypeFault(message, self.at, end, way_out)

    def whole(self) -> TypeRef:
        """The type, which has a length that a reader can be asked to follow."""
        if choice := choice_meant(self.text.strip()):
            message = "a text in quotes is the name of a type here"
            raise TypeFault(message, 0, len(self.text), f"write `{choice}`")
        found = self.union(0)
        if self.at > _LONGEST:
            raise TypeFault(f"this type is longer than {_LONGEST:,} characters")
        return found

    def union(self, depth: int) -> TypeRef:
        members = list(_members(self.optional(depth)))
        while self.peek() == "|":
            self.at += 1
            members.extend(_members(self.optional(depth)))
        unique = tuple(dict.fromkeys(members))
        return unique[0] if len(unique) == 1 else TypeRef(name="union", args=unique)

    def optional(self, depth: int) -> TypeRef:
        found = self.single(depth)
        while self.peek() == "?":
            self.at += 1
            args = tuple(dict.fromkeys((*_members(found), _NONE)))
            found = args[0] if len(args) == 1 else TypeRef(name="union", args=args)
        return found

    def single(self, depth: int) -> TypeRef:
        if depth > _DEEPEST:
            raise self.fault(f"this type nests deeper than {_DEEPEST} levels")
        self.peek()
        if found := _ONE_OF.match(self.text, self.at):
            return self.choice(found.end())
        if found := _QUOTED.match(self.text, self.at):
            self.at = found.end()
            return TypeRef(name=found[1] or found[2])
        if not (found := _NAME.match(self.text, self.at)):
            before = self.text[: self.at].rstrip("[ ")
            way_out = None
            if self.text[self.at - 1 : self.at + 1] == "[]" and before.isidentifier():
                way_out = f"write `list[{MEANT.get(before, before)}]`"
            elif self.text.startswith("{{", self.at):
                way_out = "write the name of a type: it is not a template"
            elif self.text[self.at : self.at + 1] == "{":
                way_out = "declare a `type` with these fields, and write its name"
            raise self.fault("the name of a type is missing here", way_out)
        start, self.at = self.at, found.end()
        return self.named(found[0], start, depth)

    def choice(self, at: int) -> TypeRef:
        start, self.at = self.at, at
        if self.peek() != "[":
            raise TypeFault(
                "`one of` needs a list of values", start, at, "write `one of [a, b]`"
            )
        try:
            values, self.at = read_flow(self.text, at)
            if found := _UNSEPARATED.fullmatch(self.text, at, self.at):
                raise _without_commas(found[1])
            return one_of(values)
        except FlowFault as fault:
            raise TypeFault(fault.message, fault.start, fault.end) from None
        except TypeFault as fault:
            raise TypeFault(fault.message, start, self.at, fault.way_out) from None

    def named(self, name: str, start: int, depth: int) -> TypeRef:
        args = self.arguments(name, depth) if self.peek() == "[" else None
        if name in ("list", "dict"):
            return self.container(name, args, start)
        if args is not None:
            form = _FORMS.get(name)
            written = form(list(map(spelled, args))) if form else None
            what = f"`{shown(name)}` takes nothing in brackets"
            if form is not None and name not in TYPE_WORDS:
                what = f"`{shown(name)}` is not a type of this language"
            way_out = f"write `{shown(written)}`" if written else None
            way_out = word_meant(name, " ".join(map(spelled, args))) or way_out
            raise TypeFault(what, start, self.at, way_out)
        return TypeRef(name=name)

    def container(self, name: str, args: list[TypeRef] | None, start: int) -> TypeRef:
        wanted = 1 if name == "list" else 2
        given = args or ([_ANY] if name == "list" else [_STR, _ANY])
        if len(given) != wanted:
            form = "list[T]" if name == "list" else "dict[K, V]"
            raise TypeFault(f"`{name}` is written `{form}`", start, self.at)
        if name == "dict" and given[0].name not in _KEY_TYPES:
            raise TypeFault(
                f"the keys of a dict are `str` or `int`, not `{shown(spelled(given[0]))}`",
                start,
                self.at,
            )
        return TypeRef(name=name, args=tuple(given))

    def arguments(self, name: str, depth: int) -> list[TypeRef]:
        opened = self.at
        self.at += 1
        args = [self.union(depth + 1)]
        while self.peek() == ",":
            self.at += 1
            self.peek()
            if name in _LISTS and self.text.startswith("...", self.at):
                self.at += 3  # `tuple[str, ...]`: any number of them
                continue
            args.append(self.union(depth + 1))
        if self.peek() != "]":
            raise TypeFault("this `[` has no `]`", opened, opened + 1, "add `]`")
        self.at += 1
        return args


def _without_commas(words: str) -> TypeFault:
    way_out = f"write `[{', '.join(words.split())}]`, or `[\"{words}\"]` for the text"
    return TypeFault(f"`one of` has the text `{words}` alone", way_out=way_out)


def _members(found: TypeRef) -> tuple[TypeRef, ...]:
    return found.args if found.name == "union" else (found,)
