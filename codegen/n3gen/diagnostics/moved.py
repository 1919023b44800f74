"""Diagnostics whose files are shown under other paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from n3gen.diagnostics.rule import Diagnostic, Label
from n3gen.source import SourceFile

__all__ = ["moved", "moved_label"]


def moved(
    problems: Iterable[Diagnostic], path: Callable[[str], str]
) -> list[Diagnostic]:
    """Return the diagnostics with every file's path replaced by `path` of it.

    Equal files stay one object, so that their lines are counted once.
    """
    files: dict[SourceFile, SourceFile] = {}

    def file(source: SourceFile) -> SourceFile:
        return files.setdefault(source, replace(source, path=path(source.path)))

    return [
        replace(
            problem,
            labels=tuple(replace(one, file=file(one.file)) for one in problem.labels),
        )
        for problem in problems
    ]


def moved_label(label: Label, path: Callable[[str], str]) -> Label:
    """Return the label with its file's path replaced by `path` of it."""
    return replace(label, file=replace(label.file, path=path(label.file.path)))
