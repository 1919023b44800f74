"""The JSON in the text of an answer."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from .loose_json import read_json_piece

__all__ = ["FoundJson", "answer_start", "find_json"]

JSON_OPENER = re.compile(
    r"""
    \{ (?= \s*+ (?: ["'}/#\u2018-\u201e] | [\w$-]++ \s*+ [:/\#] ) )
    | \[ (?= \s*+ [\[\]{}"'/#\u2018-\u201e\d.+\-tTfFnNiI] )
    """,
    re.VERBOSE,
)
THOUGHTS = re.compile(r"[\s\ufeff]*+<think(?:ing)?>")
ANSWER_MARK = re.compile(r"[\s\ufeff]*+[\[{\"'`~]")
ANSWER_LEAD = re.compile(r"[\s\ufeff]*+(?:(?:`{3,}|~{3,})\w*+\s*+)?")
"""What may stand before an answer that is JSON and nothing else."""

MOST_JSON_VALUES = 1000
"""How many pieces of JSON an answer may have, or what looks like some."""


class FoundJson(NamedTuple):
    """The pieces of JSON in a text, in strict form and in order.

    `fault` says what is wrong with a piece that could not be read. In a text that
    `is_cut` the last piece has no end.
    """

    values: list[str]
    fault: str = ""
    is_cut: bool = False


def find_json(text: str) -> FoundJson:
    """Find the lists and objects in a text.

    What is inside a piece is never a piece of its own, not even where the outer one is
    broken or cut off.
    """
    values: list[str] = []
    position, fault = 0, ""
    for _ in range(MOST_JSON_VALUES):
        opener = JSON_OPENER.search(text, position)
        if opener is None:
            return FoundJson(values, fault)
        piece = read_json_piece(text, opener.start())
        if piece.outcome == "whole":
            values.append(piece.json)
        elif piece.outcome == "cut":
            if piece.has_begun:
                return FoundJson([], "it ends in the middle of its JSON", is_cut=True)
            return FoundJson(values, fault)
        elif piece.has_begun:
            near = json.dumps(text[piece.stop : piece.stop + 30], ensure_ascii=False)
            fault = fault or f"its JSON is broken at {near}"
        position = piece.end if piece.has_begun else max(piece.stop, opener.end())
    return FoundJson([], f"it has more than {MOST_JSON_VALUES} pieces of JSON")


def answer_start(text: str) -> int | None:
    """Where an answer begins after its thoughts; `None` where these have no end.

    Some models think in their answer, and some of these leave out the opening tag.
    """
    thoughts = THOUGHTS.match(text)
    if thoughts is None and ANSWER_MARK.match(text):
        return 0
    end = text.find("</think", thoughts.end() if thoughts else 0)
    if end < 0:
        return None if thoughts else 0
    return (text.find(">", end) + 1) or None
