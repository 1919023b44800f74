"""Reading the statements about records, lists and jobs."""

from __future__ import annotations

from n3gen.importers.namel3ss.expressions import Expressions
from n3gen.importers.namel3ss.tree import Expr, Statement

__all__ = ["Records"]


class Records(Expressions):
    """A reader of tokens that knows statements of one line or one block of values."""

    def _read_create(self) -> Statement:
        at = self.advance().start
        record = self.name("a record")
        self.expect("with")
        values = self.expression()
        self.take_lines()
        self.expect("as")
        name = self.word("a name")
        return self._made("create", at, name=name, exprs=(values,), value=record)

    def _read_find(self) -> Statement:
        at = self.advance().start
        record = self.name("a record")
        self.expect("where")
        found = self.expression()
        return self._made("find", at, exprs=(found,), value=record)

    def _read_delete(self) -> Statement:
        at = self.advance().start
        record = self.name("a record")
        self.expect("where")
        return self._made("delete", at, exprs=(self.expression(),), value=record)

    def _read_update(self) -> Statement:
        at = self.advance().start
        record = self.name("a record")
        self.expect("where")
        where = self.expression()
        self.expect("set")
        self.expect(":")
        keys, values = self.pairs()
        return self._made("update", at, exprs=(where, *values), path=keys, value=record)

    def _read_order(self) -> Statement:
        at = self.advance().start
        name, path = self._target()
        self.expect("by")
        field = self.word("a field")
        self.expect("from")
        start = self.word("`highest` or `lowest`")
        self.expect("to")
        self.word("`highest` or `lowest`")
        return self._made(
            "order", at, name=name, path=path, value=(field, start == "highest")
        )

    def _read_keep(self) -> Statement:
        at = self.advance().start
        self.expect("first")
        count = self.expression()
        self.expect("items")
        return self._made("keep", at, exprs=(count,))

    def _read_enqueue(self) -> Statement:
        at = self.advance().start
        self.expect("job")
        name = self.name("a job")
        when = self.here.value if self.here.says("at", "after") else None
        if when:
            self.advance()
            self.expression()
        given: tuple[Expr, ...] = ()
        if self.take("with"):
            self.expect("input")
            self.expect(":")
            given = (self.expression(),)
        return self._made("enqueue", at, exprs=given, value=(name, when))

    def _target(self) -> tuple[str, tuple[str, ...]]:
        if self.take("state"):
            self.expect(".")
            return "", self._path()
        return self.word("a name"), ()

    def _made(self, kind: str, at: int, **more: object) -> Statement:
        return Statement(kind, at, self.last.end, **more)  # type: ignore[arg-type]
