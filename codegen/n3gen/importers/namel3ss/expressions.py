"""Reading the expressions of namel3ss."""

from __future__ import annotations

from collections.abc import Callable

from n3gen.importers.namel3ss.stream import Stream
from n3gen.importers.namel3ss.tree import Expr

__all__ = ["Expressions"]

_AGGREGATES = ("sum", "min", "max", "mean", "median")


class Expressions(Stream):
    """A reader of tokens that knows expressions."""

    def expression(self) -> Expr:
        return self._joined("or", lambda: self._joined("and", self._negated))

    def right_side(self) -> Expr:
        """What stands behind `is` in an assignment: a call of a tool too."""
        if self.take("async"):
            return self.right_side()
        if self._calls_tool():
            at, name = self.here.start, self.phrase(":")
            keys, values = self._arguments()
            return Expr("tool", at, name, values, keys)
        return self.expression()

    def _calls_tool(self) -> bool:
        first, second = self.here, self.peek()
        if first.says("ask", "call") or first.kind != "word":
            return False
        if first.says("list", "map") and (
            second.says(":", "of", "get", "set", "keys", "append", "length")
        ):
            return False
        for token in self.rest():
            if token.says(":"):
                return True
            if token.kind in ("line", "end", "out") or token.says("with"):
                return False
        return False

    def _joined(self, word: str, inner: Callable[[], Expr]) -> Expr:
        found = inner()
        while self.here.says(word):
            at = self.advance().start
            found = Expr(word, at, None, (found, inner()))
        return found

    def _negated(self) -> Expr:
        if self.here.says("not"):
            return Expr("not", self.advance().start, None, (self._negated(),))
        return self._compared()

    def _compared(self) -> Expr:
        left = self._sum()
        if not self.take("is"):
            return left
        at = self.last.start
        if self.take("one"):
            self.expect("of")
            return Expr("one of", at, None, (left, *self._literals()))
        if self.take("strictly"):
            self.expect("between")
            return self._between(left, at, (">", "<"))
        if self.take("between"):
            return self._between(left, at, (">=", "<="))
        return Expr(self._operator(), at, None, (left, self._sum()))

    def _operator(self) -> str:
        if self.take("greater"):
            self.expect("than")
            return ">"
        if self.take("less"):
            self.expect("than")
            return "<"
        if self.take("at"):
            if self.take("least"):
                return ">="
            self.expect("most")
            return "<="
        sign = "!=" if self.take("not") else "=="
        if self.take("equal"):
            self.take("to")
        return sign

    def _between(self, left: Expr, at: int, signs: tuple[str, str]) -> Expr:
        low = Expr(signs[0], at, None, (left, self._sum()))
        self.expect("and")
        return Expr(
            "and", at, None, (low, Expr(signs[1], at, None, (left, self._sum())))
        )

    def _literals(self) -> tuple[Expr, ...]:
        closed = self.take("[")
        found = [self._primary()]
        while self.take(","):
            found.append(self._primary())
        if closed:
            self.expect("]")
        return tuple(found)

    def _sum(self) -> Expr:
        found = self._product()
        while self.here.says("+", "-"):
            sign = self.advance()
            found = Expr(sign.value, sign.start, None, (found, self._product()))
        return found

    def _product(self) -> Expr:
        found = self._signed()
        while self.here.says("*", "/", "%"):
            sign = self.advance()
            found = Expr(sign.value, sign.start, None, (found, self._signed()))
        return found

    def _signed(self) -> Expr:
        if self.here.says("-"):
            return Expr("minus", self.advance().start, None, (self._signed(),))
        if self.take("+"):
            return self._signed()
        found = self._primary()
        if self.here.says("**"):
            return Expr("**", self.advance().start, None, (found, self._signed()))
        return found

    def _primary(self) -> Expr:
        token = self.here
        if token.kind in ("text", "number"):
            self.advance()
            found = Expr("literal", token.start, token.value)
        elif token.says("true", "false", "null"):
            self.advance()
            value = {"true": True, "false": False, "null": None}[token.value]
            found = Expr("literal", token.start, value)
        elif self.take("("):
            found = self.expression()
            self.expect(")")
        elif token.kind == "word":
            found = self._named()
        else:
            raise self.fault("an expression is expected here")
        while self.take("["):
            found = Expr("index", self.last.start, None, (found, self.expression()))
            self.expect("]")
            if self.take("."):
                found = Expr("get", self.last.start, None, (found,), self._path())
        return found

    def _path(self) -> tuple[str, ...]:
        found = [self.word("a name")]
        while self.take("."):
            found.append(self.word("a name"))
        return tuple(found)

    def _named(self) -> Expr:
        token, after = self.advance(), self.here
        word, at = token.value, token.start
        if word == "state":
            self.expect(".")
            return Expr("state", at, None, (), self._path())
        if word == "latest" and after.kind == "text":
            return Expr("latest", at, self.advance().value)
        if word == "call" and after.says("flow", "function", "pipeline"):
            return self._call(at)
        if word == "list" and after.says(":", "of", "length", "append", "get"):
            return self._list(at)
        if word == "map" and after.says(":", "get", "set", "keys"):
            return self._map(at)
        if word in ("map", "filter", "reduce") and not after.says(".", "is"):
            return self._each(word, at)
        if after.says("("):
            return self._function(word, at)
        if self.take("."):
            return Expr("get", at, None, (Expr("name", at, word),), self._path())
        return Expr("name", at, word)

    def _function(self, word: str, at: int) -> Expr:
        self.expect("(")
        found: list[Expr] = []
        while not self.take(")"):
            found.append(self.expression())
            if not self.here.says(")"):
                self.expect(",")
        kind = "aggregate" if word in _AGGREGATES and len(found) == 1 else "call"
        return Expr(kind, at, word, tuple(found))

    def _list(self, at: int) -> Expr:
        if self.take("length"):
            self.expect("of")
            return Expr("length", at, None, (self.expression(),))
        if self.take("append"):
            items = self.expression()
            self.expect("with")
            return Expr("append", at, None, (items, self.expression()))
        if self.take("get"):
            items = self.expression()
            self.expect("at")
            return Expr("index", at, None, (items, self.expression()))
        if self.take("of"):
            self.advance()
        self.expect(":")
        found: list[Expr] = []
        if self.take_line():
            if self.take_kind("in"):
                while not self.take_kind("out"):
                    found.append(self.expression())
                    self.take(",")
                    self.take_lines()
            return Expr("list", at, None, tuple(found))
        while self.here.kind not in ("line", "end", "out"):
            found.append(self.expression())
            if not self.take(","):
                break
        return Expr("list", at, None, tuple(found))

    def _map(self, at: int) -> Expr:
        if self.take("get"):
            subject = self.expression()
            self.expect("key")
            return Expr("index", at, None, (subject, self.expression()))
        if self.take("set"):
            subject = self.expression()
            self.expect("key")
            key = self.expression()
            self.expect("value")
            return Expr("put", at, None, (subject, key, self.expression()))
        if self.take("keys"):
            return Expr("keys", at, None, (self.expression(),))
        self.expect(":")
        keys, values = self.pairs()
        return Expr("map", at, None, values, keys)

    def pairs(self) -> tuple[tuple[str, ...], tuple[Expr, ...]]:
        """The entries `name is value` of an indented block."""
        keys: list[str] = []
        values: list[Expr] = []
        self.take_lines()
        if self.take_kind("in"):
            while not self.take_kind("out"):
                keys.append(self.phrase("is"))
                values.append(self.right_side())
                self.take(",")
                self.take_lines()
        return tuple(keys), tuple(values)

    _arguments = pairs

    def _each(self, word: str, at: int) -> Expr:
        items = self.expression()
        self.expect("with")
        names: list[str] = []
        if word == "reduce":
            self.expect("acc")
            self.expect("as")
            names.append(self.word("a name"))
            self.expect("and")
        self.expect("item")
        self.expect("as")
        names.append(self.word("a name"))
        start: tuple[Expr, ...] = ()
        if word == "reduce":
            self.expect("starting")
            start = (self.expression(),)
        self.expect(":")
        self.take_lines()
        self.expect_kind("in", "an indented expression")
        body = self.expression()
        self.take_lines()
        self.expect_kind("out", "the end of the block")
        kind = "reduce" if word == "reduce" else "each"
        return Expr(kind, at, word, (items, body, *start), tuple(names))

    def _call(self, at: int) -> Expr:
        what = self.advance().value
        name = self.text("the name of what is called")
        self.expect(":")
        if what == "function":
            keys, values = self.pairs()
            return Expr(what, at, name, values, keys)
        self.take_lines()
        self.expect_kind("in", "`input:` and `output:`")
        keys, values = self._section("input")
        self.take_lines()
        outputs = self.names("output")
        self.take_lines()
        self.expect_kind("out", "the end of the call")
        return Expr(what, at, (name, outputs), values, keys)

    def _section(self, word: str) -> tuple[tuple[str, ...], tuple[Expr, ...]]:
        self.expect(word)
        self.expect(":")
        return self.pairs()

    def names(self, word: str) -> tuple[str, ...]:
        """The lines of an indented block of names."""
        self.expect(word)
        self.expect(":")
        self.take_lines()
        found: list[str] = []
        if self.take_kind("in"):
            while not self.take_kind("out"):
                found.append(self.phrase(""))
                self.take_lines()
        return tuple(found)
