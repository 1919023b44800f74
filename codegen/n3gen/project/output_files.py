"""The Python files of an output folder."""

from __future__ import annotations

import os
from collections.abc import Iterable

from n3gen.project.config import has_config

__all__ = ["python_files"]


def python_files(folder: str) -> Iterable[str]:
    """Yield the Python files of an output folder, those of other projects aside."""
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    name = entry.name
                    if name.endswith(".py"):
                        if entry.is_file(follow_symlinks=False):
                            yield entry.path
                    elif _is_ours(entry):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder of this project's modules, not another project."""
    if entry.name.startswith((".", "__")) or not entry.is_dir(follow_symlinks=False):
        return False
    return not has_config(entry.path)
