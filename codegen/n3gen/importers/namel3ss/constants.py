"""Branches that are chosen before a flow runs, as constants are compared in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from n3gen.importers.namel3ss.tree import Expr, Statement

__all__ = ["settled"]

Body = tuple[Statement, ...]
Report = Callable[[Statement], None]


def settled(body: Body, report: Report) -> Body:
    """The statements, with those of the one branch that runs in place of a block.

    A chain has no comparison that always comes out the same. Variables of namel3ss
    are those of the flow, so that a branch may stand where its block stood. `report` is
    given each block that is settled so.
    """
    return tuple(_settled(body, report))


def _settled(body: Body, report: Report) -> Iterator[Statement]:
    for one in body:
        taken = _taken(one)
        if taken is not None:
            report(one)
            yield from _settled(taken, report)
        else:
            bodies = tuple(settled(each, report) for each in one.bodies)
            yield replace(one, bodies=bodies, exprs=tuple(map(_folded, one.exprs)))


def _taken(one: Statement) -> Body | None:
    """The branch of a block that always runs; `None` where that is not known."""
    exprs = tuple(map(_folded, one.exprs))
    if one.kind == "if" and _is_constant(exprs[0]) and type(exprs[0].value) is bool:
        bodies = one.bodies if exprs[0].value else one.bodies[1:]
        return bodies[0] if bodies else ()
    if one.kind == "match" and all(map(_is_constant, exprs)):
        subject, *patterns = exprs
        alike = (index for index, p in enumerate(patterns) if _are_alike(p, subject))
        index = next(alike, len(patterns))
        return one.bodies[index] if index < len(one.bodies) else ()
    return None


def _folded(expr: Expr) -> Expr:
    """The expression with its comparisons of constants worked out."""
    parts = tuple(map(_folded, expr.parts))
    if expr.kind in ("==", "!=") and all(map(_is_constant, parts)):
        value = _are_alike(*parts) is (expr.kind == "==")
        return Expr("literal", expr.at, value)
    return replace(expr, parts=parts)


def _is_constant(expr: Expr) -> bool:
    return expr.kind == "literal"


def _are_alike(one: Expr, other: Expr) -> bool:
    """Whether two constants are equal in namel3ss, where a truth is no number."""
    booleans = isinstance(one.value, bool) is isinstance(other.value, bool)
    return booleans and bool(one.value == other.value)
