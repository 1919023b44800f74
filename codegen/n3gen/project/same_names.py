"""Chains of several files that have one name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from n3gen.project.config import Config
from n3gen.project.texts import Texts

__all__ = ["same_names"]


def same_names(
    config: Config, texts: Texts, files: Iterable[tuple[str, Sequence[str]]]
) -> dict[str, tuple[str, ...]]:
    """The names that chains of several files have, with where these stand.

    `files` are the paths of specs, each with the names of its chains.
    """
    homes: dict[str, list[str]] = {}
    for path, names in files:
        for name in names:
            homes.setdefault(name, []).append(path)
    return {
        name: tuple(_place(config, texts, path, name) for path in paths)
        for name, paths in homes.items()
        if len(paths) > 1
    }


def _place(config: Config, texts: Texts, path: str, name: str) -> str:
    from n3gen.syntax import read_document

    document, _ = read_document(texts.source(path))
    line = 1
    if document is not None:
        is_chain = name in document.data.get("chains", {})
        line = document.line(("chains" if is_chain else "pipelines", name))
    return f"{config.seen(path)}:{line}"
