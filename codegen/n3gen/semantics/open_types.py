"""Types that nothing defines, which are reported and of which no more can be said."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, Final

from pydantic import BaseModel

from n3gen.semantics.walk import all_steps
from n3gen.spec.model import Connector, Spec, Step, TypeRef
from n3gen.spec.types import TYPE_WORDS

__all__ = ["with_open_types"]

_ANY: Final = TypeRef(name="any")


def with_open_types(spec: Spec) -> Spec:
    """The spec with `any` in place of the names that are those of no type."""
    known = {*TYPE_WORDS, *spec.rejected, *(record.name for record in spec.types)}
    unknown = {name for one in _written(spec) for name in _names(one)} - known
    opened: Spec = _opened(spec, unknown) if unknown else spec
    return opened


def _written(spec: Spec) -> Iterator[TypeRef]:
    for chain in spec.chains:
        yield from (field.type for field in chain.typed_fields)
    for record in spec.types:
        yield from (field.type for field in record.fields)
    yield from (state.type for state in spec.states)
    nodes: tuple[Connector | Step, ...] = (*spec.connectors, *all_steps(spec))
    yield from (node.output for node in nodes if node.output is not None)


def _names(type_: TypeRef) -> Iterator[str]:
    yield type_.name
    for inner in type_.args:
        yield from _names(inner)


def _opened(node: Any, unknown: Set[str]) -> Any:
    """A part of a spec with each unknown type open."""
    if isinstance(node, TypeRef) and node.name in unknown:
        return _ANY
    if isinstance(node, tuple):
        return tuple(_opened(item, unknown) for item in node)
    if not isinstance(node, BaseModel):
        return node
    parts = {name: getattr(node, name) for name in type(node).model_fields}
    opened = {name: _opened(part, unknown) for name, part in parts.items()}
    # A copy would keep what the node has worked out of its parts.
    return type(node).model_construct(node.model_fields_set, **opened)
