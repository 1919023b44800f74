"""Targets that are written as the path of a file."""

from __future__ import annotations

import re
from typing import Final

from n3gen.names import is_name
from n3gen.semantics.functions import PythonSources

__all__ = ["module_meant"]

_FILE: Final = re.compile(
    r"(?:\.[/\\])?(?:src[/\\])?(?P<path>[\w./\\]+?)(?P<end>\.py)?:(?P<name>\w[\w.]*)"
)
"""`app/tools.py:count`, from the root of a project or from its `src`."""


def module_meant(target: str, sources: PythonSources | None) -> str | None:
    """Return the `module:name` that the path of a file stands for; none for other targets."""
    found = _FILE.fullmatch(target)
    if found is None:
        return None
    is_path = re.search(r"[/\\]", target) is not None
    module = re.sub(r"[/\\]", ".", found["path"])
    if not all(map(is_name, module.split("."))) or not (is_path or found["end"]):
        return None
    if not is_path and sources is not None and sources.text(f"{module}.py"):
        return None  # a module `py` of a package
    return f"{module}:{found['name']}"
