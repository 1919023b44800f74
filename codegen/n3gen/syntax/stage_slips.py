"""First lines of stages without their parentheses or their colon: one message each."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from n3gen.diagnostics import Diagnostic, Label
from n3gen.source import SourceFile, Span
from n3gen.syntax.rules import BadHeader, MissingColon, UnexpectedText

__all__ = ["Slip", "stage_slip"]

_BARE: Final = re.compile(r"(\w+)[ \t]+(\w+:[ \t]*[\w\[\], |?]+?):?[ \t]*")
"""A name and an argument without parentheses."""

_TYPE: Final = r"(?:\w|[.?|]|\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*\])++"
_KEYS: Final = re.compile(
    rf"(?P<head>(?P<name>\w+)[ \t]*\([^()\n]*\)(?:[ \t]*->[ \t]*{_TYPE})?)[ \t]*"
    r"(?P<keys>\{[^\n]*\}|[a-z_]\w*:[ \t]+\S[^\n]*)"
)
"""A whole first line, and the keys of the stage without a colon before them."""


class Slip(NamedTuple):
    """What is reported of a first line, and where its name stands."""

    diagnostic: Diagnostic
    name: tuple[int, int]


def stage_slip(file: SourceFile, word: str, at: int, end: int) -> Slip | None:
    """What is wrong with the first line of a stage, whose name begins at `at`."""
    if bare := _BARE.fullmatch(file.text, at, end):
        way_out = f"write `{word} {bare[1]}({bare[2]}):`"
        message = "the arguments of a stage go in parentheses"
        diagnostic = BadHeader.of(message, Label(file, Span(*bare.span(2))), way_out)
        return Slip(diagnostic, bare.span(1))
    found = _KEYS.match(file.text, at, end)
    if found is None:
        return None
    if found["keys"].startswith("{"):
        label = Label(file, Span(*found.span("keys")))
        what = "the type" if "->" in found["head"] else "the arguments"
        diagnostic = UnexpectedText.after(what, label, "write `:` before it")
    else:
        label = Label(file, Span(found.end("head"), found.end("head")))
        diagnostic = MissingColon.before_keys(word, found["head"], found["keys"], label)
    return Slip(diagnostic, found.span("name"))
