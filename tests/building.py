"""Takes the text of a spec; hands on the module that it builds to, imported."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from textwrap import dedent
from types import ModuleType

from n3gen.compiler import Options, compile_file
from n3gen.diagnostics.render import render
from n3gen.source import SourceFile

__all__ = ["build", "built_text", "module_from", "process_is_fresh"]

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


def module_from(text: str) -> ModuleType:
    """A module from its text, known to `sys.modules` as pydantic and pickle want it."""
    name = f"built_module_{next(_numbers)}"
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"<{name}>", "exec"), vars(module))
    return module


def build(
    text: str,
    path: str = "specs/x.ai",
    options: Options | None = None,
    others: Mapping[str, str] | None = None,
) -> ModuleType:
    """The module that a spec builds to, imported."""
    return module_from(built_text(text, path, options, others))


@contextmanager
def process_is_fresh() -> Iterator[None]:
    """Hides what generated modules share in this process, for the time of a test."""
    shared = sys.modules.pop("_n3gen_process_2", None)
    try:
        yield
    finally:
        sys.modules.pop("_n3gen_process_2", None)
        if shared is not None:
            sys.modules["_n3gen_process_2"] = shared
