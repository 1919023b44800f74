"""What an entry of a body holds: its bodies, steps, clauses and ends of channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.reference.model import Data, is_ending, is_word
from tests.reference.registry import CONSTRUCTS
from tests.reference.sources import ends_of

__all__ = ["bodies_of", "endings_of", "own_ends", "steps_counted", "steps_of"]


def steps_of(entries: Iterable[Data]) -> Iterable[Data]:
    """Yield the steps of a body and of the blocks in it."""
    for entry in entries:
        if not is_ending(entry) and not any(is_word(entry, w) for w in CONSTRUCTS):
            yield entry
        for body in bodies_of(entry):
            yield from steps_of(body)


def steps_counted(entry: Data) -> Iterable[Data]:
    """Yield the steps that say whether an entry was skipped; what runs last does not."""
    if not is_ending(entry) and not any(is_word(entry, word) for word in CONSTRUCTS):
        yield entry
    elif not (is_ending(entry) and "finally" in entry):
        for body in bodies_of(entry):
            for inner in body:
                yield from steps_counted(inner)


def own_ends(entry: Data) -> set[tuple[str, str]]:
    """Return the ends of channels in an entry of which it has no other end."""
    found = {*ends_of(entry, bodies_of)}
    names = Counter(name for _, name in found)
    return {end for end in found if names[end[1]] == 1}


def endings_of(step: Data) -> list[Data]:
    """Return what replaces a step that fails, and what runs last, as clauses."""
    stated = step.get("on_error")
    clauses = stated if isinstance(stated, list) else []
    if clauses and not any("on_error" in clause for clause in clauses):
        clauses = [{"on_error": "any", "steps": clauses}]
    last = [{"finally": step["finally"]}] if "finally" in step else []
    return [*clauses, *last]


def bodies_of(data: Any) -> Iterable[list[Data]]:
    """Yield the bodies right inside an entry: lists of what has a name or a word."""
    for key in ("steps", "then", "else", "do", "parallel", "finally"):
        if isinstance(data.get(key), list):
            yield data[key]
    if "name" in data and isinstance(data.get("on_error"), list):
        yield data["on_error"]
    for key in ("cases", "elif"):
        for part in data.get(key, ()):
            yield from bodies_of(part)
