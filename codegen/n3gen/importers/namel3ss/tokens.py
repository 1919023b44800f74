"""The tokens of a file of namel3ss: words, texts, numbers, signs, and its indentation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from n3gen.diagnostics import Label
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.namel3ss.faults import Stop
from n3gen.source import SourceFile, Span

__all__ = ["Token", "tokens_of"]

_TOKEN: Final = re.compile(
    r"[^\W\d]\w*|\d+(?:\.\d+)?|\*\*|[-:.+*/%=()\[\]{},<>|!]|`\w+`"
)
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token: `kind` is `word`, `text`, `number`, `sign`, `line`, `in`, `out` or `end`."""

    kind: str
    value: Any
    start: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these words or signs, without quotes."""
        return self.kind in ("word", "sign") and self.value in words


class _Lexer:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.text = source.text
        self.found: list[Token] = []

    def run(self) -> list[Token]:
        depths, at = [0], 0
        while at < len(self.text):
            end = self._line_end(at)
            line = self.text[at:end]
            if not line.strip() or line.lstrip().startswith("#"):
                at = end + 1
                continue
            depth = len(line) - len(line.lstrip(" "))
            self._indent(depths, depth, at)
            at = self._line(at + depth)
            self._add("line", None, at, at)
            at += 1
        end = len(self.text)
        for _ in depths[1:]:
            self._add("out", None, end, end)
        self._add("end", None, end, end)
        return self.found

    def _indent(self, depths: list[int], depth: int, at: int) -> None:
        if depth > depths[-1]:
            depths.append(depth)
            self._add("in", None, at, at)
        while depth < depths[-1]:
            depths.pop()
            self._add("out", None, at, at)
        if depth != depths[-1]:
            what = "this line is indented as no line above it"
            self._stop(what, at, at + depth, "align it with a block above")

    def _line(self, at: int) -> int:
        """Read the tokens of a line, and return where it ends."""
        while at < len(self.text) and self.text[at] not in "\r\n#":
            if self.text[at] == " ":
                at += 1
            elif self.text[at] in "\"'":
                at = self._quoted(at)
            else:
                found = _TOKEN.match(self.text, at)
                if found is None:
                    what = f"`{self.text[at]}` is no sign of namel3ss"
                    raise self._stop(what, at, at + 1)
                self._word(found[0], at, found.end())
                at = found.end()
        return self._line_end(at)

    def _word(self, text: str, start: int, end: int) -> None:
        if text[0].isdigit():
            number = float(text) if "." in text else int(text)
            self._add("number", number, start, end)
        elif text[0] == "`" or text[0].isalpha() or text[0] == "_":
            self._add("word", text.strip("`"), start, end)
        else:
            self._add("sign", text, start, end)

    def _quoted(self, start: int) -> int:
        quote = '"""' if self.text.startswith('"""', start) else self.text[start]
        at, pieces = start + len(quote), list[str]()
        while not self.text.startswith(quote, at):
            if at >= len(self.text) or (self.text[at] == "\n" and len(quote) == 1):
                raise self._stop("this text has no closing quote", start, at)
            if self.text[at] == "\\":
                escaped = self.text[at + 1 : at + 2]
                if escaped not in _ESCAPES or not escaped:
                    what = f"`\\{escaped.strip()}` is no escape of namel3ss"
                    raise self._stop(what, at, at + 2)
                pieces.append(_ESCAPES[escaped])
                at += 1
            else:
                pieces.append(self.text[at])
            at += 1
        self._add("text", "".join(pieces), start, at + len(quote))
        return at + len(quote)

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _add(self, kind: str, value: Any, start: int, end: int) -> None:
        self.found.append(Token(kind, value, start, end))

    def _stop(
        self, what: str, start: int, end: int, way_out: str | None = None
    ) -> Stop:
        label = Label(self.source, Span(start, max(end, start + 1)))
        raise Stop(FaultyFlow.of(what, label, way_out))


def tokens_of(source: SourceFile) -> list[Token]:
    """The tokens of a file, the last of which is its end; raises `Stop`."""
    return _Lexer(source).run()
