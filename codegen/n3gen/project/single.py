"""One spec file by itself: its text, and what it compiles to."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from n3gen.project.by_path import check_stated_paths
from n3gen.project.config import Config, find_config
from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.find import find_specs
from n3gen.project.texts import Texts
from n3gen.source import SourceFile

if TYPE_CHECKING:
    from n3gen.compiler import Compilation

__all__ = ["compile_path", "sources", "text_of_file"]


def compile_path(
    path: str,
    emits: bool = True,
    config: Config | None = None,
    *,
    in_process: bool = True,
) -> tuple[Config, Compilation]:
    """Return the project of a spec file, and what the file compiles to, standing alone.

    The project is the one around the file where `config` does not say otherwise. Without
    `emits` there is no body. What is `in_process` is compiled for asyncio in any case. Raises
    `ProjectError` where the file cannot be read.
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
    source = texts.source(spec.path)
    used = texts.used_sources(spec.path)
    return config, compile_file(source, options, used, emits=emits)


def sources(config: Config, paths: tuple[str, ...]) -> list[SourceFile]:
    """Return the texts of the specs of a project that `paths` select."""
    texts = Texts(config)
    specs = [spec for spec in find_specs(config, paths) if spec.selected]
    return [texts.source(spec.path) for spec in specs]


def text_of_file(path: str) -> str:
    """The text of any file; raises `ProjectError`."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise ProjectError(f"`{path}` is not UTF-8 text") from error
    except OSError as error:
        raise disk_error("read", path, error) from error
