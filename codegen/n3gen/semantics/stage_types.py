"""The types of what the stages of a pipeline give, and whether they fit what takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from n3gen.semantics.asked import model_call
from n3gen.semantics.field_types import with_none
from n3gen.semantics.value_types import given_type
from n3gen.spec.model import Chain, Connector, Entry, Pipeline, Stage, TypeRef

__all__ = ["argument_types", "handed_type", "has_items", "meets", "whole_argument"]

_ANY = TypeRef(name="any")
_NONE = TypeRef(name="none")
_STR = TypeRef(name="str")
_RECORD = TypeRef(name="dict", args=(_STR, _ANY))
"""The type of the record of an error, which a step may leave in place of its value."""


def handed_type(stage: Stage, connectors: Mapping[str, Connector]) -> TypeRef | None:
    """The type of what the next stage gets: a value, or each item; `None` where it is open."""
    given = given_type(stage.step, connectors)
    if stage.streams and given is not None and given.name == "list":
        given = given.args[0]
    if given is not None and stage.step.keeps_error:
        given = _union(given, _RECORD)
    if given is not None and stage.step.may_be_skipped and not stage.streams:
        given = _union(given, _NONE)
    if stage.per_item and not stage.streams:
        return TypeRef(name="list", args=(given or TypeRef(name="any"),))
    return given


def whole_argument(
    stage: Stage,
    of_name: Callable[[str], TypeRef | None],
    givers: Mapping[str, Sequence[tuple[Entry, bool]]],
) -> TypeRef | None:
    """The type of what a stage gets, not item by item, that says it takes anything."""
    if stage.before is None or stage.per_item:
        return None
    found = of_name(stage.before)
    is_none = any(entry.may_be_skipped for entry, _ in givers[stage.before])
    return with_none(found) if is_none else found


def has_items(stage: Stage, connectors: Mapping[str, Connector]) -> bool:
    """Whether there may be more than one item in what a stage gives, run once."""
    given = given_type(stage.step, connectors)
    if given is None or given.name in ("any", "list", "union"):
        return True
    is_text = model_call(stage.step, connectors) is not None
    return is_text and given == _STR


def argument_types(
    chain: Chain, connectors: Mapping[str, Connector]
) -> tuple[dict[int, TypeRef], dict[int, TypeRef]]:
    """The types of what says none itself, as the next stage wants it, by the step's `id`.

    Those of values, and those of the items of stages that stream.
    """
    values: dict[int, TypeRef] = {}
    items: dict[int, TypeRef] = {}
    for before, stage in pairwise(chain.stages if isinstance(chain, Pipeline) else ()):
        wanted = stage.parameters[0].type if stage.parameters else _ANY
        if before.per_item and not before.streams:
            wanted = wanted.args[0] if wanted.name == "list" else _ANY
        is_open = given_type(before.step, connectors) is None
        if is_open and before.streams and wanted != _ANY:
            items[id(before.step)] = wanted
        elif is_open and before.step.when is None and wanted != _ANY:
            values[id(before.step)] = wanted
    return values, items


def meets(given: TypeRef, wanted: TypeRef) -> bool:
    """Whether all values of a type are of another one."""
    if "any" in (given.name, wanted.name) or given == wanted:
        return True
    if given.name == "union":
        return all(meets(member, wanted) for member in given.args)
    if wanted.name == "union":
        return any(meets(given, member) for member in wanted.args)
    if given.name == "one of":
        texts = all(isinstance(value, str) for value in given.values)
        among = wanted.name == "one of" and {*given.values} <= {*wanted.values}
        return among or (texts and wanted == _STR)
    if given.name == wanted.name and given.args:
        pairs = zip(given.args, wanted.args, strict=True)
        # As Python's checkers have it, a list of some type is no list of another.
        return all("any" in (a.name, b.name) or a == b for a, b in pairs)
    return (given.name, wanted.name) in _WIDER


_WIDER = frozenset([("int", "float"), ("file", "str"), ("str", "file")])
"""Types of which each value is of another plain type."""


def _union(given: TypeRef, other: TypeRef) -> TypeRef:
    """What is of one of two types, of which the first may be the second as well."""
    members = _members(given)
    found = members if other in members else (*members, other)
    return TypeRef(name="union", args=found)


def _members(type_: TypeRef) -> tuple[TypeRef, ...]:
    return type_.args if type_.name == "union" else (type_,)
