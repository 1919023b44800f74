"""What diagnostics can mend, mended: specs after all the fixes that there are."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from n3gen.diagnostics import Diagnostic, Fix
from n3gen.diagnostics.fix import applied, compatible
from n3gen.project.broken_texts import breaking
from n3gen.project.config import Config
from n3gen.project.find import find_specs
from n3gen.project.freshness import Cause
from n3gen.project.lint import Linted, lint
from n3gen.project.regular import read_regular
from n3gen.project.texts import SIZE_LIMIT
from n3gen.project.writing import Change
from n3gen.source import SourceFile

__all__ = ["Mended", "mend"]

_ROUNDS: Final = 10
"""Rounds of fixes at most: what one has mended may show what was hidden behind it."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The files that fixes change, how many fixes these are, and what is left.

    `kept` are the shown paths of files that are left alone, as they have errors of
    syntax that no fix ends. A fix that would bring such an error, or after which an
    expression cannot be read, is not made.
    """

    left: Linted
    changes: tuple[Change, ...]
    fixes: int
    kept: tuple[str, ...] = ()


@dataclass(slots=True)
class _Text:
    """A file on its way: its text, the fixes made in it, and the texts that it had."""

    source: SourceFile
    fixes: int = 0
    seen: set[str] = field(default_factory=set[str])


def mend(config: Config, paths: Sequence[str] = (), jobs: int = 0) -> Mended:
    """Return the selected specs after all fixes of their problems; writes nothing.

    Of fixes that touch the same text the first one is made, the others in later
    rounds, if their problems are still there. Raises `ProjectError` as `lint` does.
    """
    own = {spec.path for spec in find_specs(config, paths) if spec.selected}
    texts: dict[str, _Text] = {}
    refused: set[Fix] = set()
    found = lint(config, paths, jobs)
    for _ in range(_ROUNDS):
        fixes = [fix for fix in _fixes(found.problems, own) if fix not in refused]
        fixes = _harmless(compatible(fixes), texts)
        before = {path: replace(one, seen={*one.seen}) for path, one in texts.items()}
        if not _make(fixes, texts):
            break
        edited = {path: text.source.text for path, text in texts.items()}
        later = lint(config, paths, jobs, edited)
        if broken := breaking(fixes, found.problems, later.problems):
            refused.update(broken)
            texts = before
        else:
            found = later
    faulty = tuple(path for path, text in texts.items() if _is_faulty(text.source))
    if faulty:
        edited = {p: t.source.text for p, t in texts.items() if p not in faulty}
        found = lint(config, paths, jobs, edited)
    mended = {path: text for path, text in texts.items() if path not in faulty}
    changes = tuple(_change(config, path, mended[path]) for path in sorted(mended))
    fixes_made = sum(text.fixes for text in mended.values())
    return Mended(found, changes, fixes_made, faulty)


def _fixes(problems: Iterable[Diagnostic], own: set[str]) -> list[Fix]:
    """The fixes that change selected files alone, in the order of their problems."""
    fixes = [problem.fix for problem in problems if problem.fix is not None]
    return [fix for fix in fixes if {edit.file.path for edit in fix.edits} <= own]


def _harmless(fixes: list[Fix], texts: Mapping[str, _Text]) -> list[Fix]:
    """The fixes but for those by which a file would get its first error of syntax."""

    def are_harmless(chosen: Sequence[Fix], looked_at: Sequence[Fix]) -> bool:
        edits = {edit for fix in chosen for edit in fix.edits}
        files = {edit.file.path: edit.file for fix in looked_at for edit in fix.edits}
        for path, file in files.items():
            before = texts[path].source if path in texts else file
            here = [edit for edit in edits if edit.file.path == path]
            after = SourceFile(path, applied(before.text, here))
            if _is_faulty(after) and not _is_faulty(before):
                return False
        return True

    if are_harmless(fixes, fixes):
        return fixes
    found: list[Fix] = []
    for fix in fixes:
        if are_harmless([*found, fix], [fix]):
            found.append(fix)
    return found


def _make(fixes: Sequence[Fix], texts: dict[str, _Text]) -> bool:
    """Make fixes in texts, but for those whose text comes back to an earlier one."""
    edits = {edit for fix in fixes for edit in fix.edits}
    has_changed = False
    for path in sorted({edit.file.path for edit in edits}):
        here = [edit for edit in edits if edit.file.path == path]
        text = texts.setdefault(path, _Text(here[0].file))
        after = applied(text.source.text, here)
        if after in text.seen or after == text.source.text:
            continue
        text.seen.add(text.source.text)
        text.source = SourceFile(path, after)
        text.fixes += sum(fix.edits[0].file.path == path for fix in fixes)
        has_changed = True
    return has_changed


def _is_faulty(source: SourceFile) -> bool:
    """Whether a file has errors of syntax."""
    from n3gen.diagnostics import Severity
    from n3gen.syntax import read_document

    _, problems = read_document(source)
    return any(problem.severity is Severity.ERROR for problem in problems)


def _change(config: Config, path: str, text: _Text) -> Change:
    """The change of a file, whose line ends and byte order mark stay."""
    absolute = config.absolute(path)
    before = read_regular(absolute, path, SIZE_LIMIT) or b""
    after = text.source.text.encode()
    if before.count(b"\r\n") * 2 > before.count(b"\n"):
        after = after.replace(b"\n", b"\r\n")
    if before.startswith(BOM_UTF8):
        after = BOM_UTF8 + after
    return Change(absolute, config.seen(path), Cause.SPEC_CHANGED, before, after)
