"""What a flow comes to by the rules of namel3ss, where all that it calls is given."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Set
from statistics import mean, median
from typing import Any, Final

from n3gen.importers.namel3ss.tree import Expr, Statement
from n3gen.importers.namel3ss.variables import bound_by, leaving

__all__ = ["Failed", "Run", "Unknown"]

Body = tuple[Statement, ...]

_SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_AGGREGATES: Final[dict[str, Callable[[Any], Any]]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "mean": mean,
    "median": median,
}


_COMPARED: Final = ("==", "!=", "<", ">", "<=", ">=")


class Failed(Exception):
    """An error of the flow, which a `try` catches."""


class Unknown(Exception):
    """What comes out hangs on more than the app and the mocks."""


class _Returned(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class Run:
    """A run of a flow; `given` are the values of others, by the places of statements.

    Statements at the places `left_out` are not run.
    """

    def __init__(
        self, payload: dict[str, Any], given: Mapping[int, Any], left_out: Set[int]
    ) -> None:
        self.payload = payload
        self.given = given
        self.left_out = left_out
        self.locals: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.ordered: Expr | None = None

    def result(self, body: Body) -> tuple[bool, Any]:
        """Whether the flow returns a value, and it; raises `Failed` and `Unknown`."""
        try:
            self._body(body)
        except _Returned as stop:
            return True, stop.value
        return False, None

    def holds(self, condition: Expr) -> bool:
        value = self.value(condition)
        if not isinstance(value, bool):
            raise Unknown  # an error in namel3ss, and the truth of the value in a chain
        return value

    def _body(self, body: Body) -> None:
        for one in body:
            self._run(one)

    def _run(self, one: Statement) -> None:
        if one.at in self.given and one.kind not in ("put", "return"):
            self._arguments(one)
            if (name := bound_by(one)) is not None:
                self.locals[name] = self.given[one.at]
            return
        if one.at in self.left_out:
            return
        run = getattr(self, f"_run_{one.kind}", None)
        if run is not None:
            run(one)
        elif bound_by(one) is not None and one.kind not in ("delete", "update"):
            raise Unknown

    def _right(self, one: Statement) -> Any:
        if one.at not in self.given:
            return self.value(one.exprs[0])
        self._arguments(one)
        return self.given[one.at]

    def _arguments(self, one: Statement) -> None:
        """Compute what is given to others, which fails where something is missing."""
        exprs = list(one.exprs)
        if one.kind in ("find", "delete", "update"):
            where = [exprs.pop(0)]
            while where:
                expr = where.pop()
                where += expr.parts if expr.kind == "and" else ()
                exprs += expr.parts[1:] if expr.kind in _COMPARED else ()
        for expr in exprs:
            called = expr.kind in ("tool", "flow", "function", "pipeline")
            for part in expr.parts if called else (expr,):
                if part.kind != "latest":
                    self.value(part)

    def _run_let(self, one: Statement) -> None:
        self.locals[one.name] = self._right(one)

    _run_set = _run_let

    def _run_put(self, one: Statement) -> None:
        value, at = self._right(one), self.state
        for key in one.path[:-1]:
            if not isinstance(at.get(key), dict):
                at[key] = {}
            at[key] = dict(at[key])
            at = at[key]
        at[one.path[-1]] = value

    def _run_return(self, one: Statement) -> None:
        raise _Returned(self._right(one))

    def _run_emit(self, one: Statement) -> None:
        for expr in one.exprs:
            self.value(expr)

    def _run_if(self, one: Statement) -> None:
        if self.holds(one.exprs[0]):
            self._body(one.bodies[0])
        elif one.bodies[1:]:
            self._body(one.bodies[1])

    def _run_match(self, one: Statement) -> None:
        # Where there is `otherwise` alone, a chain has nothing to compare.
        compared = one.exprs if one.exprs[1:] else ()
        subject, *patterns = map(self.value, compared) if compared else (None,)
        for pattern, body in zip(patterns, one.bodies, strict=False):
            if pattern == subject:
                self._body(body)
                break
        else:
            for body in one.bodies[len(patterns) :]:
                self._body(body)

    def _run_for(self, one: Statement) -> None:
        items = self.value(one.exprs[0])
        if not isinstance(items, list):
            raise Failed
        for item in items:
            self.locals[one.name] = item
            self._body(one.bodies[0])

    def _run_repeat(self, one: Statement) -> None:
        for _ in range(int(self._number(one.exprs[0]))):
            self._body(one.bodies[0])

    def _run_while(self, one: Statement) -> None:
        rounds = 0
        while self.holds(one.exprs[0]):
            if rounds >= one.value:
                raise Failed
            rounds += 1
            self._body(one.bodies[0])

    def _run_try(self, one: Statement) -> None:
        try:
            self._body(one.bodies[0])
        except Failed:
            self.locals[one.name] = {"message": None}
            if any(
                one.name == expr.value
                for s in one.bodies[1]
                for expr in s.exprs
                if expr.kind == "name"
            ):
                raise Unknown from None
            self._body(one.bodies[1])

    def _run_parallel(self, one: Statement) -> None:
        for body in one.bodies:
            if leaving(body) is not None:
                raise Unknown  # what is behind its block runs in a chain
            self.result(body)

    def _run_order(self, one: Statement) -> None:
        field, down = one.value
        self.ordered = (
            Expr("state", one.at, None, (), one.path)
            if one.path
            else Expr("name", one.at, one.name)
        )
        items = self.value(self.ordered)
        try:
            found = sorted(items, key=lambda item: item[field], reverse=down)
        except (TypeError, KeyError) as error:
            raise Failed from error
        self._replace(one, found)

    def _run_keep(self, one: Statement) -> None:
        if self.ordered is None:
            raise Failed
        kept = self.value(self.ordered)[: int(self._number(one.exprs[0]))]
        self._replace(one, kept)

    def _replace(self, one: Statement, value: Any) -> None:
        target = self.ordered
        if target is None or (target.kind == "state" and len(target.keys) > 1):
            raise Unknown
        if target.kind == "state":
            self.state[target.keys[0]] = value
        else:
            self.locals[str(target.value)] = value

    def _number(self, expr: Expr) -> Any:
        value = self.value(expr)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Failed
        return value

    def value(self, expr: Expr) -> Any:
        """The value of an expression."""
        kind, parts = expr.kind, expr.parts
        if kind == "literal":
            return expr.value
        if kind == "name":
            return self._name(str(expr.value))
        if kind == "state":
            return _at(self.state, expr.keys)
        if kind == "get":
            value = self.value(parts[0])
            keys = (
                expr.keys[1:]
                if isinstance(value, str) and expr.keys[0] == "text"
                else expr.keys
            )
            return _at(value, keys)
        if kind in ("and", "or"):
            left = self._truth(parts[0])
            return self._truth(parts[1]) if left is (kind == "and") else left
        if kind == "not":
            return not self._truth(parts[0])
        if kind in ("==", "!="):
            return (self.value(parts[0]) == self.value(parts[1])) is (kind == "==")
        if kind == "one of":
            return self.value(parts[0]) in [self.value(one) for one in parts[1:]]
        if kind == "minus":
            return -self._number(parts[0])
        if kind in _SIGNS:
            return self._signed(expr)
        return self._made(expr)

    def _truth(self, expr: Expr) -> bool:
        value = self.value(expr)
        if not isinstance(value, bool):
            raise Failed
        return value

    def _signed(self, expr: Expr) -> Any:
        left, right = map(self.value, expr.parts)
        if isinstance(left, str) or isinstance(right, str):
            raise Unknown
        try:
            return _SIGNS[expr.kind](
                self._number(expr.parts[0]), self._number(expr.parts[1])
            )
        except ArithmeticError as error:
            raise Failed from error

    def _name(self, name: str) -> Any:
        if name in self.locals:
            return self.locals[name]
        if name == "input":
            return self.payload
        if name == "identity" and "identity" in self.payload:
            return self.payload["identity"]
        raise Failed

    def _made(self, expr: Expr) -> Any:
        kind = expr.kind
        if kind == "map":
            return {
                k: self.value(v) for k, v in zip(expr.keys, expr.parts, strict=True)
            }
        if kind == "each":
            return self._each(expr)
        parts = list(map(self.value, expr.parts)) if kind in _PLAIN else []
        try:
            if kind == "list":
                return parts
            if kind == "length":
                return len(parts[0])
            if kind == "append":
                return [*parts[0], parts[1]]
            if kind == "put":
                return {**parts[0], parts[1]: parts[2]}
            if kind == "keys":
                return list(parts[0])
            if kind == "aggregate":
                return _AGGREGATES[str(expr.value)](parts[0])
            if kind == "index":
                return (
                    parts[0]
                    if parts[1] == "text" and isinstance(parts[0], str)
                    else parts[0][parts[1]]
                )
        except (TypeError, LookupError, ValueError) as error:
            raise Failed from error
        raise Unknown

    def _each(self, expr: Expr) -> list[Any]:
        found: list[Any] = []
        before = dict(self.locals)
        for item in self.value(expr.parts[0]):
            self.locals[expr.keys[0]] = item
            value = self.value(expr.parts[1])
            found += [value] if expr.value == "map" else [item] * (value is True)
        self.locals = before
        return found


_PLAIN: Final = ("list", "length", "append", "put", "keys", "aggregate", "index")


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            raise Failed
        value = value[key]
    return value
