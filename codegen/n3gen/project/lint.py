"""The problems of specs, those of files with definitions alone included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from n3gen.diagnostics.rule import Problems
from n3gen.project.by_path import check_stated_paths
from n3gen.project.clashes import clashes
from n3gen.project.compiling import Task, compile_tasks, merged
from n3gen.project.config import Config
from n3gen.project.find import find_specs
from n3gen.project.shared_numbers import shared_numbers
from n3gen.project.texts import Texts

__all__ = ["Linted", "lint", "lint_text"]


@dataclass(frozen=True, slots=True)
class Linted:
    """How many files were looked at, and what is wrong with them."""

    files: int
    problems: Problems


def lint_text(config: Config, path: str, text: str) -> Linted:
    """Check a text as if it stood in the file `path` of the project.

    The file need not exist; what it uses is read from the disk. Bytes that are no text
    are surrogate escapes.
    """
    texts = Texts(config)
    shown = config.shown(path)
    texts.replace(shown, text.encode(errors="surrogateescape"))
    task = Task(texts.source(shown), texts.used_sources(shown), 0, False, config.root)
    return Linted(1, merged(compile_tasks([task], config.options, 1)))


def lint(
    config: Config,
    paths: Sequence[str] = (),
    jobs: int = 0,
    edited: Mapping[str, str] = {},
) -> Linted:
    """Check the selected specs.

    `edited` are texts by shown paths, which count in place of those on the disk.
    """
    texts = Texts(config)
    for path, text in edited.items():
        texts.replace(path, text.encode(errors="surrogatepass"))
    check_stated_paths(config)
    specs = find_specs(config, paths)
    tasks = [
        Task(texts.source(path), texts.used_sources(path), 0, False, config.root)
        for path in (spec.path for spec in specs if spec.selected)
    ]
    problems = merged(compile_tasks(tasks, config.options, jobs))
    problems.extend(shared_numbers(texts, specs))
    problems.extend(clashes(texts, specs))
    return Linted(len(tasks), problems)
