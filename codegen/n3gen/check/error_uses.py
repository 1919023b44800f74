"""Values that may be records of errors, where only what the step gives will do."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

from jinja2 import nodes

from n3gen.check.comparisons import never_alike
from n3gen.check.finders import chain_finder
from n3gen.check.optional_values import is_field, used_in, whole_uses
from n3gen.check.rules.error_rules import MayBeError
from n3gen.check.truths import asked_nodes
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import ERROR_FIELDS, ERROR_RECORD, has_field, item_type
from n3gen.semantics.guards import (
    DEFAULTS,
    Path,
    Paths,
    behind,
    guarded_nodes,
    own_path,
)
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import For, Parallel, Spec, Step, TypeRef
from n3gen.spec.values import shown

__all__ = ["check_error_uses", "keeps_errors"]

_PASSED: Final = (*DEFAULTS, "tojson")
"""Filters that take a record as they take a value."""

_ITEMS: Final = ("groupby", "join", "map", "max", "min", "sort", "sorted", "sum")
"""What makes something of the items of a list."""

_PLAIN: Final = ("str", "int", "float", "bool", "one of", "list", "none", "file")


@chain_finder
def check_error_uses(known: Semantics) -> Iterator[Diagnostic]:
    """Find uses of values that may be records of errors, and nothing asks for that."""
    if not keeps_errors(known.spec):
        return
    for chain in known.checked:
        types = known.types[chain.name]
        for _, text, asked in known.texts[chain.name].guarded:
            reported = never_alike(text)
            seen: set[int | Path] = set()
            for sign, node, there in _uses(text, asked):
                base = _base(node)
                if id(node) in reported or base is None:
                    continue
                # A text that reads many fields of one value needs one check for all.
                once = own_path(base) if is_field(sign) else id(base)
                if once in seen:
                    continue
                if own_path(base) in there or types.is_fact(path_of(base)):
                    continue
                for fault in _faults(text, sign, node, types.recorded):
                    seen.add(once)
                    yield fault


def keeps_errors(spec: Spec) -> bool:
    """Whether anything in a spec has the record of an error as its value."""
    for chain in spec.chains:
        for entry in every_entry(chain.steps):
            is_loop = isinstance(entry, For) and entry.tolerate is not None
            if is_loop or (isinstance(entry, Step) and entry.keeps_error):
                return True
            if isinstance(entry, For | Parallel) and entry.keeps_errors:
                return True
    return False


def _uses(text: TypedText, asked: Paths) -> Iterator[tuple[str, nodes.Node, Paths]]:
    """What a text makes something of, by which sign, and what is asked before it."""
    called = {id(n.node) for n in text.all_of(nodes.Call) if isinstance(n, nodes.Call)}
    truths = {id(node) for node in asked_nodes(text) if path_of(node)}
    for sign, node in whole_uses(text):
        for value, there in _values(node, asked):
            yield sign, value, there
    for node, there in guarded_nodes(text.tree, asked):
        if id(node) in called:
            continue
        if id(node) in truths and not text.reads_fact(node):
            yield "if", node, there
        for sign, used in _used_in(node, text):
            for value, guarded in _values(used, there):
                yield sign, value, guarded


def _used_in(node: nodes.Node, text: TypedText) -> Iterator[tuple[str, nodes.Node]]:
    """The same in one node; fields that an error has are looked at elsewhere."""
    if isinstance(node, nodes.Filter) and isinstance(node.node, nodes.Node):
        if node.name not in _PASSED and not _takes_errors(node):
            yield node.name, node.node
        return
    for sign, value in used_in(node):
        is_lacking = sign[1:] not in ERROR_FIELDS and not text.reads_fact(node)
        if not is_field(sign) or is_lacking:
            yield sign, value


def _takes_errors(node: nodes.Filter) -> bool:
    """Whether a filter goes by a field that errors have, or says what stands for others."""
    given = [*node.args[: node.name == "groupby"]]
    given += (pair.value for pair in node.kwargs if pair.key == "attribute")
    names = [one.value for one in given if isinstance(one, nodes.Const)]
    has_default = any(pair.key == "default" for pair in node.kwargs)
    return has_default or any(name in ERROR_FIELDS for name in names)


def _values(node: nodes.Node, asked: Paths) -> Iterator[tuple[nodes.Node, Paths]]:
    """What a node may give as it is; `default` gives a record, too."""
    match node:
        case nodes.Filter(name=name, node=nodes.Node() as inner) if name in DEFAULTS:
            yield from _values(inner, asked)
        case nodes.CondExpr(test=test, expr1=one, expr2=other):
            for part, holds in ((one, True), (other, False)):
                if part is not None:
                    yield from _values(part, behind(test, asked, holds=holds))
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            if isinstance(node, nodes.Or):
                yield from _values(left, asked)
            holds = isinstance(node, nodes.And)
            yield from _values(right, behind(left, asked, holds=holds))
        case _:
            yield node, asked


def _base(node: nodes.Node) -> nodes.Node | None:
    """The path that a value is read from; none where it is made of several."""
    while not path_of(node):
        match node:
            case nodes.Filter(node=nodes.Node() as inner) | nodes.Getitem(node=inner):
                node = inner
            case nodes.Getattr(node=inner):
                node = inner
            case _:
                return None
    return node


def _faults(
    text: TypedText, sign: str, node: nodes.Node, steps: Set[str]
) -> Iterator[Diagnostic]:
    found = text.typed(node)
    if found is None:
        return
    path, type_, label = shown(found[0]), found[1], text.label(node)
    if is_field(sign) and not has_field(type_, sign[1:], text.types.records):
        return  # reported elsewhere, whether or not it is an error
    if _may_be_error(type_):
        own = own_path(node) if path_of(node) else ()
        step = shown(own[0]) if len(own) == 1 and own[0] in steps else None
        asked = ".kind is defined" if _has_fields(type_) else " is mapping"
        yield MayBeError.of(path, sign, label, step, asked)
        return
    item = item_type(type_) if type_.name == "list" and sign in _ITEMS else None
    if item is not None and _may_be_error(item):
        asked = "reject('mapping')"
        if _has_fields(item):
            asked = "rejectattr('kind', 'defined')"
        yield MayBeError.items(path, sign, label, asked)


def _may_be_error(type_: TypeRef) -> bool:
    return type_.name == "union" and ERROR_RECORD in type_.args


def _has_fields(type_: TypeRef) -> bool:
    """Whether the value itself may have fields, as the record of an error has."""
    others = (one for one in type_.args if one != ERROR_RECORD)
    return any(one.name not in _PLAIN for one in others)
