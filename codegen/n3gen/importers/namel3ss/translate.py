"""Expressions of namel3ss as those of a spec."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any, Final

from n3gen.importers.literals import literal, quoted
from n3gen.importers.namel3ss.faults import Unmapped
from n3gen.importers.namel3ss.tree import Expr

__all__ = ["Translator", "field_text"]

_SIGNS: Final = frozenset(
    ["+", "-", "*", "/", "%", "**", "==", "!=", ">", "<", ">=", "<=", "and", "or"]
)
_AGGREGATES: Final = {
    "sum": "({0} | sum)",
    "min": "({0} | min)",
    "max": "({0} | max)",
    "mean": "(({0} | sum) / ({0} | length))",
}
Data = dict[str, Any]


def field_text(subject: str, path: tuple[str, ...]) -> str:
    """A field of a value, by brackets where its name is one of a method or no name."""
    for key in path:
        plain = (
            key.isidentifier() and not keyword.iskeyword(key) and not hasattr(dict, key)
        )
        subject += f".{key}" if plain else f"[{quoted(key)}]"
    return subject


def _is_enclosed(text: str) -> bool:
    """Whether the first parenthesis of a text is closed by its last sign."""
    depth, quote, at = 0, "", 0
    while text.startswith("(") and at < len(text):
        sign = text[at]
        if quote:
            at += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth == 0:
                return at == len(text) - 1
        at += 1
    return False


class Translator:
    """Expressions in a place of a flow.

    `names` are the texts of its variables; what an expression needs before it goes to
    `out`, the entries of the body.
    """

    def __init__(self, free: Callable[[str], str], session: Callable[[], str]) -> None:
        self.free = free
        self.session = session
        self.names: dict[str, str] = {}
        self.out: list[Data] = []
        self.reads: set[tuple[str, bool]] = set()
        self.reads_all = False
        """Whether the flow reads the payload as a whole."""
        self.in_try = 0
        self.identity: set[str] = set()
        """The fields of the identity that the flow reads."""
        self.constants: dict[str, type] = {}
        """The types of the steps whose values are constants."""
        self.answers: set[str] = set()
        """The steps whose value is the answer of a model, which is its `text` in namel3ss."""
        self.answer_lists: set[str] = set()
        """The names whose value is a list of such answers."""

    def data(self, expr: Expr) -> Any:
        """An expression as data of a spec."""
        if expr.kind == "literal":
            return literal(expr.value)
        if expr.kind == "list":
            return [self.data(one) for one in expr.parts]
        if expr.kind == "map":
            return {k: self.data(v) for k, v in zip(expr.keys, expr.parts, strict=True)}
        return f"{{{{ {self.bare(expr)} }}}}"

    def is_answer(self, expr: Expr, text: str) -> bool:
        """Whether an expression, which is this text, is the answer of a model."""
        owner = expr.parts[0] if expr.kind == "index" else expr
        if owner is expr or owner.kind != "name":
            return text in self.answers
        return self.text(owner) in self.answer_lists

    def bare(self, expr: Expr) -> str:
        """The text of an expression that stands alone."""
        text = self.text(expr)
        return text[1:-1] if _is_enclosed(text) else text

    def text(self, expr: Expr) -> str:
        """The text of an expression, in parentheses where it is more than a value."""
        kind, parts = expr.kind, expr.parts
        if kind == "literal":
            return quoted(expr.value)
        if kind == "name":
            return self._name(expr)
        if kind == "state":
            return field_text(self.session(), expr.keys)
        if kind == "get":
            return self._field(expr)
        if kind in ("==", "!=") and self._are_unlike(*parts):
            sign = "in" if kind == "==" else "not in"
            item, other = parts if parts[0].kind == "literal" else reversed(parts)
            return f"({self.text(item)} {sign} [{self.text(other)}])"
        if kind in _SIGNS:
            return f"({self.text(parts[0])} {kind} {self.text(parts[1])})"
        if kind in ("not", "minus"):
            sign = "not " if kind == "not" else "-"
            return f"({sign}{self.text(parts[0])})"
        if kind == "one of":
            listed = ", ".join(map(self.text, parts[1:]))
            return f"({self.text(parts[0])} in [{listed}])"
        return self._made(expr)

    def _are_unlike(self, one: Expr, other: Expr) -> bool:
        """Whether two values are known to be of different kinds, which `==` refuses."""
        first, second = map(self._kind, (one, other))
        return None not in (first, second) and first is not second

    def _kind(self, expr: Expr) -> type | None:
        """The type of a constant, or of a variable that is one; else none."""
        if expr.kind == "literal":
            return type(expr.value)
        return (
            self.constants.get(self.names.get(str(expr.value), ""))
            if expr.kind == "name"
            else None
        )

    def _name(self, expr: Expr) -> str:
        name = str(expr.value)
        if name in self.names:
            return self.names[name]
        if name == "input":
            self.reads_all = True
            return "payload"
        if name == "identity":
            return "payload.identity"
        raise Unmapped(f"nothing gives `{name}` a value here", expr.at)

    def _field(self, expr: Expr) -> str:
        subject = expr.parts[0]
        if subject.kind == "name" and subject.value not in self.names:
            if subject.value == "input":
                self.reads.add((expr.keys[0], self.in_try > 0))
            elif subject.value == "identity":
                self.reads.add(("identity", True))
                self.identity.add(expr.keys[0])
        is_payload = subject == Expr("name", subject.at, "input")
        is_payload = is_payload and "input" not in self.names
        text = "payload" if is_payload else self.text(subject)
        path = (
            expr.keys[1:]
            if expr.keys[0] == "text" and self.is_answer(subject, text)
            else expr.keys
        )
        return field_text(text, path)

    def _made(self, expr: Expr) -> str:
        kind, parts = expr.kind, expr.parts
        if kind == "list":
            return f"[{', '.join(map(self.text, parts))}]"
        if kind == "map":
            pairs = zip(map(quoted, expr.keys), map(self.text, parts), strict=True)
            return f"{{{', '.join(f'{key}: {value}' for key, value in pairs)}}}"
        if kind == "length":
            return f"({self.text(parts[0])} | length)"
        if kind == "append":
            return f"({self.text(parts[0])} + [{self.text(parts[1])}])"
        if kind == "index":
            subject = self.text(parts[0])
            if parts[1].kind == "literal" and isinstance(parts[1].value, str):
                if parts[1].value == "text" and self.is_answer(parts[0], subject):
                    return subject
                return field_text(subject, (parts[1].value,))
            return f"{self.text(parts[0])}[{self.text(parts[1])}]"
        if kind == "put":
            entry = f"{{{self.text(parts[1])}: {self.text(parts[2])}}}"
            return f"({self.text(parts[0])} | combine({entry}))"
        if kind == "keys":
            return f"({self.text(parts[0])} | list)"
        if kind == "aggregate" and expr.value in _AGGREGATES:
            return _AGGREGATES[str(expr.value)].format(self.text(parts[0]))
        return self._called(expr)

    def _called(self, expr: Expr) -> str:
        if expr.kind == "each":
            return self._each(expr)
        value = expr.value
        if (
            expr.kind == "call"
            and value == "secret"
            and expr.parts[0].kind == "literal"
        ):
            name = "".join(c if c.isalnum() else "_" for c in str(expr.parts[0].value))
            return f"env.{name.upper()}"
        if expr.kind == "call" and value == "auth_bearer":
            return f"{{'Authorization': 'Bearer ' ~ {self.text(expr.parts[0])}}}"
        what = {"call": f"`{value}(...)`", "aggregate": f"`{value}(...)`"}
        words = what.get(expr.kind, f"`{expr.kind}` inside an expression")
        raise Unmapped(f"no expression of a spec says {words}", expr.at)

    def _each(self, expr: Expr) -> str:
        """A loop in front of the statement, which makes the list."""
        word = str(expr.value)
        items, body = self.text(expr.parts[0]), expr.parts[1]
        name = self.free("mapped" if word == "map" else "kept")
        item = self.free(expr.keys[0])
        names, out = self.names, self.out
        self.names, self.out = {**names, expr.keys[0]: item}, []
        try:
            if word == "map":
                value = self.data(body)
            else:
                value = {"keep": self.data(body), "item": f"{{{{ {item} }}}}"}
            steps = [*self.out, {"name": self.free(f"{name}_item"), "value": value}]
        finally:
            self.names, self.out = names, out
        self.out.append({"for": item, "in": items, "name": name, "steps": steps})
        if word == "map":
            return name
        return f"({name} | selectattr('keep') | map(attribute='item') | list)"
