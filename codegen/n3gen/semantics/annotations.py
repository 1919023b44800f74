"""The annotations of Python parameters, as far as what they say is plain."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

__all__ = [
    "Annotation",
    "annotation_of",
    "annotations_of",
    "text_of",
    "type_named",
    "type_names",
]

_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("bool", "complex", "float", "int"), "a number"),
    "str": "a text",
    "list": "a list",
    "typing.List": "a list",
    "dict": "a mapping",
    "typing.Dict": "a mapping",
    "datetime.datetime": "a datetime",
    "datetime.timedelta": "a duration",
    "uuid.UUID": "a uuid",
}
"""The kinds of the values of types."""

_DATES: Final = frozenset(("a date", "a datetime"))
_NONE: Final = "none"
_OBJECT: Final = "an object"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a parameter takes: values of these kinds, such as `a number` or `none`.

    `text` is how the annotation is written. `item` is what the items of a list or the
    values of a mapping are, where the annotation says it.
    """

    text: str
    kinds: frozenset[str]
    item: Annotation | None = None


def type_names(tree: ast.Module, bound: Mapping[str, int]) -> dict[str, str]:
    """The types that names of a module stand for; `bound` says how often it binds a name.

    A class of the module's own that derives from nothing and has no metaclass stands for
    itself, with a `.` in front.
    """
    found = {name: name for name in _KINDS if "." not in name and name not in bound}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in _MODULES:
            own = {one.asname or one.name: one.name for one in node.names}
            module = node.module.removesuffix("_extensions")
            found |= {name: f"{module}.{one}" for name, one in own.items()}
        if isinstance(node, ast.Import):
            own = {one.asname or one.name: one.name for one in node.names}
            found |= {name: one for name, one in own.items() if one in _MODULES}
        if isinstance(node, ast.ClassDef) and not node.bases and not node.keywords:
            found[node.name] = f".{node.name}"
    return {name: one for name, one in found.items() if bound.get(name, 0) < 2}


_MODULES: Final = (
    *("collections.abc", "dataclasses", "datetime", "pydantic", "typing"),
    *("typing_extensions", "uuid"),
)


def annotations_of(
    arguments: ast.arguments, names: Mapping[str, str]
) -> Iterator[tuple[str, Annotation]]:
    """Yield the parameters whose annotation says which values they take."""
    by_place = [*arguments.posonlyargs, *arguments.args]
    behind = by_place[len(by_place) - len(arguments.defaults) :]
    defaults = dict(zip((one.arg for one in behind), arguments.defaults, strict=True))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults[one.arg] = default
    for one in (*by_place, *arguments.kwonlyargs):
        found = (
            annotation_of(one.annotation, names) if one.annotation is not None else None
        )
        if found is not None:
            default = defaults.get(one.arg)
            if isinstance(default, ast.Constant) and default.value is None:
                found = replace(found, kinds=found.kinds | {_NONE})
            yield one.arg, found


def annotation_of(node: ast.expr, names: Mapping[str, str]) -> Annotation | None:
    """What an annotation says; `None` where it is anything else than these."""
    match node:
        case ast.Constant(value=None):
            return Annotation("None", frozenset((_NONE,)))
        case ast.Constant(value=str()):
            parsed = text_of(node)
            return None if parsed is None else annotation_of(parsed, names)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either(
                node, (annotation_of(left, names), annotation_of(right, names))
            )
        case ast.Subscript(value=owner, slice=of):
            return _with_items(node, type_named(owner, names), of, names)
        case _:
            kinds = _kinds(type_named(node, names))
            return Annotation(ast.unparse(node), kinds) if kinds else None


def text_of(node: ast.expr) -> ast.expr | None:
    """An annotation that may be written as a text; `None` where that is no Python."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return node
    try:
        return ast.parse(node.value, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _with_items(
    node: ast.Subscript, name: str, of: ast.expr, names: Mapping[str, str]
) -> Annotation | None:
    parts = [*of.elts] if isinstance(of, ast.Tuple) else [of]
    if name == "typing.Optional":
        none = Annotation("None", frozenset((_NONE,)))
        return _either(node, (annotation_of(of, names), none))
    if name == "typing.Union":
        return _either(node, [annotation_of(part, names) for part in parts])
    kinds = _kinds(name)
    if not kinds <= {"a list", "a mapping"} or not kinds:
        return None
    return Annotation(ast.unparse(node), kinds, annotation_of(parts[-1], names))


def _either(node: ast.expr, members: Iterable[Annotation | None]) -> Annotation | None:
    """What any of several annotations takes; `None` where one of them is open."""
    found = [*members]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    kinds = frozenset[str]().union(*(one.kinds for one in known))
    others = [one for one in known if one.kinds != {_NONE}]
    item = others[0].item if len(others) == 1 else None
    return Annotation(ast.unparse(node), kinds, item)


def type_named(node: ast.expr, names: Mapping[str, str]) -> str:
    """The type that a name stands for, be it one of a module's; empty for any other."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = names.get(node.value.id, "")
        return f"{module}.{node.attr}" if module in _MODULES else ""
    return ""


def _kinds(name: str) -> frozenset[str]:
    if name == "datetime.date":
        return _DATES
    if name.startswith("."):
        return frozenset((_OBJECT,))
    kind = _KINDS.get(name)
    return frozenset() if kind is None else frozenset((kind,))
