"""Statuses of responses that no step can read, as it has failed with them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, Final, TypeGuard

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.http_fields import response_steps
from n3gen.check.rules.comparison_rules import ImpossibleComparison
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Match
from n3gen.spec.values import is_int, shown

__all__ = ["check_failed_statuses"]

_FROM: Final = 400
_SERVERS: Final = 500
_OPEN: Final = {"gteq": "{} or more", "gt": "above {}"}
"""How messages put a bound, by the sign before it."""

_ABOVE: Final = ("eq", "ne", "gt", "gteq")
_TURNED: Final = {"lt": "gt", "lteq": "gteq", "gt": "lt", "gteq": "lteq"}


@chain_finder
def check_failed_statuses(known: Semantics) -> Iterator[Diagnostic]:
    """Find responses that are asked for a status from 400."""
    for chain in known.checked:
        responses = response_steps(chain)
        if not responses:
            continue
        for text in known.texts[chain.name]:
            if "status" in text.text.text:
                for node in text.all_of(nodes.Compare):
                    yield from _compared(text, node, responses)
        for entry in every_entry(chain.steps):
            if isinstance(entry, Match):
                subject, *_ = entry.texts()
                tree = parsed(subject).tree
                path = path_of(tree) if tree is not None else ()
                for case in entry.cases if _is_status(path, responses) else ():
                    for index, value in enumerate(case.values):
                        if _fails(value):
                            label = known.places.value(case.place / "case" / index)
                            yield _fault(path, "eq", value, label)


def _compared(
    text: TypedText, node: nodes.Node, responses: Set[str]
) -> Iterator[Diagnostic]:
    assert isinstance(node, nodes.Compare)
    left: nodes.Expr = node.expr
    for operand in node.ops:
        right, op = operand.expr, operand.op
        sides = [(left, op, right), (right, _TURNED.get(op, op), left)]
        for side, sign, other in sides[: 1 if op in ("in", "notin") else 2]:
            path = path_of(side)
            if not _is_status(path, responses) or path[0] in text.bound:
                continue
            values = [other] if sign in _ABOVE else []
            if sign in ("in", "notin") and isinstance(other, nodes.List | nodes.Tuple):
                values = other.items
            for value in values:
                if isinstance(value, nodes.Const) and _fails(value.value):
                    yield _fault(path, sign, value.value, text.label(value))
        left = right


def _is_status(path: tuple[str, ...], responses: Set[str]) -> bool:
    """Whether a path is the status of a response, not that of a step's record."""
    return len(path) == 2 and path[0] in responses and path[1] == "status"


def _fails(value: Any) -> TypeGuard[int]:
    return is_int(value) and value >= _FROM


def _fault(path: tuple[str, ...], sign: str, status: int, label: Label) -> Diagnostic:
    words, kinds = str(status), str(status)
    if sign in _OPEN:
        words = _OPEN[sign].format(status)
        least = status + (sign == "gt")
        kinds = "4xx, 5xx" if least < _SERVERS else "5xx"
    return ImpossibleComparison.failed(
        shown(".".join(path)), words, kinds, shown(path[0]), label
    )
