"""Importing flows that are in no folder."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import normpath

from n3gen.importers.model import Imported
from n3gen.importers.promptflow import import_flow
from n3gen.source import SourceFile

__all__ = ["FLOW", "FLOW_FILES", "imported"]

FLOW = "flow.dag.yaml"

FLOW_FILES = {
    "hello.py": (
        "from promptflow.core import tool\n\n\n"
        "@tool\ndef hello(text: str) -> str:\n    return f'Hello {text}'\n"
    ),
}
"""The files of the flows that the examples of pages are in."""


def imported(
    text: str, others: Mapping[str, str] | None = None, chain: str = "imported_flow"
) -> Imported:
    """Import the text of a flow; `others` are the files of its folder."""
    files = others or {}

    def lookup(path: str) -> SourceFile | None:
        found = files.get(normpath(path))
        return None if found is None else SourceFile.of(path, found)

    return import_flow(SourceFile.of(FLOW, text), lookup, chain)
