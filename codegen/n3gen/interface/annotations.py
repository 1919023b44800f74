"""The types that the annotations of generated modules mean."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from n3gen.expressions import Code
from n3gen.names import fill_outside
from n3gen.spec.type_refs import TypeRef

__all__ = ["AnnotationTypes"]

_NAMES: Final = {
    "Any": "any",
    "object": "any",
    "None": "none",
    "timedelta": "duration",
    "UUID": "uuid",
}
"""What Python calls by another name than specs do."""

_ANY: Final = TypeRef(name="any")


@dataclass(frozen=True, slots=True)
class AnnotationTypes:
    """Reads annotations; `declared` are the types of a spec by the names of their classes."""

    declared: Mapping[str, str]

    def type_of(self, annotation: Code) -> TypeRef:
        """Return the type that is meant; one that specs cannot spell is `any`."""
        text = fill_outside(annotation.source, "_.{}".format)
        return self._type(ast.parse(text, mode="eval").body)

    def _type(self, node: ast.expr) -> TypeRef:
        match node:
            case ast.Constant(value=None):
                return TypeRef(name="none")
            case ast.Name(id=name) if name in self.declared:
                return TypeRef(name=self.declared[name])
            case ast.Attribute(attr=name):  # a name from outside of the module
                return TypeRef(name=_NAMES.get(name, name))
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return _union([self._type(left), self._type(right)])
            case ast.Subscript(value=ast.Attribute(attr="Literal"), slice=values):
                return TypeRef(name="one of", values=tuple(map(_value, _parts(values))))
            case ast.Subscript(value=ast.Attribute(attr="list" | "dict" as name)):
                args = tuple(map(self._type, _parts(node.slice)))
                return TypeRef(name=name, args=args)
            case _:
                return _ANY


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _value(node: ast.expr) -> Any:
    return ast.literal_eval(node)


def _union(members: list[TypeRef]) -> TypeRef:
    flat = [
        one
        for member in members
        for one in (member.args if member.name == "union" else (member,))
    ]
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else TypeRef(name="union", args=unique)
