"""Fields of the error of a step or a run, which is none where it has succeeded."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.guards import Paths, guarded_nodes
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Spot
from n3gen.semantics.typed_texts import path_of
from n3gen.semantics.value_types import ValueTypes
from n3gen.spec.model import OnError
from n3gen.spec.values import shown

__all__ = ["check_error_reads", "unasked_error"]

_ERROR = "error"
_SAID = ("error", "status")
"""The facts by which a condition checks for an error."""


@chain_finder
def check_error_reads(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields of an error where nothing asks whether there is one."""
    for chain in known.checked:
        types = known.types[chain.name]
        spots = {id(spot.entry): spot for spot in known.trees[chain.name].spots()}
        for part, text, asked in known.texts[chain.name].guarded:
            if _ERROR not in text.text.text or _is_in_clause(spots.get(id(part))):
                continue
            for node, there in guarded_nodes(text.tree, asked):
                owner = unasked_error(node, there, types)
                if owner is not None:
                    what = (
                        f"run.{_ERROR}" if owner == "run" else f"steps.{owner}.{_ERROR}"
                    )
                    field = f".{path_of(node)[-1]}"
                    label = text.label(node)
                    yield MayBeNone.error(shown(what), shown(field), label)


def unasked_error(node: nodes.Node, asked: Paths, types: ValueTypes) -> str | None:
    """The step, or `run`, of whose error a node reads a field, and nothing asks for it."""
    path = path_of(node)
    is_step = path[:1] == ("steps",) and path[1:2] != () and path[1] in types.recorded
    owner = path[1:] if is_step else path
    if len(owner) != 3 or owner[1] != _ERROR:
        return None
    if not is_step and (owner[0] != "run" or "run" in types.names):
        return None
    return None if any((owner[0], said) in asked for said in _SAID) else owner[0]


def _is_in_clause(spot: Spot | None) -> bool:
    """Whether a part runs after an error, which may be that of the step it reads."""
    above = spot.upward() if spot is not None else ()
    return any(isinstance(one.entry, OnError) for one in above)
