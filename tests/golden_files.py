"""Folders that hold what a case is expected to give, compared file by file."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

__all__ = ["compare", "contents"]

_SHOWN = 120
"""Lines of a difference that a failure shows."""


def compare(
    folder: Path,
    given: Mapping[str, str],
    *,
    update: bool,
    inputs: Collection[str] = (),
) -> None:
    """Fails the test unless `folder` holds just what is `given`, by relative path.

    The files named in `inputs` are what a case reads: they are left alone. With
    `update` the folder is made to hold what is given, and nothing fails.
    """
    found = contents(folder, inputs)
    if update:
        _rewrite(folder, found, given)
        return
    faults = [
        *(f"missing: {name}" for name in sorted(given.keys() - found.keys())),
        *(f"unused: {name}" for name in sorted(found.keys() - given.keys())),
    ]
    for name in sorted(given.keys() & found.keys()):
        if given[name] != found[name]:
            faults.append(_difference(name, found[name], given[name]))
    if faults:
        listed = "\n".join([f"{folder}:", *faults])
        pytest.fail(f"{listed}\n(pytest --update-goldens rewrites)", pytrace=False)


def contents(folder: Path, inputs: Collection[str] = ()) -> dict[str, str]:
    """The files under `folder` but for `inputs`, by relative path, line ends as they are."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {
        name: path.read_bytes().decode("utf-8")
        for name, path in names.items()
        if name not in inputs and "__pycache__" not in path.parts
    }


def _rewrite(folder: Path, found: Mapping[str, str], given: Mapping[str, str]) -> None:
    for name in found.keys() - given.keys():
        (folder / name).unlink()
    for name, text in given.items():
        if found.get(name) != text:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))


def _difference(name: str, found: str, given: str) -> str:
    before, after = found.splitlines(keepends=True), given.splitlines(keepends=True)
    lines = list(difflib.unified_diff(before, after, f"golden/{name}", f"given/{name}"))
    shown = [repr(line)[1:-1] if "\r" in line else line for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(f"... and {len(lines) - _SHOWN} more lines\n")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in shown)
