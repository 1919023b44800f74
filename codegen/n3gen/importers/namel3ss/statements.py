"""Reading the statements of namel3ss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from n3gen.importers.namel3ss.records import Records
from n3gen.importers.namel3ss.tree import Expr, Statement

__all__ = ["Statements"]

_MODES: Final = ("text", "image", "audio")
_VERBS: Final = frozenset(
    [
        "drafts",
        "plans",
        "reviews",
        "critiques",
        "researches",
        "enriches",
        "summarizes",
        "answers",
    ]
)

Body = tuple[Statement, ...]


class Statements(Records):
    """A reader of tokens that knows statements."""

    def block(self) -> Body:
        """The statements of an indented block, behind its `:`."""
        self.take_lines()
        self.expect_kind("in", "an indented block")
        found: list[Statement] = []
        while not self.take_kind("out"):
            found += self.statement()
            self.take_lines()
        return tuple(found)

    def statement(self) -> list[Statement]:
        """The next statement; some words stand for several."""
        token = self.here
        read: Callable[[], Statement | list[Statement]] | None = None
        if token.kind == "word":
            read = getattr(self, f"_read_{token.value}", None)
        if read is None and self._is_verb():
            read = self._verb
        found = read() if read is not None else self._other()
        return found if isinstance(found, list) else [found]

    def _is_verb(self) -> bool:
        """Whether an agent is asked by a verb: `AGENT drafts TEXT as NAME`."""
        line = self.rest()
        names = 1
        while names + 1 < len(line) and line[names].says("."):
            names += 2
        asks = names < len(line) and line[names].says(*_VERBS)
        return asks and any(token.says("as") for token in line[names:])

    def _verb(self) -> Statement:
        at, agent = self.here.start, self.name("an agent")
        self.advance()
        given = self.expression()
        return self._bound("agent", at, agent, given, "text")

    def _bound(
        self, kind: str, at: int, whom: str, given: Expr, mode: str
    ) -> Statement:
        self.expect("as")
        name = self.word("a name")
        return self._made(kind, at, name=name, exprs=(given,), value=(whom, mode))

    def _read_let(self) -> list[Statement]:
        at = self.advance().start
        if not self.take(":"):
            return [self._let(at)]
        found: list[Statement] = []
        self.take_lines()
        self.expect_kind("in", "an indented block")
        while not self.take_kind("out"):
            found.append(self._let(self.here.start))
            self.take(",")
            self.take_lines()
        return found

    def _let(self, at: int) -> Statement:
        name = self.word("a name")
        self.expect("is")
        value = self.right_side()
        self.take("constant")
        return self._made("let", at, name=name, exprs=(value,))

    def _read_calc(self) -> list[Statement]:
        self.advance()
        self.expect(":")
        self.take_lines()
        self.expect_kind("in", "an indented block")
        found: list[Statement] = []
        while not self.take_kind("out"):
            at = self.here.start
            name, path = self._target()
            self.expect("=")
            value = self.right_side()
            kind = "put" if path else "let"
            found.append(self._made(kind, at, name=name, path=path, exprs=(value,)))
            self.take_lines()
        return found

    def _read_set(self) -> Statement | list[Statement]:
        at = self.here.start
        if self.peek().says("theme"):
            return self._other()
        self.advance()
        name, path = self._target()
        if self.take("with"):
            self.expect(":")
            keys, values = self.pairs()
            return [
                self._made(
                    "put",
                    one.at,
                    path=(*path, *key.replace(" ", "").split(".")),
                    exprs=(one,),
                )
                for key, one in zip(keys, values, strict=True)
            ]
        self.expect("is")
        value = self.right_side()
        kind = "put" if path else "set"
        return self._made(kind, at, name=name, path=path, exprs=(value,))

    def _read_if(self) -> Statement:
        at = self.advance().start
        condition = self.expression()
        self.expect(":")
        bodies = [self.block()]
        self.take_lines()
        if self.take("else"):
            self.expect(":")
            bodies.append(self.block())
        return self._made("if", at, exprs=(condition,), bodies=tuple(bodies))

    def _read_return(self) -> Statement:
        at = self.advance().start
        return self._made("return", at, exprs=(self.right_side(),))

    def _read_yield(self) -> Statement:
        at = self.advance().start
        return self._made("emit", at, value="yield", exprs=(self.expression(),))

    def _read_log(self) -> Statement:
        at = self.advance().start
        level = self.word("a level")
        said = [self.expression()]
        if self.take("with"):
            said.append(self.expression())
        return self._made("emit", at, value=level, exprs=tuple(said))

    def _read_notice(self) -> Statement:
        at = self.advance().start
        return self._made("emit", at, value="notice", exprs=(self.expression(),))

    def _read_ask(self) -> Statement:
        at = self.advance().start
        self.expect("ai")
        whom = self.name("an AI profile")
        self.expect("with")
        if self.take("stream"):
            self.expect("is")
            self.advance()
            self.expect("and")
        given, mode = self._given()
        return self._bound("ask", at, whom, given, mode)

    def _given(self) -> tuple[Expr, str]:
        if self.take("structured"):
            self.expect("input")
            self.expect("from")
            return self.expression(), "structured"
        mode = str(self.advance().value) if self.here.says(*_MODES) else "text"
        self.expect("input")
        self.take(":")
        return self.expression(), mode

    def _read_run(self) -> Statement:
        at = self.advance().start
        if self.take("agents"):
            return self._agents(at)
        self.expect("agent")
        whom = self.name("an agent")
        self.expect("with")
        given, mode = self._given()
        return self._bound("agent", at, whom, given, mode)

    def _agents(self, at: int) -> Statement:
        for word in ("in", "parallel", ":"):
            self.expect(word)
        self.take_lines()
        self.expect_kind("in", "an indented block")
        whom: list[tuple[str, str]] = []
        given: list[Expr] = []
        while not self.take_kind("out"):
            self.expect("agent")
            name = self.name("an agent")
            self.expect("with")
            one, mode = self._given()
            whom.append((name, mode))
            given.append(one)
            self.take_lines()
        merge = self._merge()
        self.expect("as")
        name = self.word("a name")
        return self._made(
            "agents", at, name=name, exprs=tuple(given), value=(whom, merge)
        )

    def _merge(self) -> dict[str, object]:
        if not self.take("merge"):
            return {}
        self.expect(":")
        keys, values = self.pairs()
        return {key: one.value for key, one in zip(keys, values, strict=True)}

    def _read_parallel(self) -> Statement:
        at = self.advance().start
        self.expect(":")
        self.take_lines()
        self.expect_kind("in", "an indented block")
        names: list[str] = []
        bodies: list[Body] = []
        while not self.take_kind("out"):
            if self.here.says("merge"):
                self.skip_block()
            elif self.take("run"):
                names.append(self.text("the name of a task"))
                self.expect(":")
                bodies.append(self.block())
            else:
                names.append(f"step_{len(names) + 1}")
                bodies.append(tuple(self.statement()))
            self.take_lines()
        return self._made("parallel", at, path=tuple(names), bodies=tuple(bodies))

    def _read_repeat(self) -> Statement:
        at = self.advance().start
        if self.take("while"):
            condition = self.expression()
            self.expect("limit")
            limit = self.expect_kind("number", "a number").value
            self.expect(":")
            return self._made(
                "while", at, exprs=(condition,), value=limit, bodies=(self.block(),)
            )
        self.expect("up")
        self.expect("to")
        count = self.expression()
        self.expect("times")
        self.expect(":")
        return self._made("repeat", at, exprs=(count,), bodies=(self.block(),))

    def _read_for(self) -> Statement:
        at = self.advance().start
        self.expect("each")
        name = self.word("a name")
        self.expect("in")
        items = self.expression()
        self.expect(":")
        return self._made("for", at, name=name, exprs=(items,), bodies=(self.block(),))

    def _read_match(self) -> Statement:
        at = self.advance().start
        exprs, bodies = [self.expression()], list[Body]()
        self.expect(":")
        self.take_lines()
        self.expect_kind("in", "`with:`")
        self.expect("with")
        self.expect(":")
        self.take_lines()
        self.expect_kind("in", "`when`")
        while not self.take_kind("out"):
            if not self.take("otherwise"):
                self.expect("when")
                exprs.append(self.expression())
            self.expect(":")
            bodies.append(self.block())
            self.take_lines()
            if len(bodies) == len(exprs) and not self.here.kind == "out":
                raise self.fault("nothing stands behind `otherwise`")
        if not bodies:
            raise self.fault("`when` is expected here")
        self.expect_kind("out", "the end of `match`")
        return self._made("match", at, exprs=tuple(exprs), bodies=tuple(bodies))

    def _read_try(self) -> Statement:
        at = self.advance().start
        self.expect(":")
        body = self.block()
        self.take_lines()
        self.expect("with")
        self.expect("catch")
        name = self.word("a name")
        self.expect(":")
        return self._made("try", at, name=name, bodies=(body, self.block()))

    def _read_attempt(self) -> Statement:
        if not self.peek().says(":"):
            return self._other()
        at = self.advance().start
        self.expect(":")
        body = self.block()
        self.take_lines()
        self.expect("otherwise")
        self.expect(":")
        return self._made("try", at, bodies=(body, self.block()))

    def _other(self) -> Statement:
        """A statement that chains do not have: its words, its block, and what it binds."""
        at = self.here.start
        if self.here.kind != "word":
            raise self.fault("a statement is expected here")
        line = self.source.text[at : self.rest()[-1].start].strip()
        binds = ""
        tokens = self.rest()
        if len(tokens) > 2 and tokens[-3].says("as"):
            binds = str(tokens[-2].value)
        self.skip_block()
        while self.here.says("merge", "expect"):
            self.skip_block()
            self.take_lines()
        if self.take("as"):
            binds = self.word("a name")
        return self._made("other", at, name=binds, value=line.rstrip(":"))
