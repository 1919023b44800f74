"""Spec files as they are being edited: unsaved texts in place of those on the disk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from n3gen.compiler import Compilation, compile_file
from n3gen.diagnostics.rule import Problems
from n3gen.plan.kept import Kept
from n3gen.project.clashes import clashes
from n3gen.project.config import Config
from n3gen.project.find import SpecFile, find_specs
from n3gen.project.python_files import PythonFiles
from n3gen.project.shared_numbers import shared_numbers
from n3gen.project.texts import Texts

__all__ = ["Examined", "examine", "naming"]


@dataclass(frozen=True, slots=True)
class Examined:
    """What the compiler makes of an edited file, and all that `n3gen lint` says of it."""

    config: Config
    path: str
    compilation: Compilation
    problems: Problems


def examine(
    config: Config,
    path: str,
    opened: Mapping[str, str],
    kept: Kept | None = None,
) -> Examined:
    """Check the file with the shown `path`; `opened` are unsaved texts by shown paths.

    `kept` is what stays of an earlier text of the file.
    """
    texts = _texts(config, opened)
    found = compile_file(
        texts.source(path),
        config.options,
        texts.used_sources(path),
        emits=False,
        python=PythonFiles(config.root),
        kept=kept,
    )
    problems = Problems()
    problems.extend(found.problems)
    specs = _specs(config, path)
    problems.extend(shared_numbers(texts, specs))
    problems.extend(clashes(texts, specs))
    return Examined(config, path, found, problems)


def naming(config: Config, opened: Mapping[str, str], word: str) -> list[str]:
    """The shown paths of the project's specs whose texts contain a word."""
    texts = _texts(config, opened)
    paths = dict.fromkeys((*opened, *(spec.path for spec in _all(config))))
    return [path for path in paths if word in texts.source(path).text]


def _texts(config: Config, opened: Mapping[str, str]) -> Texts:
    texts = Texts(config)
    for path, text in opened.items():
        texts.replace(path, text.encode(errors="surrogatepass"))
    return texts


def _specs(config: Config, path: str) -> list[SpecFile]:
    """The specs of the project, of which that of a path is the selected one."""
    absolute = config.absolute(path)
    if os.path.isfile(absolute):
        return find_specs(config, [absolute])
    return [
        SpecFile(path, path.rpartition(".")[0]),
        *(SpecFile(one.path, one.module, False) for one in _all(config)),
    ]


def _all(config: Config) -> list[SpecFile]:
    return find_specs(config) if config.specs else []
