"""Spec files that would be built into one module, and what else keeps all from being built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from n3gen.diagnostics.file_rules import ModuleClash, UnreadableFile
from n3gen.diagnostics.rule import Diagnostic, Label
from n3gen.project.find import SpecFile
from n3gen.project.texts import Texts
from n3gen.source import Span

__all__ = ["clashes", "unbuildable"]

_Pair = tuple[SpecFile, SpecFile, str]
"""Two specs that meet, and the package of the first that hides the module of the other.

The package is empty where both build one module.
"""


def clashes(texts: Texts, specs: Sequence[SpecFile]) -> list[Diagnostic]:
    """Find specs, of which one is selected, that meet; those without chains meet none."""
    if not any(_pairs(specs)):
        return []
    built = [spec for spec in specs if texts.chains(spec.path)]
    return [
        _problem(texts, *pair)
        for pair in _pairs(built)
        if pair[0].selected or pair[1].selected
    ]


def unbuildable(texts: Texts, specs: Sequence[SpecFile]) -> list[Diagnostic]:
    """Find what keeps every module from being built, whichever are selected.

    That is files that meet or cannot be read, as the package lists all chains.
    """
    sources = [texts.source(s.path) for s in specs if texts.unreadable(s.path)]
    every = [replace(spec, selected=True) for spec in specs]
    return [*map(UnreadableFile.of, sources), *clashes(texts, every)]


def _problem(texts: Texts, one: SpecFile, other: SpecFile, package: str) -> Diagnostic:
    label, second = (
        Label(texts.source(spec.path), Span(0, 0)) for spec in (one, other)
    )
    if package:
        return ModuleClash.hidden(package, label, second)
    return ModuleClash.of(one.module, label, second)


def _pairs(specs: Iterable[SpecFile]) -> Iterator[_Pair]:
    owners: dict[str, SpecFile] = {}
    for spec in specs:
        other = owners.setdefault(spec.module.casefold(), spec)
        if other is not spec:
            yield spec, other, ""
    hidden: set[str] = set()
    for name, spec in owners.items():
        folder = name
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in owners and folder not in hidden:
                hidden.add(folder)
                yield spec, owners[folder], spec.module[: len(folder)]
