"""The existing name that an unknown one was most likely meant to be."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Mapping, Set
from heapq import nsmallest
from itertools import islice, pairwise
from typing import Any

from n3gen.names import python_name

__all__ = ["listed", "nearest", "nearest_field", "slip_of"]

_CANDIDATES = 500
"""How many names are looked at: with as many faults as names all goes on in linear time."""

_LENGTH = 64
"""Longer names are only compared as they stand: nobody mistypes one by a letter."""

_LIKELY = 25
"""How many of these are compared letter by letter."""

_SHORTEST_SLIP = 4
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[a-z0-9]+")


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` most likely means, or `None` where none is near.

    A name equal but for case wins; then the same words in another order; then
    the smallest Damerau-Levenshtein distance that is at most a third of the
    longer name; then the only name that has all words of this one, or the other
    way round. Of equals one that begins with a capital as it does is given, then the
    first in the alphabet, so that the answer does not hang on the order of a set.
    Candidates after the first 500 are left out.
    """
    pool = _pool(name, candidates)
    folded = name.casefold()
    for candidate in pool:
        if candidate.casefold() == folded:
            return candidate
    if not folded or len(folded) > _LENGTH:
        return None
    words = {candidate: _words(candidate) for candidate in pool}
    own = _words(folded)
    for candidate, others in words.items():
        if own and own == others:
            return candidate
    return _closest(name, pool) or _sharing(own, words)


def nearest_field(
    name: str, fields: Collection[str], others: Mapping[str, str]
) -> str | None:
    """The field that `name` most likely means; `others` are further names of fields.

    Those are looked for as Python has them, too: `approved_by` for `approved-by`.
    """
    spelled = {python_name(other): own for other, own in others.items()} | {**others}
    if name in spelled:
        return spelled[name]
    near = nearest(name, [*fields, *spelled])
    return near if near in fields else spelled.get(near or "")


def listed(
    name: str, candidates: Container[Any], *, are_all: bool = True
) -> str | None:
    """The list that `name` is without its commas, if all its words are `candidates`.

    Without `are_all` one such word is enough, as others may be misspelt.
    """
    words = name.replace(",", " ").strip("()").split()
    if len(words) < 2 or not (all if are_all else any)(w in candidates for w in words):
        return None
    return f"[{', '.join(words)}]"


def slip_of(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is one edit away from: a letter more, less, other or swapped.

    Short names are near to many, and names that differ in a digit are different on
    purpose.
    """
    if not _SHORTEST_SLIP <= len(name) <= _LENGTH:
        return None
    folded = name.casefold()
    for candidate in _pool(name, candidates):
        other = candidate.casefold()
        has_digits = _DIGITS.findall(folded) != _DIGITS.findall(other)
        if len(other) < _SHORTEST_SLIP or has_digits:
            continue
        if folded == other or _distance(folded, other, 1) is not None:
            return candidate
    return None


def _pool(name: str, candidates: Iterable[str]) -> list[str]:
    if isinstance(candidates, Set) and len(candidates) > _CANDIDATES:
        candidates = sorted(candidates)
    return sorted({c for c in islice(candidates, _CANDIDATES) if c != name})


def _closest(name: str, pool: list[str]) -> str | None:
    best: str | None = None
    least, is_capital, name = _LENGTH, name[:1].isupper(), name.casefold()
    likely = _likely(name, pool)
    for candidate in sorted(likely, key=lambda one: one[:1].isupper() != is_capital):
        bound = min(max(len(name), len(candidate)) // 3, least - 1)
        distance = _distance(name, candidate.casefold(), bound)
        if distance is not None:
            best, least = candidate, distance
    return best


def _likely(name: str, pool: list[str]) -> list[str]:
    """The candidates that share most pairs of letters with a name, in their order."""
    own = _pairs(name)
    apart = {c: len(own ^ _pairs(c.casefold())) for c in pool if len(c) <= _LENGTH}
    return sorted(nsmallest(_LIKELY, apart, key=apart.__getitem__))


def _pairs(name: str) -> set[tuple[str, str]]:
    return {*pairwise(name)}


def _distance(left: str, right: str, bound: int) -> int | None:
    """Edits (insert, delete, replace, swap of neighbours) between two texts, to `bound`."""
    if bound < 1 or abs(len(left) - len(right)) > bound:
        return None
    if len(set(left) ^ set(right)) > 2 * bound:
        return None
    left, right = _without_ends(left, right)
    far = bound + 1
    before: list[int] = []
    row = [*range(len(right) + 1)]
    for i, a in enumerate(left, start=1):
        above, row = row, [far] * (len(right) + 1)
        row[0] = i
        # What is further from the diagonal is further apart than the bound.
        for j in range(max(1, i - bound), min(len(right), i + bound) + 1):
            b = right[j - 1]
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row[j] = cost
        if min(row) > bound and min(above) > bound:
            return None
        before = above
    return row[-1] if row[-1] <= bound else None


def _without_ends(left: str, right: str) -> tuple[str, str]:
    """Two texts without what both begin and end with."""
    shorter = min(len(left), len(right))
    start = 0
    while start < shorter and left[start] == right[start]:
        start += 1
    end = 0
    while end < shorter - start and left[-1 - end] == right[-1 - end]:
        end += 1
    return left[start : len(left) - end], right[start : len(right) - end]


def _words(name: str) -> list[str]:
    return sorted(_WORDS.findall(name[:_LENGTH].casefold()))


def _sharing(own: list[str], words: dict[str, list[str]]) -> str | None:
    found = [
        c for c, other in words.items() if _holds(own, other) or _holds(other, own)
    ]
    return found[0] if len(found) == 1 else None


def _holds(words: list[str], others: list[str]) -> bool:
    """Whether `others` has all of `words`, and these suffice to identify a name."""
    return max(map(len, words), default=0) > 2 and set(words) <= set(others)
