"""Texts that spell what could be read, and do not read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from functools import partial
from typing import Final

from n3gen.check.finders import finder
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.graph_rules import TextNamesStep
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, Place
from n3gen.spec.values import shown

__all__ = ["FILES", "ROOTS", "check_named_paths", "is_plain", "names_of"]

_PATH: Final = re.compile(r"([^\W\d]\w*)(?:\.[^\W\d]\w*|\[\d+\])+")
"""A path of a name and its fields, which is no word."""

_ENCLOSED: Final = ("'", '"', "|", ">")
"""What a text begins with in the source that says by itself that it is one."""

_NAME: Final = re.compile(r"[^\W\d]\w*")
_MEANT: Final = (("value",), ("update",), ("cache", "key"))
"""Where a word alone that is a name is meant as that, unless it is in quotes."""

_GIVEN: Final = ("with", "payload")
"""Keys whose mappings are made for what is called, of what there is."""

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
    """Find templates that are a path or a name, as expressions have them, without braces."""
    for connector in known.spec.connectors:
        yield from _paths(connector, ROOTS, ROOTS.__contains__, known.places)
    for chain in known.spec.chains:
        names = names_of(chain)
        for spot in known.trees[chain.name].spots():
            is_known = partial(_is_known, spot)
            yield from _paths(spot.entry, names, is_known, known.places)


def _is_known(spot: Spot, name: str) -> bool:
    """Whether an entry may read a name: it is no block around it, and none out of reach."""
    if name in ROOTS or name in spot.block.variables:
        return True
    is_around = any(one.entry.name == name for one in spot.upward())
    return not is_around and spot.block.lookup(name) is not None


def names_of(chain: Chain) -> frozenset[str]:
    """The names that an expression of a chain may begin with."""
    entries = [*every_entry(chain.steps)]
    bound = {name for entry in entries for name in entry.binds}
    return ROOTS | bound | {entry.name for entry in entries if entry.name}


def _stands_alone(text: Text) -> bool:
    """Whether a text is where what there is goes on, and hardly a word of its own."""
    in_mapping = text.keys[0] in _GIVEN and len(text.keys) > 1
    return text.keys in _MEANT or in_mapping


def is_plain(place: Place, places: Places) -> bool:
    """Whether nothing encloses a text in its source: in quotes, it is meant as one."""
    document = places.documents[place.path]
    start = document.span(place.loc).start
    return not document.source.text.startswith(_ENCLOSED, start)


def _paths(
    part: Written, names: Set[str], is_known: Callable[[str], bool], places: Places
) -> Iterator[Diagnostic]:
    """Find paths that begin with `names`, and names alone that are known there."""
    for text in part.texts():
        if text.form != "template" or text.keys[0] in _ELSEWHERE:
            continue
        place = Place(part.place.path, (*part.place.loc, *text.keys))
        written = text.text.strip()
        found = _PATH.fullmatch(written)
        if found is None and is_plain(place, places) and _stands_alone(text):
            found = _NAME.fullmatch(written)
        if found is None or found[0].rpartition(".")[2].lower() in FILES:
            continue
        if is_known(found[0]) if found.re is _NAME else found[1] in names:
            label = places.value(place)
            yield TextNamesStep.at(key_of_text(text), shown(found[0]), label)
