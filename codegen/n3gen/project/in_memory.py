"""Generated modules that are imported without a file."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from types import ModuleType

from n3gen.project.user_imports import failed_import

__all__ = ["imports_from", "module_in_memory", "modules_apart"]


@contextmanager
def imports_from(folders: Sequence[str]) -> Iterator[None]:
    """Look for modules in some folders first, for as long as the block lasts."""
    before = list(sys.path)
    sys.path[:0] = folders
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def modules_apart(root: str) -> Iterator[None]:
    """Forget what the block imports from below `root`: other projects have their own."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if os.path.abspath(file).startswith(os.path.join(root, "")):
                del sys.modules[name]


@contextmanager
def module_in_memory(body: str, path: str, name: str) -> Iterator[ModuleType]:
    """Import the module of the spec `path` as `name`, for as long as the block lasts.

    Raises `ProjectError` where what it imports of the user's cannot be imported.
    """
    module = ModuleType(name)
    names = vars(module)
    sys.modules[name] = module
    try:
        _execute(body, module, path)
        if "serve_calls" in names:
            names["serve_calls"] = partial(_serve_calls, body, path, name)
        yield module
    finally:
        for stop in ("stop_actors", "drop_workers"):
            if stop in names:
                names[stop]()
        sys.modules.pop(name, None)


def _serve_calls(
    body: str, path: str, name: str, pipe: Connection[bytes, bytes]
) -> None:
    """Do the work of a worker process, which cannot import the module from a file."""
    module = sys.modules[name] = ModuleType(name)
    _execute(body, module, path)
    vars(module)["serve_calls"](pipe)


def _execute(body: str, module: ModuleType, path: str) -> None:
    code = compile(body, f"<module of {path}>", "exec")
    try:
        exec(code, vars(module))
    except Exception as error:
        is_import = isinstance(error, ImportError | SyntaxError)
        *_, last = traceback.walk_tb(error.__traceback__)
        if not is_import and last[0].f_code.co_filename == code.co_filename:
            raise
        raise failed_import(f"what `{path}` calls", error) from error
