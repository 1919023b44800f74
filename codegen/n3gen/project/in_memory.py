"""Import of a generated module from its text, without a file."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from n3gen.project.errors import ProjectError

__all__ = ["imports_from", "module_in_memory"]


@contextmanager
def imports_from(folders: Sequence[str]) -> Iterator[None]:
    """Let modules be found in some folders first, for a while."""
    before = list(sys.path)
    sys.path[:0] = folders
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def module_in_memory(body: str, path: str, name: str) -> Iterator[ModuleType]:
    """The module of the spec `path`, known to the interpreter as `name` for a time.

    Raises `ProjectError` where what it imports of the user's cannot be imported.
    """
    module = ModuleType(name)
    code = compile(body, f"<module of {path}>", "exec")
    sys.modules[name] = module
    try:
        _execute(code.co_filename, code, module, path)
        yield module
    finally:
        sys.modules.pop(name, None)


def _execute(file: str, code: object, module: ModuleType, path: str) -> None:
    try:
        exec(code, vars(module))  # type: ignore[arg-type]
    except Exception as error:
        is_import = isinstance(error, ImportError | SyntaxError)
        *_, last = traceback.walk_tb(error.__traceback__)
        if not is_import and last[0].f_code.co_filename == file:
            raise
        kind = type(error).__name__
        message = f"cannot import what `{path}` calls: {kind}: {error}"
        raise ProjectError(message) from error
