"""The problems of specs, those of files with definitions alone included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from n3gen.diagnostics.rule import Problems
from n3gen.project.by_path import check_stated_paths
from n3gen.project.compiling import Task, compile_tasks, merged
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import SpecFile, check_modules, find_specs
from n3gen.project.outline import chain_names
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
    are surrogate escapes. Raises `ProjectError` where that cannot be read, or the path
    is outside of the project.
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

    Raises `ProjectError` where one cannot be read, or two would be built into one module.
    `edited` are texts by shown paths, which count in place of those on the disk.
    """
    texts = Texts(config)
    for path, text in edited.items():
        texts.replace(path, text.encode(errors="surrogatepass"))
    tasks: list[Task] = []
    faults: list[str] = []
    check_stated_paths(config)
    specs = find_specs(config, paths)
    for spec in specs:
        if not spec.selected:
            continue
        try:
            source, used = texts.source(spec.path), texts.used_sources(spec.path)
            tasks.append(Task(source, used, 0, False, config.root))
        except ProjectError as error:
            faults.append(str(error))
    if faults:
        raise ProjectError("\n".join(dict.fromkeys(faults)))
    _check_modules(texts, specs)
    problems = merged(compile_tasks(tasks, config.options, jobs))
    problems.extend(shared_numbers(texts, specs))
    return Linted(len(tasks), problems)


def _check_modules(texts: Texts, specs: Sequence[SpecFile]) -> None:
    """Raise `ProjectError` where two specs meet in a module; those without chains have none."""
    try:
        check_modules(specs)
    except ProjectError:
        check_modules(
            spec
            for spec in specs
            if chain_names(spec.path, texts.data(spec.path)) != ()
        )
