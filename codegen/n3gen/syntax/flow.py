"""Lists and mappings in brackets, with their comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from n3gen.diagnostics import Label
from n3gen.source import Span
from n3gen.syntax.brackets import CLOSING, closing_comment, scan, uncommaed
from n3gen.syntax.lexer import Broken, Lines, Scalars
from n3gen.syntax.meant_texts import text_at_comma
from n3gen.syntax.nodes import MAX_DEPTH, MAX_VALUES, Scalar
from n3gen.syntax.rules import (
    KeyNotText,
    MissingColon,
    TooDeep,
    TooManyValues,
    UnexpectedText,
    UnterminatedBracket,
)
from n3gen.syntax.tree import Flow, FlowItem, Value

__all__ = ["Flows"]

_CHUNK = re.compile(r"[^,\[\]{}(#:\n]++")
_ENDS = frozenset(",]}")


@dataclass(slots=True)
class _Growing:
    """An item whose comments are not all read yet."""

    key: Scalar | None
    value: Value
    above: tuple[str, ...]
    beside: list[str] = field(default_factory=list)

    def done(self) -> FlowItem:
        beside = " ".join(self.beside)
        return FlowItem(self.key, self.value, self.above, beside)


class Flows(Scalars):
    """Read lists and mappings in brackets, which may run over several lines."""

    braced = False
    """Whether a block was reported whose first line ends in a brace."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines.file, lines.problems)
        self.lines = lines
        self.values = 0
        self._at = 0
        self._stop = 0  # the end of the line that `_at` is on
        self._indent = 0

    def flow(self, at: int, indent: int, depth: int) -> tuple[Flow, int]:
        """The brackets that open at `at`, in a statement at `indent`; where they end."""
        self._at, self._indent = at, indent
        self._stop = self._line_stop(at)
        return self._flow(depth), self._at

    def count(self, at: int) -> None:
        """Count one more value; too many end the file."""
        self.values += 1
        if self.values > MAX_VALUES:
            label = self.label(at, at + 1)
            if self.values == MAX_VALUES + 1:
                self.problems.add(TooManyValues.at(label, MAX_VALUES))
            raise Broken(len(self.text))

    def _line_stop(self, at: int) -> int:
        stop = self.text.find("\n", at)
        return len(self.text) if stop < 0 else stop

    def _flow(self, depth: int) -> Flow:
        start, opening = self._at, self.text[self._at]
        if depth > MAX_DEPTH:
            self.problems.add(TooDeep.at(self.label(start, start + 1), MAX_DEPTH))
            self._give_up()
        self._at += 1
        items: list[_Growing] = []
        above: list[str] = []
        while True:
            self._gap(start, items, above)
            if self.text[self._at] == CLOSING[opening]:
                break
            before = items[-1].value if items else None
            items.append(self._flow_item(start, tuple(above), depth, before))
            above = []
            self._gap(start, items, above)
            if self.text[self._at] == ",":
                self._at += 1
            elif self.text[self._at] != CLOSING[opening]:
                self._lacks_comma(start)
        self._at += 1
        span = Span(start, self._at)
        return Flow(opening, span, tuple(item.done() for item in items), tuple(above))

    def _gap(self, start: int, items: list[_Growing], above: list[str]) -> None:
        """Skip blanks, line ends and comments; `start` is the open bracket.

        A comment behind an item goes to it, one on a line of its own to `above`.
        """
        fresh = not items
        while True:
            self._at = min(self.blanks(self._at), self._stop)
            if self._at < self._stop:
                if self.text[self._at] != "#" or self.text[self._at - 1] not in " \t\n":
                    return
                comment = self.text[self._at : self._stop].rstrip(" \t")
                if fresh:
                    above.append(comment)
                else:
                    items[-1].beside.append(comment)
                self._at = self._stop
            self._next_line(start)
            fresh = True

    def _next_line(self, start: int) -> None:
        """Go on to the next line, if the open bracket can still go on there."""
        begin = self._stop + 1
        first = self.blanks(begin) if begin <= len(self.text) else begin
        ended = first >= len(self.text)
        if (
            not ended
            and self.text[first] not in "\n#"
            and first - begin <= self._indent
        ):
            ended = self.text[first] not in "]}"
        if ended:
            opening = self.text[start]
            label = self.label(start, start + 1)
            found = UnterminatedBracket.of(opening, label)
            if comment := closing_comment(self.text, start, self._stop):
                at = Label(self.file, Span(*comment), "a comment")
                found = UnterminatedBracket.by_comment(opening, label, at)
            self.problems.add(found)
            raise Broken(min(begin, len(self.text)))
        self._at = begin
        self._stop = self._line_stop(begin)

    def _give_up(self) -> None:
        raise Broken(min(self._stop + 1, len(self.text)))

    def _expected(self, wanted: str) -> None:
        label = self.label(self._at, self._at + 1)
        self.problems.add(UnexpectedText.between(wanted, label))
        self._give_up()

    def _lacks_comma(self, start: int) -> None:
        """Report what stands behind an item of the brackets that open at `start`."""
        at: int | None = self._at
        if self.text[self._at] == ":":
            at = uncommaed(self.text, self._at, start)
        if at is None:
            label = self.label(self._at, self._at + 1)
            self.problems.add(UnexpectedText.colon_in_brackets(label))
        else:
            closing = CLOSING[self.text[start]]
            self.problems.add(UnexpectedText.no_comma(closing, self.label(at, at + 1)))
        self._give_up()

    def _flow_item(
        self, start: int, above: tuple[str, ...], depth: int, before: Value | None
    ) -> _Growing:
        """The item at `_at`, of the brackets that open at `start`, behind a value."""
        self.count(self._at)
        if self.text[start] == "[":
            return _Growing(None, self._flow_value(depth), above)
        key = self._flow_key(before)
        item = _Growing(key, Scalar(None, Span(self._at, self._at)), above)
        behind: list[str] = []
        self._gap(start, [item], behind)
        if self.text[self._at] not in _ENDS:
            item.value = self._flow_value(depth)
        item.above = (*above, *behind)
        return item

    def _flow_key(self, before: Value | None) -> Scalar:
        start = self._at
        key = self._flow_scalar()
        if not isinstance(key.value, str):
            text = self.text[key.span.start : key.span.end]
            self.problems.add(KeyNotText.of(text, self.label(start, key.span.end)))
            key = self.piece(key.span.start, key.span.end)
        self._at = min(self.blanks(self._at), self._stop)
        if self.text[self._at : self._at + 1] != ":":
            shown = self.text[key.span.start : key.span.end]
            label = self.label(start, key.span.end)
            whole = self._whole(before)
            self.problems.add(MissingColon.in_braces(shown, label, whole))
            self._give_up()
        self._at += 1
        return key

    def _whole(self, before: Value | None) -> str:
        """A text without quotes with what follows behind its comma, in quotes."""
        if not isinstance(before, Scalar) or not isinstance(before.value, str):
            return ""
        start = before.span.start
        return "" if self.text[start] in "\"'" else text_at_comma(self.text, start)

    def _flow_value(self, depth: int) -> Value:
        char = self.text[self._at]
        if char in "[{" and not self.text.startswith("{{", self._at):
            return self._flow(depth + 1)
        return self._flow_scalar()

    def _flow_scalar(self) -> Scalar:
        char = self.text[self._at]
        if char in "\"'":
            try:
                scalar = self.quoted(self._at, self._stop)
            except Broken:
                self._give_up()
            self._at = scalar.span.end
            return scalar
        start = self._at
        if not self.text.startswith("{{", start):
            self._check_bare()
        self._at = self._bare_end()
        return self.bare(start, self.trimmed(start, self._at))

    def _check_bare(self) -> None:
        if self.text[self._at] in ",]}:":
            self._expected("a value")
        try:
            self.check_start(self._at, self._stop)
        except Broken:
            self._give_up()

    def _bare_end(self) -> int:
        """Where the bare text at `_at` ends; brackets within it are part of it."""
        text, at, start = self.text, self._at, self._at
        while at < self._stop:
            match = _CHUNK.match(text, at, self._stop)
            if match:
                at = match.end()
                continue
            char = text[at]
            if char in "[{" or (char == "(" and _ends_word(text, start, at)):
                at = self._closed(at)
            elif (
                char in _ENDS
                or (char == "#" and text[at - 1] in " \t")
                or (char == ":" and text[at + 1 : at + 2] in _AFTER_KEY)
            ):
                break
            else:
                at += 1
        return at

    def _closed(self, at: int) -> int:
        found = scan(self.text, at, self._stop, once=True)
        if found.unclosed is not None:
            label = self.label(found.unclosed, found.unclosed + 1)
            opening = self.text[found.unclosed]
            if opening in CLOSING:
                self.problems.add(UnterminatedBracket.of(opening, label))
                self._give_up()
        return found.end


_AFTER_KEY = frozenset(("", " ", "\t", "\n", ",", "[", "]", "{", "}"))


def _ends_word(text: str, start: int, at: int) -> bool:
    return at > start and (text[at - 1].isalnum() or text[at - 1] == "_")
