"""The texts that fuzzing begins with: examples, goldens and the blocks of the pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "corpus", "tokens_of_corpus"]

ROOT = Path(__file__).resolve().parent.parent.parent
SUFFIXES = {".ai", ".yaml", ".yml", ".json"}
BLOCK = re.compile(r"```(ai|yaml)[^\n]*\n(.*?)```", re.DOTALL)
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@cache
def corpus() -> tuple[tuple[str, str], ...]:
    """Return the suffix and the text of every spec in the repository."""
    found: list[tuple[str, str]] = []
    for folder in (ROOT / "specs", ROOT / "tests" / "golden"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and path.name != "result.json":
                text = path.read_bytes().decode("utf-8", "surrogateescape")
                found.append((path.suffix, text))
    for page in sorted((ROOT / "docs").rglob("*.md")):
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        found += [(f".{language}", text) for language, text in blocks]
    return tuple(dict.fromkeys(found))


@cache
def tokens_of_corpus() -> tuple[str, ...]:
    """Return all words, signs and runs of white space of the corpus."""
    return tuple(
        sorted({token for _, text in corpus() for token in TOKEN.findall(text)})
    )
