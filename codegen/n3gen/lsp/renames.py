"""Another name for something: the texts that have it, and why they cannot."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from n3gen.diagnostics.rule import Diagnostic, Severity
from n3gen.lsp.field_names import is_field, unknown_use
from n3gen.lsp.occurrences import Occurrence, Target
from n3gen.lsp.readings import OpenFile, Reading, Readings
from n3gen.project.edited import examine
from n3gen.source import SourceFile, Span

__all__ = ["Renaming"]


@dataclass(frozen=True)
class Renaming:
    """All `places` where `old` is the name of one thing, which shall be `new`."""

    places: Sequence[Occurrence]
    old: str
    new: str

    def clash(self, known: Readings, file: OpenFile) -> str | None:
        """Return why the specs of a file's project cannot have the name, else `None`.

        They can where no error is added and each name still means what it meant: two
        loops side by side may share the name of a variable, two steps of a block may not.
        """
        spans = self._spans()
        texts = {**known.opened(file.config), **self._texts(spans)}
        readings = {
            reading.path: reading
            for word in (self.old, self.new)
            for reading in known.everywhere(file, word)
        }
        if any(is_field(place.target.loc) for place in self.places):
            unknown = unknown_use(readings.values(), self.places, self.old)
            if unknown is not None:
                return f"`{self.old}` cannot be renamed: {unknown}"
        for before in readings.values():
            if spans.keys().isdisjoint(before.files):
                continue
            after = Reading(examine(before.config, before.path, texts))
            added = _added(before.examined.problems, after.examined.problems)
            if added is not None:
                return f"`{self.new}` cannot be its name: {added.message}"
            if (other := self._other_meaning(before, after, spans)) is not None:
                where = f"`{other.file.path}:{other.file.line_at(other.span.start)}`"
                return f"`{self.new}` would change what a name in {where} means"
        return None

    def _spans(self) -> dict[str, list[Span]]:
        """The places by the paths of their files, in the order of the texts."""
        found: defaultdict[str, set[Span]] = defaultdict(set)
        for one in self.places:
            found[one.file.path].add(one.span)
        return {
            path: sorted(spans, key=lambda span: span.start)
            for path, spans in found.items()
        }

    def _texts(self, spans: Mapping[str, list[Span]]) -> dict[str, str]:
        files: dict[str, SourceFile] = {one.file.path: one.file for one in self.places}
        texts: dict[str, str] = {}
        for path, file in files.items():
            pieces, at = list[str](), 0
            for span in spans[path]:
                pieces += (file.text[at : span.start], self.new)
                at = span.end
            texts[path] = "".join((*pieces, file.text[at:]))
        return texts

    def _other_meaning(
        self, before: Reading, after: Reading, spans: Mapping[str, list[Span]]
    ) -> Occurrence | None:
        """The first name that has lost its meaning, or has another."""
        was, now = _meanings(before), _meanings(after)
        origin: dict[Target, Target] = {}
        for (path, at), names in was.items():
            edits = spans.get(path, [])
            ahead = bisect_left(edits, at, key=lambda span: span.start)
            grown = sum(len(self.new) - (s.end - s.start) for s in edits[:ahead])
            targets = now.get((path, at + grown), [])
            if len(targets) != len(names):
                return names[0]
            for name, target in zip(names, targets, strict=True):
                if origin.setdefault(target.target, name.target) != name.target:
                    return name
        return None


def _meanings(reading: Reading) -> dict[tuple[str, int], list[Occurrence]]:
    """The names of a reading by their places; each branch may give one its meaning."""
    found: defaultdict[tuple[str, int], list[Occurrence]] = defaultdict(list)
    for one in reading.names:
        found[one.file.path, one.span.start].append(one)
    return found


def _added(
    before: Iterable[Diagnostic], after: Iterable[Diagnostic]
) -> Diagnostic | None:
    """The first error whose rule is broken more often than it was."""
    known = Counter(problem.rule.code for problem in before)
    for problem in after:
        known[problem.rule.code] -= 1
        if problem.severity is Severity.ERROR and known[problem.rule.code] < 0:
            return problem
    return None
