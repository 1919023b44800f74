"""Labels on lines that hold a secret, which nothing may show."""

from __future__ import annotations

from dataclasses import replace

from n3gen.diagnostics.rule import Label
from n3gen.secrets import starred, without_secrets
from n3gen.source import SourceFile

__all__ = ["concealed"]


def concealed(label: Label, *secrets: str) -> Label:
    """Return the label over a copy of its file, with stars for secrets on its lines.

    A secret that is written with escapes takes all that is under the label with it.
    """
    text, span = label.file.text, label.span
    under = text[span.start : span.end]
    for one in secrets:
        parts = [line for line in one.splitlines() if line.strip()]
        if any(part.strip() not in under for part in parts):
            under = starred(under)
        for part in parts:
            under = under.replace(part.strip(), starred(part.strip()))
    shown = text[: span.start] + under + text[span.end :]
    start = shown.rfind("\n", 0, span.start) + 1
    end = shown.find("\n", span.end)
    line = without_secrets(shown[start : end if end >= 0 else len(shown)])
    file = SourceFile(
        label.file.path, shown[:start] + line + shown[start + len(line) :]
    )
    return replace(label, file=file)
