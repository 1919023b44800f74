"""Modules built from the text of a spec and imported."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Literal
from unittest.mock import patch

from n3gen.compiler import (
    Options,
    compile_file,
    runtime_contents,
    runtime_file,
    runtime_index,
)
from n3gen.diagnostics.render import render
from n3gen.emit import assemble
from n3gen.source import SourceFile

__all__ = [
    "build",
    "built_in",
    "built_text",
    "module_from",
    "process_is_fresh",
    "runtime_files",
    "shared_module",
    "unformatted",
    "whole_support",
    "write_files",
]

_numbers = itertools.count(1)


def built_text(
    text: str,
    path: str = "specs/x.ai",
    options: Options | None = None,
    others: Mapping[str, str] | None = None,
) -> str:
    """The module's text; fails with the rendered problems where there is none."""
    files = {name: SourceFile.of(name, other) for name, other in (others or {}).items()}
    source = SourceFile.of(path, dedent(text))
    compilation = compile_file(source, options or Options(), files)
    shown = "\n".join(map(render, compilation.problems))
    assert compilation.body is not None, shown
    return compilation.body


def module_from(text: str, package: str | None = None) -> ModuleType:
    """A module from its text, known to `sys.modules` as pydantic and pickle want it."""
    name = f"built_module_{next(_numbers)}"
    module = ModuleType(name)
    if package is not None:
        module.__package__ = package
    sys.modules[name] = module
    exec(compile(text, f"<{name}>", "exec"), vars(module))
    return module


@contextmanager
def whole_support() -> Iterator[str]:
    """The package of modules of the shared layout, with all of the run-time support.

    Whatever they name is imported once, from the sources of the support.
    """
    package = f"built_package_{next(_numbers)}"
    support = importlib.import_module("n3gen.templates.runtime").__path__
    for name, path in ((package, []), (f"{package}._runtime", support)):
        sys.modules[name] = module = ModuleType(name)
        module.__path__ = path
    try:
        yield package
    finally:
        _forget(package)


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


@contextmanager
def unformatted() -> Iterator[None]:
    """Leave modules as the templates write them: black takes half of the time of a build."""
    with (
        patch.object(assemble, "format_python", str),
        patch.object(assemble, "format_once", str),
    ):
        yield


def build(
    text: str,
    path: str = "specs/x.ai",
    options: Options | None = None,
    others: Mapping[str, str] | None = None,
) -> ModuleType:
    """The module that a spec builds to, imported; it runs as it does when formatted."""
    with unformatted():
        body = built_text(text, path, options, others)
    return module_from(body)


def runtime_files(support: frozenset[str]) -> dict[str, str]:
    """The package `_runtime` that modules with such imports need, by path."""
    contents = runtime_contents(support)
    files = {"_runtime/__init__.py": runtime_index(contents)}
    for path, names in contents.items():
        room = path.partition("/")[0]
        files[f"_runtime/{room}/__init__.py"] = runtime_file(room)
        files[f"_runtime/{path}.py"] = runtime_file(path, names)
    return files


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts to their paths in a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@contextmanager
def shared_module(
    folder: Path, text: str, support: frozenset[str]
) -> Iterator[ModuleType]:
    """A module of the shared layout, imported from a package of its own in `folder`."""
    package = f"built_package_{next(_numbers)}"
    files = {"__init__.py": "", "module.py": text, **runtime_files(support)}
    write_files(folder / package, files)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(f"{package}.module")
    finally:
        sys.path.remove(str(folder))
        _forget(package)


@contextmanager
def built_in(
    layout: Literal["standalone", "shared"],
    text: str,
    folder: Path,
    options: Options | None = None,
    path: str = "specs/x.ai",
) -> Iterator[ModuleType]:
    """The module that a spec builds to in a layout, imported, in a fresh process."""
    source = SourceFile.of(path, dedent(text))
    with unformatted():
        compilation = compile_file(
            source, replace(options or Options(), runtime=layout), {}
        )
    shown = "\n".join(map(render, compilation.problems))
    assert compilation.body is not None, shown
    with process_is_fresh():
        if layout == "standalone":
            yield module_from(compilation.body)
        else:
            with shared_module(folder, compilation.body, compilation.support) as module:
                yield module


@contextmanager
def process_is_fresh() -> Iterator[None]:
    """Hides what generated modules share in this process, for the time of a test."""
    shared = sys.modules.pop("_n3gen_process_1", None)
    try:
        yield
    finally:
        sys.modules.pop("_n3gen_process_1", None)
        if shared is not None:
            sys.modules["_n3gen_process_1"] = shared
