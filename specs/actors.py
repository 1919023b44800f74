"""Objects that live between steps: a counter, and an index of words."""

from __future__ import annotations

import re
from collections import defaultdict

__all__ = ["Counter", "Index"]

WORD = re.compile(r"[a-z]{3,}")


class Counter:
    """A number that goes up by one message at a time."""

    def __init__(self, start: int = 0) -> None:
        self.number = start

    def increment(self, by: int = 1) -> int:
        """Add to the number, and return it."""
        self.number += by
        return self.number

    def get(self) -> int:
        """Return the number."""
        return self.number


class Index:
    """Which documents have which words: work for a processor, so for a process."""

    def __init__(self) -> None:
        self.documents: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, name: str, text: str) -> None:
        """Take a document in."""
        for word in {*WORD.findall(text.lower())}:
            self.documents[word].append(name)

    def search(self, words: str) -> list[str]:
        """Return the documents that have all of some words, in alphabetical order."""
        found = [{*self.documents[word]} for word in WORD.findall(words.lower())]
        if not found:
            raise ValueError(f"nothing to search for in {words!r}")
        return sorted(set.intersection(*found))
