"""One spec file by itself: its text, and what it compiles to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from n3gen.project.by_path import check_stated_paths
from n3gen.project.config import Config, find_config
from n3gen.project.errors import ProjectError
from n3gen.project.find import SpecFile, find_specs
from n3gen.project.freshness import cause, read_output
from n3gen.project.packages import CODE_VERSION, folder_version
from n3gen.project.parts import module_sha
from n3gen.project.python_files import PythonFiles
from n3gen.project.texts import Texts
from n3gen.source import SourceFile
from n3gen.syntax.uses import SPEC_ENDINGS

if TYPE_CHECKING:
    from n3gen.compiler import Compilation

__all__ = [
    "compile_path",
    "compile_paths",
    "paths_and_chain",
    "sources",
]


def compile_path(
    path: str,
    emits: bool = True,
    config: Config | None = None,
    *,
    in_process: bool = True,
    is_run: bool = False,
) -> tuple[Config, Compilation]:
    """Return the project of a spec file, and what the file compiles to, standing alone.

    The project is the one around the file where `config` does not say otherwise. Without
    `emits` there is no body. What is `in_process` is compiled for asyncio in any case;
    what is not has handles, and its durable runs are of the version that is built. The
    functions that a file calls are looked up where it `is_run`. Raises `ProjectError`
    where the file cannot be read.
    """
    from n3gen.compiler import compile_file

    if os.path.isdir(path):
        raise ProjectError(f"`{path}` is a folder; name one spec file")
    config = config or find_config(path)
    check_stated_paths(config)
    texts = Texts(config)
    spec = next(spec for spec in find_specs(config, [path]) if spec.selected)
    options = replace(config, runtime="standalone").options_for(spec.path)
    if in_process:
        options = replace(options, target="asyncio")
    else:
        version = _built_version(config, texts, spec)
        options = replace(options, handles=True, version=version)
    source = texts.source(spec.path)
    used = texts.used_sources(spec.path)
    python = PythonFiles(config.root) if is_run else None
    return config, compile_file(source, options, used, emits=emits, python=python)


def _built_version(config: Config, texts: Texts, spec: SpecFile) -> str:
    """Return the version of the code that a spec is built into; nothing where that is stale.

    Modules that stand alone have each their own.
    """

    def built(name: str) -> bytes:
        path = f"{config.out}/{name}"
        return read_output(config.absolute(path), config.seen(path)) or b""

    if config.runtime != "shared":
        return ""
    is_stale = cause(built(f"{spec.module}.py"), module_sha(config, texts, spec.path))
    return "" if is_stale else folder_version(built(CODE_VERSION))


def compile_paths(paths: Sequence[str], config: Config) -> Iterator[Compilation]:
    """Yield what spec files of a project compile to, without bodies; no paths mean all.

    Raises `ProjectError` where a file cannot be read.
    """
    from n3gen.compiler import compile_file

    check_stated_paths(config)
    texts = Texts(config)
    for spec in find_specs(config, paths):
        if spec.selected:
            options = replace(config, runtime="standalone").options_for(spec.path)
            source = texts.source(spec.path)
            used = texts.used_sources(spec.path)
            yield compile_file(source, options, used, emits=False)


def paths_and_chain(words: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """Return the paths of a command line, and the chain behind them if one is named.

    A file or folder of that name is meant, unless a spec file before it has such a chain.
    """
    *before, last = words or ("",)
    if not last or os.sep in last or last.endswith((*SPEC_ENDINGS, "*")):
        return tuple(words), None
    if os.path.exists(last) and not any(last in _chains_of(one) for one in before):
        return tuple(words), None
    return tuple(before), last


def _chains_of(path: str) -> tuple[str, ...]:
    """The chains of a path where it is a file."""
    return compile_path(path, emits=False)[1].chains if os.path.isfile(path) else ()


def sources(config: Config, paths: tuple[str, ...]) -> list[SourceFile]:
    """Return the texts of the specs of a project that `paths` select."""
    texts = Texts(config)
    specs = [spec for spec in find_specs(config, paths) if spec.selected]
    return [texts.source(spec.path) for spec in specs]
