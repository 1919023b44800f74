"""Files that a flow takes in from elsewhere: `additional_includes`."""

from __future__ import annotations

from posixpath import basename, normpath

from n3gen.importers.model import Lookup
from n3gen.importers.promptflow.flow import Flow
from n3gen.source import SourceFile

__all__ = ["includes_of", "with_includes"]


def includes_of(flow: Flow) -> tuple[str, ...]:
    """The paths of what a flow takes in."""
    found = flow.document.data.get("additional_includes")
    paths = found if isinstance(found, list) else []
    return tuple(path for path in paths if isinstance(path, str))


def with_includes(lookup: Lookup, includes: tuple[str, ...]) -> Lookup:
    """A lookup that finds what is taken in under its own last name, as Prompt Flow."""

    def look(path: str) -> SourceFile | None:
        found = lookup(path)
        for include in includes:
            if found is not None:
                break
            name = basename(normpath(include))
            first, _, rest = normpath(path).partition("/")
            if first == name:
                found = lookup(f"{include}/{rest}" if rest else include)
        return found

    return look
