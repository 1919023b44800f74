"""Takes the text of an answer; hands on the JSON in it, what is likely meant first."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from .loose_json import JSON_QUOTES, LooseJson

__all__ = ["FoundJson", "answer_start", "fenced_parts", "find_json"]

JSON_OPENER = re.compile(
    r"""
    \{ (?= \s*+ (?: ["'}/#\u2018-\u201e] | [\w$-]++ \s*+ [:/\#] ) )
    | \[ (?= \s*+ [\[\]{"'/#\u2018-\u201e\d.+\-tTfFnNiI] )
    """,
    re.VERBOSE,
)
THOUGHTS = re.compile(r"[\s\ufeff]*+<think(?:ing)?>")
ANSWER_MARK = re.compile(r"[\s\ufeff]*+[\[{\"'`~]")
ANSWER_LEAD = re.compile(r"[\s\ufeff]*+(?:(?:`{3,}|~{3,})\w*+\s*+)?")
"""What may stand before an answer that is JSON and nothing else."""

FENCE_LINE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)([^`\n]*+)$", re.MULTILINE)

MOST_JSON_VALUES = 1000
"""How many pieces of JSON an answer may have, or what looks like some."""


class FoundJson(NamedTuple):
    """The JSON in a text, in strict form, what is most likely meant first.

    `fault` says what is wrong with a piece that could not be read. In a text that
    `is_cut` the last piece has no end.
    """

    values: list[str]
    fault: str = ""
    is_cut: bool = False


def find_json(text: str) -> FoundJson:
    """The lists and objects in a text: of the last code fence first, then the largest.

    What stands inside a piece is never taken for a piece of its own, not even where
    the outer one is broken or cut off.
    """
    fences = list(fenced_parts(text))
    starts = [start for start, _ in fences]
    ranked: list[tuple[int, int, int, str]] = []
    position, fault = 0, ""
    for _ in range(MOST_JSON_VALUES):
        opener = JSON_OPENER.search(text, position)
        if opener is None:
            break
        start = opener.start()
        reader = LooseJson(start)
        outcome = reader.read(text)
        position = reader.position
        if outcome == "cut":
            if reader.began or text.startswith(tuple(JSON_QUOTES), position):
                return FoundJson([], "it ends in the middle of its JSON", is_cut=True)
            break
        if outcome == "whole":
            fence = bisect_right(starts, start) - 1
            if fence >= 0 and start >= fences[fence][1]:
                fence = -1
            ranked.append((fence, position - start, start, reader.json()))
        elif reader.began:
            near = json.dumps(text[position : position + 30], ensure_ascii=False)
            fault = fault or f"its JSON is broken at {near}"
            position = reader.skip(text)
    else:
        return FoundJson([], f"it has more than {MOST_JSON_VALUES} pieces of JSON")
    ranked.sort(reverse=True)
    return FoundJson([value for *_, value in ranked], fault)


def answer_start(text: str) -> int | None:
    """Where an answer begins, after thoughts; `None` where these have no end.

    Some models think in their answer, and of these some leave out the opening tag.
    """
    thoughts = THOUGHTS.match(text)
    if thoughts is None and ANSWER_MARK.match(text):
        return 0
    end = text.find("</think", thoughts.end() if thoughts else 0)
    if end < 0:
        return None if thoughts else 0
    return (text.find(">", end) + 1) or None


def fenced_parts(text: str) -> Iterator[tuple[int, int]]:
    """Where the code fences of a text begin and end, without their own marks.

    The first line of each is what stands after the opening marks, such as `json`. A
    fence that is not closed goes on to the end.
    """
    mark, start = "", 0
    for line in FENCE_LINE.finditer(text):
        if not mark:
            mark, start = line[1], line.end(1)
        elif line[1].startswith(mark) and not line[2].strip():
            yield start, line.start()
            mark = ""
    if mark:
        yield start, len(text)
