"""Texts that spell what could be read, and do not read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Final

from n3gen.check.finders import finder
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.graph_rules import TextNamesStep
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Written
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, Place
from n3gen.spec.values import shown

__all__ = ["FILES", "ROOTS", "check_named_paths", "names_of"]

_PATH: Final = re.compile(r"([^\W\d]\w*)(?:\.[^\W\d]\w*|\[\d+\])+")
"""A path of a name and its fields, which is no word."""

ROOTS: Final = frozenset(("payload", "input", "options", "env", "steps", "state"))
_ELSEWHERE: Final = frozenset(("url", "result"))
"""Keys of which other rules tell."""

FILES: Final = frozenset(
    [
        "csv",
        "db",
        "docx",
        "gif",
        "html",
        "jpeg",
        "jpg",
        "json",
        "jsonl",
        "log",
        "md",
        "mp3",
        "pdf",
        "png",
        "py",
        "txt",
        "wav",
        "webp",
        "xlsx",
        "xml",
        "yaml",
        "yml",
        "zip",
    ]
)
"""How names of files end."""


@finder
def check_named_paths(known: Semantics) -> Iterator[Diagnostic]:
    """Find templates that are a path, as expressions have them, without braces."""
    for connector in known.spec.connectors:
        yield from _paths(connector, ROOTS, known.places)
    for chain in known.spec.chains:
        names = names_of(chain)
        for entry in every_entry(chain.steps):
            yield from _paths(entry, names, known.places)


def names_of(chain: Chain) -> frozenset[str]:
    """The names that an expression of a chain may begin with."""
    entries = [*every_entry(chain.steps)]
    bound = {name for entry in entries for name in entry.binds}
    return ROOTS | bound | {entry.name for entry in entries if entry.name}


def _paths(part: Written, names: Set[str], places: Places) -> Iterator[Diagnostic]:
    for text in part.texts():
        if text.form != "template" or text.keys[0] in _ELSEWHERE:
            continue
        found = _PATH.fullmatch(text.text.strip())
        if found is None or found[0].rpartition(".")[2].lower() in FILES:
            continue
        if found[1] in names:
            place = Place(part.place.path, (*part.place.loc, *text.keys))
            label = places.value(place)
            yield TextNamesStep.at(key_of_text(text), shown(found[0]), label)
