"""The paths that a `use` text may mean, in a file of a given path.

Free of heavy imports: the project asks this before it knows whether to build.
"""

from __future__ import annotations

__all__ = ["SPEC_ENDINGS", "has_spec_ending", "resolve_use"]

SPEC_ENDINGS = (".ai", ".yaml", ".yml", ".json")
"""The endings of spec files, in the order in which a `use` without one tries them."""


def has_spec_ending(path: str) -> bool:
    """Say whether a path has the ending of a spec file, be it in capitals."""
    return path.lower().endswith(SPEC_ENDINGS)


def resolve_use(from_path: str, text: str) -> tuple[str, ...]:
    """The shown paths that `use text` in the file `from_path` may mean, likeliest first.

    A text with the ending of a spec file means that file only; any other text
    is tried with each ending. The paths are relative to the project's root, as
    `from_path` is. Empty where the text is no path inside the project.
    """
    path = _joined(from_path, text)
    if path is None:
        return ()
    if path.endswith(SPEC_ENDINGS):
        return (path,)
    return tuple(path + ending for ending in SPEC_ENDINGS)


def _joined(from_path: str, text: str) -> str | None:
    if not text or text.startswith("/") or not text.isprintable():
        return None
    parts = from_path.split("/")[:-1]
    last = ""
    for last in text.split("/"):
        if last == "..":
            if not parts:
                return None
            parts.pop()
        elif last not in ("", "."):
            parts.append(last)
    return None if last in ("", ".", "..") else "/".join(parts)
