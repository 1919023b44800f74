"""The paths that a spec names, where it is written to another folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from n3gen.syntax.document import Document

__all__ = ["moved"]


def moved(document: Document, old: str, new: str) -> Document:
    """The document of a spec in the folder `old`, with its paths as they are in `new`."""
    if os.path.realpath(old) == os.path.realpath(new):
        return document
    data = dict(document.data)

    def there(path: Any) -> Any:
        if not isinstance(path, str) or os.path.isabs(path):
            return path
        found = os.path.relpath(os.path.join(old, path), new or os.curdir)
        return found.replace(os.sep, "/")

    used = data.get("use")
    if used is not None:
        data["use"] = [*map(there, used)] if isinstance(used, list) else there(used)
    if isinstance(data.get("tests"), dict):
        tests = data["tests"].items()
        data["tests"] = {name: _with_rows(test, there) for name, test in tests}
    return replace(document, data=data)


def _with_rows(test: Any, there: Callable[[Any], Any]) -> Any:
    if not isinstance(test, dict) or not isinstance(test.get("rows"), str):
        return test
    return {**test, "rows": there(test["rows"])}
