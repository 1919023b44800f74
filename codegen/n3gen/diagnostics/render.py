"""Drawings of diagnostics: source lines with carets, and a hint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from n3gen.diagnostics.cells import plain, shown, width
from n3gen.diagnostics.rule import Diagnostic, Label, Severity
from n3gen.secrets import without_secrets
from n3gen.source import SourceFile

__all__ = ["column", "picture", "render", "summary"]

_CELLS = 120
"""Cells of a source line that are shown; a longer one is cut round its carets."""

_BEFORE = 40
"""Cells shown before the first caret of a cut line."""

_COUNTED = 10_000
"""How far into a line cells are counted: many faults on one huge line stay linear."""

_AROUND = 200
"""Code points beside the shown part of a line in which secrets are looked for."""

_PLACES = 20
"""Labels of one diagnostic that are drawn: a cycle can run through all of a file."""

_GUTTER = 2
"""Digits of a line number that there is always room for."""

_ANSI = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "message": "1",
    "frame": "1;34",
    "source": "",
}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A label on its line: cells from 0, `end` exclusive, and the words under it."""

    start: int
    end: int
    text: str
    primary: bool


@dataclass(frozen=True, slots=True)
class _Paint:
    severity: Severity
    color: bool

    def __call__(self, role: str, text: str) -> str:
        code = _ANSI[role]
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text else text

    def mark(self, mark: _Mark) -> str:
        """The role of a mark's carets and words."""
        return self.severity.value if mark.primary else "frame"


@dataclass(slots=True)
class _Row:
    """One row of carets and words: what is put later covers what was there."""

    paint: _Paint
    chars: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)

    def put(self, start: int, text: str, role: str) -> None:
        missing = start + len(text) - len(self.chars)
        self.chars.extend(" " * missing)
        self.roles.extend(["source"] * missing)
        self.chars[start : start + len(text)] = text
        self.roles[start : start + len(text)] = [role] * len(text)

    def __str__(self) -> str:
        parts: list[str] = []
        start = 0
        for end in range(1, len(self.chars) + 1):
            if end == len(self.chars) or self.roles[end] != self.roles[start]:
                text = "".join(self.chars[start:end])
                parts.append(self.paint(self.roles[start], text))
                start = end
        return "".join(parts)


def render(diagnostic: Diagnostic, color: bool = False) -> str:
    """The drawing of one diagnostic, lines joined by `\\n`, without one at its end.

    The labels of the primary label's file come in the order of their lines, those
    of other files after it under their own path. `color` adds ANSI sequences.
    """
    paint = _Paint(diagnostic.severity, color)
    labels = diagnostic.labels[:_PLACES]
    gutter = _gutter(labels)
    severity, rule = diagnostic.severity.value, diagnostic.rule
    head = paint(severity, f"{severity}[{rule.code}]")
    lines = [head + paint("message", f": {plain(diagnostic.message)}")]
    lines.extend(_blocks(labels, gutter, paint))
    edge = f"{' ' * gutter} {paint('frame', '=')}"
    left = len(diagnostic.labels) - len(labels)
    if left:
        lines.append(f"{edge} note: {_count(left, 'more place')} not shown")
    explain = f"n3gen explain {rule.code}"
    help_ = f"{plain(diagnostic.help)}   ({explain})" if diagnostic.help else explain
    lines.append(f"{edge} help: {help_}")
    return "\n".join(lines)


def picture(label: Label, color: bool = False) -> str:
    """The drawing of a place alone, as that of a diagnostic has it, in the colour of errors."""
    labels = [label]
    return "\n".join(_blocks(labels, _gutter(labels), _Paint(Severity.ERROR, color)))


def summary(problems: Iterable[Diagnostic]) -> str:
    """How many there are of what, and where: `2 errors, 1 warning in chains/x.ai`."""
    found = list(problems)
    if not found:
        return "no problems found"
    counts = Counter(diagnostic.severity for diagnostic in found)
    parts = [_count(counts[s], s.value) for s in Severity if counts[s]]
    paths = {diagnostic.file.path for diagnostic in found}
    where = plain(paths.pop()) if len(paths) == 1 else _count(len(paths), "file")
    return f"{', '.join(parts)} in {where}"


def column(file: SourceFile, offset: int) -> int:
    """The column of an offset, from 1, in cells of a terminal as `render` draws it.

    From 10,000 code points into a line on, every character counts as one cell.
    """
    _, points = file.position(offset)
    if points > _COUNTED:
        return points
    return 1 + _cells(file.text[offset - points + 1 : offset])


def _cells(text: str) -> int:
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(width, text))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _start(label: Label) -> int:
    return min(label.span.start, len(label.file.text))


def _files(labels: Sequence[Label]) -> list[SourceFile]:
    """The files of the labels, the primary one's first, each once by its path."""
    files: dict[str, SourceFile] = {}
    for label in labels:
        files.setdefault(label.file.path, label.file)
    return list(files.values())


def _gutter(labels: Sequence[Label]) -> int:
    """Digits that the line numbers of labels have room for."""
    last = max(label.file.line_at(_start(label)) for label in labels)
    return max(_GUTTER, len(str(last)))


