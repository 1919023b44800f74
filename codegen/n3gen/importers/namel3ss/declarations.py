"""Reading the declarations of an app of namel3ss."""

from __future__ import annotations

from typing import Any, Final

from n3gen.importers.namel3ss.statements import Statements
from n3gen.importers.namel3ss.tree import Declared

__all__ = ["Declarations"]

_MODELLED: Final = (
    "ai",
    "agent",
    "tool",
    "record",
    "flow",
    "job",
    "contract",
    "define",
    "use",
)
OLD: Final = frozenset(
    ("module", "dataset", "frame", "theme", "chain", "memory", "prompt")
)
_WORDS: Final = ("model", "provider", "system_prompt", "ai", "prompt")


class Declarations(Statements):
    """A reader of tokens that knows declarations."""

    def spec(self) -> str | None:
        """The version of the grammar that the file says it is written in."""
        self.take_lines()
        if not self.here.says("spec"):
            return None
        self.advance()
        self.expect("is")
        return self.text("a version")

    def declarations(self, prefix: str = "") -> list[Declared]:
        """All declarations of the file; names get `prefix`, that of its module."""
        found: list[Declared] = []
        self.take_lines()
        while self.here.kind != "end":
            if self.here.kind in ("in", "out"):
                self.advance()
            else:
                found.append(self._declaration(prefix))
            self.take_lines()
        return found

    def _declaration(self, prefix: str) -> Declared:
        start = self.expect_kind("word", "a declaration")
        kind = str(start.value)
        if kind not in _MODELLED or (kind == "use" and self.here.kind != "text"):
            return self._passed_by(kind, start.start)
        if kind in ("contract", "define"):
            kind = "contract" if kind == "contract" else "function"
            if not self.here.says("flow", "function"):
                return self._passed_by(kind, start.start)
            self.advance()
        name = self.text("a name in quotes")
        fields: dict[str, Any] = {}
        body: tuple[Any, ...] = ()
        if kind in ("flow", "job"):
            fields, body = self._flow()
        elif kind == "function":
            fields, body = self._function_body()
        elif kind == "use":
            alias = self.word("a name") if self.take("as") else name
            fields = {"alias": alias}
            self.skip_block()
        elif kind == "contract":
            self.expect(":")
            fields = self._sections()
        else:
            self.take("shared")
            self.expect(":")
            fields = self._sections()
        shown = (
            name if not prefix or name.startswith(f"{prefix}.") else f"{prefix}.{name}"
        )
        return Declared(
            kind, shown, start.start, self.last.end, self.source, fields, body
        )

    def _passed_by(self, kind: str, at: int) -> Declared:
        if kind == "use":
            kind = f"use {self.here.value}"
        words = [str(one.value) for one in self.rest() if one.kind in ("word", "text")]
        self.skip_block()
        return Declared(kind, " ".join(words[:1]), at, self.last.end, self.source)

    def _flow(self) -> tuple[dict[str, Any], tuple[Any, ...]]:
        fields: dict[str, Any] = {}
        opened = False
        while self.here.kind not in ("line", "end"):
            if self.take(":"):
                opened = True
            elif self.take("requires", "when"):
                fields["requires"] = self.expression()
            elif self.take("audited"):
                fields["audited"] = True
            elif self.take("purity"):
                self.expect("is")
                self.advance()
            else:
                raise self.fault("`:` is expected here")
        if not opened:
            fields["declarative"] = True
            self.skip_block()
            return fields, ()
        self.take_lines()
        if self.here.kind != "in":
            return fields, ()
        return fields, self._flow_body(fields)

    def _flow_body(self, fields: dict[str, Any]) -> tuple[Any, ...]:
        self.expect_kind("in", "an indented block")
        found: list[Any] = []
        while not self.take_kind("out"):
            if self.here.says("ai") and self.peek().says(":"):
                fields["ai"] = self.here.start
                self.skip_block()
            else:
                found += self.statement()
            self.take_lines()
        return tuple(found)

    def _function_body(self) -> tuple[dict[str, Any], tuple[Any, ...]]:
        self.expect(":")
        self.take_lines()
        self.expect_kind("in", "an indented block")
        fields: dict[str, Any] = {}
        found: list[Any] = []
        while not self.take_kind("out"):
            if self.here.says("input", "output") and self.peek().says(":"):
                section = str(self.advance().value)
                fields[section] = self._typed()
            else:
                found += self.statement()
            self.take_lines()
        return fields, tuple(found)

    def _sections(self) -> dict[str, Any]:
        """The settings of a declaration: texts, and blocks of typed fields."""
        fields: dict[str, Any] = {}
        self.take_lines()
        if not self.take_kind("in"):
            return fields
        while not self.take_kind("out"):
            token = self.here
            after = self.peek()
            if token.says("input", "output", "fields", "memory") and after.says(":"):
                self.advance()
                fields[str(token.value)] = self._typed()
            elif token.says("tools") and after.says(":"):
                self.advance()
                fields["tools"] = self._exposed()
            elif token.says(*_WORDS, "purity", "timeout_seconds") and after.says("is"):
                self.advance()
                self.advance()
                fields[str(token.value)] = (
                    self.name("a value")
                    if self.here.kind == "word"
                    else self.advance().value
                )
            elif self.take("implemented"):
                self.expect("using")
                fields["using"] = self.word("a language")
            else:
                self._field(fields)
            self.take_lines()
        return fields

    def _field(self, fields: dict[str, Any]) -> None:
        """A field of a record that is in it without `fields:`, or what is passed by."""
        tokens = self.rest()
        self.take("field")
        if self.here.kind in ("word", "text") and len(tokens) > 2:
            name = str(self.advance().value)
            self.take("is")
            if self.here.kind == "word":
                fields.setdefault("fields", {})[name] = str(self.here.value)
        self.skip_block()

    def _exposed(self) -> list[str]:
        self.expect(":")
        self.take_lines()
        found: list[str] = []
        if self.take_kind("in"):
            while not self.take_kind("out"):
                self.expect("expose")
                found.append(self.name("a tool"))
                self.take_lines()
        return found

    def _typed(self) -> dict[str, Any]:
        """The fields of a block, each with the word of its type or its value."""
        self.expect(":")
        self.take_lines()
        found: dict[str, Any] = {}
        if self.take_kind("in"):
            while not self.take_kind("out"):
                self.take("field")
                tokens = self.rest()
                if any(one.says("is") for one in tokens):
                    name = self.phrase("is")
                else:
                    name = str(self.advance().value)
                optional = self.take("optional")
                kind = self.here.value
                optional = optional or any(one.says("optional") for one in self.rest())
                found[name] = (kind, optional)
                self.skip_block()
                self.take_lines()
        return found
