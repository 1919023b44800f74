"""The parameters of Python functions, and what calls of these come to."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from n3gen.semantics.annotations import Annotation, annotations_of
from n3gen.semantics.python_types import Types
from n3gen.spec.model import TypeRef

__all__ = ["Function", "function_of"]


@dataclass(frozen=True, slots=True)
class Function:
    """The parameters of a plain function: those with a name, and those that it needs.

    `at_once` are the most arguments that it takes by place, `None` is any number.
    `first` is the parameter that takes the first of them; `types` are what parameters
    take, where their annotations say so. `returns` is the type of what a call comes to,
    where that is known. It may be a class that is called.
    """

    names: tuple[str, ...]
    needed: tuple[str, ...]
    needed_by_place: int
    at_once: int | None
    takes_any_name: bool
    first: str | None = None
    types: Mapping[str, Annotation] = field(default_factory=dict[str, Annotation])
    returns: TypeRef | None = None
    is_class: bool = False

    @property
    def word(self) -> str:
        """What it is."""
        return "class" if self.is_class else "function"


def function_of(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    types: Types,
    *,
    is_method: bool = False,
) -> Function:
    """The parameters of a function; of a method those behind the object's own."""
    given = node.args
    by_place = [*given.posonlyargs, *given.args][is_method:]
    named = [one for one in given.args if one in by_place]
    needed = by_place[: len(by_place) - len(given.defaults)]
    only_named = [
        one.arg
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if default is None
    ]
    return Function(
        names=tuple(one.arg for one in (*named, *given.kwonlyargs)),
        needed=(*(one.arg for one in needed), *only_named),
        needed_by_place=len(needed),
        at_once=None if given.vararg is not None else len(by_place),
        takes_any_name=given.kwarg is not None,
        first=by_place[0].arg if by_place else None,
        types=dict(annotations_of(given, types.names)),
        returns=None if isinstance(node, ast.Lambda) else types.returned(node),
    )
