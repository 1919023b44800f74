"""Limits and rates that the files of a project state differently."""

from __future__ import annotations

import re
from collections.abc import Iterable

from n3gen.diagnostics.rule import Diagnostic
from n3gen.project.find import SpecFile
from n3gen.project.texts import Texts

__all__ = ["shared_numbers"]

_LIMITS = re.compile(
    rb"""^limits?\b|[{,]\s*limits\b|["']limits|rate_limit""", re.MULTILINE
)
"""What a file has that defines a limit, or states the rate of a connection."""


def shared_numbers(texts: Texts, specs: Iterable[SpecFile]) -> list[Diagnostic]:
    """Find limits and rates that a selected file states otherwise than another one."""
    selected: set[str] = set()
    stating: set[str] = set()
    for spec in specs:
        files = (spec.path, *texts.used(spec.path))
        stating.update(path for path in files if _LIMITS.search(texts.data(path)))
        selected.update(files if spec.selected else ())
    if len(stating) < 2:
        return []
    from n3gen.check.shared import differences
    from n3gen.syntax import read_document

    documents = (read_document(texts.source(path))[0] for path in sorted(stating))
    found = differences(document for document in documents if document is not None)
    return [
        problem
        for problem in found
        if selected & {label.file.path for label in problem.labels}
    ]
