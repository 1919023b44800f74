"""Chains of several files that have one name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from n3gen.project.config import Config
from n3gen.project.texts import Texts

if TYPE_CHECKING:
    from n3gen.syntax.document import Document

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
    shared = {name: paths for name, paths in homes.items() if len(paths) > 1}
    read = _documents(texts, {path for paths in shared.values() for path in paths})
    return {
        name: tuple(f"{config.seen(path)}:{_line(read[path], name)}" for path in paths)
        for name, paths in shared.items()
    }


def _documents(texts: Texts, paths: Collection[str]) -> dict[str, Document | None]:
    """The files as they are read, each once however many of its names are shared."""
    if not paths:
        return {}
    from n3gen.syntax import read_document

    return {path: read_document(texts.source(path))[0] for path in paths}


def _line(document: Document | None, name: str) -> int:
    if document is None:
        return 1
    is_chain = name in document.data.get("chains", {})
    return document.line(("chains" if is_chain else "pipelines", name))