def _blocks(labels: Sequence[Label], gutter: int, paint: _Paint) -> Iterator[str]:
    """The lines of all files that have labels."""
    for file in _files(labels):
        yield from _block(labels, file, gutter, paint)


def _block(
    labels: Sequence[Label], file: SourceFile, gutter: int, paint: _Paint
) -> list[str]:
    """The lines of one file: where it is, then each line that has labels."""
    primary = labels[0]
    labels = [label for label in labels if label.file.path == file.path]
    where = _start(labels[0])
    place = f"{plain(file.path)}:{file.line_at(where)}:{column(file, where)}"
    edge = f"{' ' * gutter} {paint('frame', '|')}"
    if labels[0] is primary:
        lines = [f"{' ' * gutter}{paint('frame', '-->')} {place}", edge]
    else:
        lines = [edge, f"{' ' * gutter}{paint('frame', ':::')} {place}", edge]
    by_line: dict[int, list[Label]] = {}
    for label in sorted(labels, key=_start):
        by_line.setdefault(file.line_at(_start(label)), []).append(label)
    for number, on_line in by_line.items():
        for source, marks in _strips(file, number, on_line, primary):
            lines.append(_source_row(number, source, gutter, paint))
            lines.extend(f"{edge} {row}" for row in _rows(marks, paint))
    return lines


def _source_row(number: int, source: str, gutter: int, paint: _Paint) -> str:
    row = paint("frame", f"{number:>{gutter}} |")
    return f"{row} {source}".rstrip() if source.strip() else row


def _strips(
    file: SourceFile, number: int, labels: Sequence[Label], primary: Label
) -> Iterable[tuple[str, list[_Mark]]]:
    """The drawn text of a line with its marks: whole, or cut into a strip or several."""
    line = file.line_span(number)
    rest = list(labels)
    while rest:
        start, end = _window(file.text, line.start, line.end, _start(rest[0]))
        here = [n for n in rest if _start(n) < end or _start(n) == end == line.end]
        here = here or rest[:1]
        rest = rest[len(here) :]
        before = "..." if start > line.start else ""
        after = "..." if end < line.end else ""
        columns = [len(before)]
        # As far beyond a cut as a secret may go on.
        first, last = max(line.start, start - _AROUND), min(line.end, end + _AROUND)
        around = without_secrets(file.text[first:last])
        source = around[start - first : end - first]
        for char in source:
            columns.append(columns[-1] + width(char))
        text = "".join(map(shown, source))
        marks = [_mark(n, start, columns, n is primary) for n in here]
        yield f"{before}{text}{after}", marks


def _window(text: str, first: int, last: int, caret: int) -> tuple[int, int]:
    """The part of the line `first` to `last` to show round a caret: offsets, end exclusive."""
    points = 4 * _CELLS
    if last - first <= points and _cells(text[first:last]) <= _CELLS:
        return first, last
    start, room = caret, _BEFORE
    while start > max(first, caret - points) and room >= width(text[start - 1]):
        start -= 1
        room -= width(text[start])
    while first < start < caret and width(text[start]) == 0:
        start += 1
    end, room = start, _CELLS
    while end < min(last, start + points) and room >= width(text[end]):
        room -= width(text[end])
        end += 1
    return start, end


def _mark(label: Label, offset: int, columns: Sequence[int], primary: bool) -> _Mark:
    """The cells under a label, at least one; a label of several lines ends with its first.

    `columns` are the cells of the shown text, whose first character is at `offset`.
    """
    begin, most = _start(label), len(columns) - 1
    end = min(label.span.end, offset + most)
    if end < label.span.end:
        end = begin + len(label.file.text[begin:end].rstrip())
    first = columns[min(begin - offset, most)]
    last = columns[min(end - offset, most)]
    return _Mark(first, max(first + 1, last), plain(label.text), primary)


def _rows(marks: Sequence[_Mark], paint: _Paint) -> list[str]:
    """The rows under a line: carets with the last label's words, then words that hang."""
    carets = _Row(paint)
    for mark in sorted(marks, key=lambda mark: mark.primary):
        sign = "^" if mark.primary else "-"
        carets.put(mark.start, sign * (mark.end - mark.start), paint.mark(mark))
    worded = [mark for mark in marks if mark.text]
    worded.sort(key=lambda mark: (mark.start, mark.primary))
    if worded and worded[-1].end == max(mark.end for mark in marks):
        mark = worded.pop()
        carets.put(mark.end + 1, mark.text, paint.mark(mark))
    rows = [carets]
    if worded:
        rows.append(_bars(worded, paint))
    while worded:
        mark = worded.pop()
        row = _bars(worded, paint)
        row.put(mark.start, mark.text, paint.mark(mark))
        rows.append(row)
    return [str(row) for row in rows]


def _bars(marks: Sequence[_Mark], paint: _Paint) -> _Row:
    row = _Row(paint)
    for mark in marks:
        row.put(mark.start, "|", paint.mark(mark))
    return row
