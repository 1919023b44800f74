"""The types of what operators, functions, methods and filters give, where these are sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from n3gen.semantics.field_types import item_type, type_of_any
from n3gen.spec.model import TypeRef

__all__ = [
    "TIMES",
    "calculated",
    "is_number",
    "is_text",
    "made_by_filter",
    "made_by_function",
    "made_by_method",
]

_STR: Final = TypeRef(name="str")
_INT: Final = TypeRef(name="int")
_FLOAT: Final = TypeRef(name="float")
_BOOL: Final = TypeRef(name="bool")
_DATE: Final = TypeRef(name="date")
_DATETIME: Final = TypeRef(name="datetime")
_DURATION: Final = TypeRef(name="duration")
_NUMBER: Final = TypeRef(name="union", args=(_INT, _FLOAT))
_LIST: Final = TypeRef(name="list", args=(TypeRef(name="any"),))
_TEXTS: Final = TypeRef(name="list", args=(_STR,))
_PAIRS: Final = TypeRef(name="list", args=(_LIST,))

TIMES: Final = ("date", "datetime", "duration")

_FILTERS: Final[Mapping[str, TypeRef]] = {
    **dict.fromkeys(("count", "length", "wordcount"), _INT),
    **dict.fromkeys(("batch", "flatten", "groupby", "list", "map"), _LIST),
    **dict.fromkeys(("dictsort", "items"), _PAIRS),
    **dict.fromkeys(("regex_findall", "slice", "sort", "unique"), _LIST),
    **dict.fromkeys(("reject", "rejectattr", "select", "selectattr"), _LIST),
    **dict.fromkeys(
        ("capitalize", "format", "indent", "join", "lower", "regex_replace"), _STR
    ),
    **dict.fromkeys(("replace", "string", "title", "tojson", "trim", "truncate"), _STR),
    **dict.fromkeys(("upper", "urlencode", "wordwrap"), _STR),
    "regex_test": _BOOL,
    "round": _NUMBER,
}
"""What filters give, whatever they are given."""

_FUNCTIONS: Final[Mapping[str, TypeRef]] = {
    **dict.fromkeys(("enumerate", "zip"), _PAIRS),
    **dict.fromkeys(("int", "len"), _INT),
    "float": _FLOAT,
    "now": _DATETIME,
    "range": TypeRef(name="list", args=(_INT,)),
    "str": _STR,
}
"""What functions give, whatever they are given."""

_METHODS: Final[Mapping[str, Mapping[str, TypeRef]]] = {
    "str": {
        **dict.fromkeys(
            ("capitalize", "casefold", "join", "lower", "lstrip", "removeprefix"), _STR
        ),
        **dict.fromkeys(
            ("removesuffix", "replace", "rstrip", "strip", "swapcase", "title"), _STR
        ),
        **dict.fromkeys(("upper", "zfill"), _STR),
        **dict.fromkeys(("split", "splitlines", "rsplit"), _TEXTS),
        **dict.fromkeys(("count", "find", "index"), _INT),
        **dict.fromkeys(
            ("startswith", "endswith", "isdigit", "isalpha", "isnumeric"), _BOOL
        ),
    },
    "dict": {"items": _PAIRS},
    "date": {
        **dict.fromkeys(("isoformat", "strftime"), _STR),
        "weekday": _INT,
    },
    "datetime": {
        **dict.fromkeys(("isoformat", "strftime"), _STR),
        "date": _DATE,
        "timestamp": _FLOAT,
        "weekday": _INT,
    },
    "duration": {"total_seconds": _FLOAT},
}
"""What methods give, by the types of what they are called on."""

_SUMS: Final[Mapping[tuple[str, str, str], TypeRef]] = {
    **{
        (one, sign, "duration"): TypeRef(name=one)
        for one in TIMES
        for sign in ("+", "-")
    },
    ("duration", "+", "date"): _DATE,
    ("duration", "+", "datetime"): _DATETIME,
    ("date", "-", "date"): _DURATION,
    ("datetime", "-", "datetime"): _DURATION,
    ("duration", "/", "duration"): _FLOAT,
    ("duration", "//", "duration"): _INT,
}
"""What calculations with times give."""


def is_number(type_: TypeRef | None) -> bool:
    """Whether all values of a type are numbers."""
    return type_ is not None and (
        type_.name in ("int", "float", "bool") or type_ == _NUMBER
    )


def is_text(type_: TypeRef | None) -> bool:
    """Whether all values of a type are texts."""
    if type_ is None:
        return False
    is_choice = type_.name == "one of"
    return type_.name in ("str", "file") or (
        is_choice and all(isinstance(value, str) for value in type_.values)
    )


def made_by_filter(
    name: str, subject: TypeRef | None, *, is_plain: bool
) -> TypeRef | None:
    """What a filter gives; one without arguments `is_plain`."""
    match name:
        case "int" | "float" if is_plain:
            return _FUNCTIONS[name]
        case "sum" if is_plain:
            return _sum(subject)
        case "abs" if is_number(subject):
            return subject
        case "reverse" if is_text(subject):
            return _STR
        case _:
            return _FILTERS.get(name)


def made_by_function(
    name: str, arguments: Sequence[TypeRef | None], names: Sequence[str]
) -> TypeRef | None:
    """What a function gives; `names` are the arguments that are given by name."""
    if known := _FUNCTIONS.get(name):
        return known
    first = arguments[0] if arguments else None
    if first is None:
        return None
    match name:
        case "max" | "min" if not names:
            return item_type(first) if len(arguments) == 1 else type_of_any(arguments)
        case "sorted":
            item = item_type(first)
            return _LIST if item is None else TypeRef(name="list", args=(item,))
        case "round" if is_number(first):
            return _INT if len(arguments) == 1 and not names else _NUMBER
        case "abs" if is_number(first):
            return first
        case "sum" if len(arguments) == 1 and not names:
            return _sum(first)
        case _:
            return None


def made_by_method(name: str, owner: TypeRef | None) -> TypeRef | None:
    """What a method of a value gives."""
    if owner is None:
        return None
    return _METHODS.get("str" if is_text(owner) else owner.name, {}).get(name)


def calculated(
    sign: str, left: TypeRef | None, right: TypeRef | None
) -> TypeRef | None:
    """What an operator gives."""
    if left is None or right is None:
        return None
    if is_number(left) and is_number(right):
        is_whole = left.name != "float" and right.name != "float" and sign != "/"
        is_whole = is_whole and _NUMBER not in (left, right) and sign != "**"
        return _INT if is_whole else _FLOAT if sign == "/" else _number(left, right)
    if sign == "+" and is_text(left) and is_text(right):
        return _STR
    if sign == "%" and is_text(left):
        return _STR
    return _SUMS.get((left.name, sign, right.name))


def _number(left: TypeRef, right: TypeRef) -> TypeRef:
    """The type of a number of which one part at least has a fraction, or may have."""
    return _FLOAT if "float" in (left.name, right.name) else _NUMBER


def _sum(items: TypeRef | None) -> TypeRef | None:
    item = item_type(items)
    return item if item is not None and item.name in ("int", "float") else None
