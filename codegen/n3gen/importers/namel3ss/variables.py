"""Which variables of a flow have more than one value where they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from n3gen.importers.namel3ss.tree import Expr, Statement

__all__ = [
    "bound_by",
    "changing",
    "ends",
    "every_expr",
    "names_in",
    "statements_in",
    "unread",
]

Body = tuple[Statement, ...]
_LOOPS = ("for", "while", "repeat")


def every_expr(expr: Expr) -> Iterator[Expr]:
    """Yield an expression and all in it."""
    yield expr
    for part in expr.parts:
        yield from every_expr(part)


def statements_in(body: Body) -> Iterator[Statement]:
    """Yield all statements of a body and of those inside."""
    for one in body:
        yield one
        for inner in one.bodies:
            yield from statements_in(inner)


def names_in(exprs: Iterable[Expr]) -> Iterator[str]:
    """Yield the variables that expressions read."""
    for expr in exprs:
        if expr.kind == "name":
            yield str(expr.value)
        inner = set(names_in(expr.parts))
        yield from inner - {*expr.keys} if expr.kind in ("each", "reduce") else inner


def bound_by(statement: Statement) -> str | None:
    """The variable that a statement gives a value."""
    if statement.kind == "find":
        return f"{str(statement.value).replace('.', '_').lower()}_results"
    return statement.name or None


def ends(statement: Statement) -> bool:
    """Whether a flow never goes on behind a statement, whichever way it takes in it."""
    bodies = statement.bodies
    if statement.kind == "match":
        is_whole = len(bodies) == len(statement.exprs)  # with an `otherwise`
    else:
        is_whole = statement.kind == "try" or (
            statement.kind == "if" and len(bodies) == 2
        )
    return statement.kind == "return" or (
        is_whole and all(any(map(ends, body)) for body in bodies)
    )


def changing(body: Body, unread: AbstractSet[int] = frozenset()) -> set[str]:
    """The variables that no single statement gives their value where they are read.

    What stands at the places `unread` is not computed.
    """
    bound = {name for one in statements_in(body) if (name := bound_by(one))}
    walk = _Walk(bound, unread)
    walk.body(body, {})
    return walk.found


def leaving(body: Body) -> Statement | None:
    """A `return` in a block of a task, where something stands behind the block."""
    for one in body[:-1]:
        inner = [x for each in one.bodies for x in statements_in(each)]
        found = next((x for x in inner if x.kind == "return"), None)
        if found is not None and not ends(one):
            return found
    nested = (leaving(each) for one in body for each in one.bodies)
    return next((found for found in nested if found is not None), None)


def unread(body: Body) -> set[int]:
    """The places of the assignments whose value nothing reads that is computed itself.

    What is in a `try` is computed all the same, for the error that it may have.
    """
    every = list(statements_in(body))
    bound = {name for one in every if (name := bound_by(one))}
    tries = (one.bodies[0] for one in every if one.kind == "try")
    tried = {inner.at for each in tries for inner in statements_in(each)}
    found: set[int] = set()
    while True:
        walk = _Walk(bound, found - tried)
        walk.body(body, {})
        assigned = (one for one in every if one.kind in ("let", "set"))
        more = {one.at for one in assigned if one.name not in walk.found} - walk.used
        if more == found:
            return found
        found = more


class _Walk:
    """A walk through a flow; `known` maps variables to the statement that gave them."""

    def __init__(self, bound: set[str], unread: AbstractSet[int] = frozenset()) -> None:
        self.bound = bound
        self.unread = unread
        self.found: set[str] = set()
        self.used: set[int] = set()

    def body(
        self, body: Body, known: dict[str, Statement]
    ) -> dict[str, Statement] | None:
        """What is known at the end of a body; `None` where its end is not reached."""
        for one in body:
            self._read(one, known)
            if one.kind == "return":
                return None
            if one.bodies:
                after = self._inside(one, known)
                if after is None:
                    return None
                known = after
            elif (name := bound_by(one)) is not None:
                known = {**known, name: one}
        return known

    def _read(self, one: Statement, known: dict[str, Statement]) -> None:
        is_idle = one.at in self.unread or (one.kind == "match" and not one.exprs[1:])
        read = set() if is_idle else set(names_in(one.exprs))
        needed = read | ({one.name} if one.kind == "order" else set())
        self.used |= {known[name].at for name in needed if name in known}
        if one.kind in ("set", "order") and one.name:
            read.add(one.name)
        self.found |= {
            name for name in read if name in self.bound and name not in known
        }

    def _inside(
        self, one: Statement, known: dict[str, Statement]
    ) -> dict[str, Statement] | None:
        every = (inner for each in one.bodies for inner in statements_in(each))
        inner = {name for each in every if (name := bound_by(each))}
        if one.kind in _LOOPS or one.kind == "parallel":
            outside = {name: by for name, by in known.items() if name not in inner}
            start = {**outside, one.name: one} if one.kind == "for" else outside
            for each in one.bodies:
                self.body(each, dict(start))
            return outside
        ends: list[dict[str, Statement]] = []
        start = known
        for index, each in enumerate(one.bodies):
            if one.kind == "try" and index == 1:
                tried = {
                    name for x in statements_in(one.bodies[0]) if (name := bound_by(x))
                }
                start = {name: by for name, by in known.items() if name not in tried}
                start = {**start, one.name: one} if one.name else start
            end = self.body(each, dict(start))
            ends += [end] if end is not None else []
        if (one.kind == "if" and len(one.bodies) == 1) or (
            one.kind == "match" and len(one.bodies) < len(one.exprs)
        ):
            ends.append(known)
        if not ends:
            return None
        first, *others = ends
        return {
            name: by
            for name, by in first.items()
            if name not in inner and all(x.get(name) is by for x in others)
        }
