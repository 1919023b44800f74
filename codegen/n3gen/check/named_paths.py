"""Texts that spell what could be read, and do not read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from functools import partial
from typing import Final, NamedTuple

from n3gen.check.finders import chain_finder, finder
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.graph_rules import TextNamesStep
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written
from n3gen.semantics.tree import Spot, Tree
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, Place
from n3gen.spec.values import shown

__all__ = [
    "FILES",
    "ROOTS",
    "check_named_paths",
    "is_plain",
    "names_of",
    "spelled_names",
]

_PATH: Final = re.compile(r"([^\W\d]\w*)(?:\.[^\W\d]\w*|\[\d+\])+")
"""A path of a name and its fields, which is no word."""

_ENCLOSED: Final = ("'", '"', "|", ">")
"""What a text begins with in the source that says by itself that it is one."""

_NAME: Final = re.compile(r"[^\W\d]\w*")
_MEANT: Final = (
    *(("value",), ("update",), ("set",), ("append",), ("stop",), ("result",)),
    ("cache", "key"),
)
"""Where a word alone that is a name is meant as that, unless it is in quotes."""

_GIVEN: Final = ("with", "payload", "result")
"""Keys whose mappings are made for what is called, of what there is."""

_MADE: Final = frozenset(
    [
        "value",
        "set",
        "append",
        "merge",
        "stop",
        "json",
        "options",
        "query",
        "headers",
        "default",
    ]
)
"""Keys whose lists and mappings are made of what there is, and of words."""

_WORDS: Final = frozenset(
    [
        "action",
        "category",
        "channel",
        "code",
        "event",
        "group",
        "intent",
        "kind",
        "label",
        "level",
        "mode",
        "name",
        "outcome",
        "phase",
        "reason",
        "role",
        "route",
        "section",
        "source",
        "stage",
        "state",
        "status",
        "step",
        "tag",
        "target",
        "task",
        "team",
        "title",
        "topic",
        "type",
    ]
)
"""Keys whose values are words, of which some step may be called by one."""

ROOTS: Final = frozenset(("payload", "input", "options", "env", "steps", "state"))
_ELSEWHERE: Final = "url"
"""A key which another rule reports."""

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
def check_paths_in_connectors(known: Semantics) -> Iterator[Diagnostic]:
    """Find templates of connectors that are a path without braces."""
    for connector in known.spec.connectors:
        yield from _paths(connector, ROOTS, ROOTS.__contains__, known.places)


@chain_finder
def check_named_paths(known: Semantics) -> Iterator[Diagnostic]:
    """Find templates that are a path or a name, as expressions have them, without braces."""
    for chain in known.checked:
        names = names_of(chain)
        fields = {field.name for field in chain.input or ()}
        for spot in known.trees[chain.name].spots():
            is_known = partial(_is_known, spot)
            yield from _paths(spot.entry, names, is_known, known.places, fields)
        # The names of steps in a result have a finder of their own.
        yield from _paths(chain, ROOTS, ROOTS.__contains__, known.places)


def _is_known(spot: Spot, name: str) -> bool:
    """Whether an entry may read a name: it is no block around it, and none out of reach.

    The result of a block reads the entries of its bodies.
    """
    if name in ROOTS or name in spot.block.variables:
        return True
    if any(one.name == name for body in spot.entry.bodies for one in body):
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
    in_data = text.keys[0] in _MADE and len(text.keys) > 1
    is_word = bool(_WORDS & {*text.keys[1:]}) and text.text != text.keys[-1]
    return text.keys in _MEANT or in_mapping or (in_data and not is_word)


def is_plain(place: Place, places: Places) -> bool:
    """Whether nothing encloses a text in its source: in quotes, it is meant as one."""
    document = places.documents[place.path]
    start = document.span(place.loc).start
    return not document.source.text.startswith(_ENCLOSED, start)


class _Spelled(NamedTuple):
    """A path or a name that is a whole text, its key, and where it stands."""

    text: str
    key: str
    place: Place
    is_path: bool


def spelled_names(tree: Tree, places: Places) -> frozenset[str]:
    """The names that the texts of the entries of a chain spell, and were to read."""
    return frozenset(
        _root(one.text)
        for spot in tree.spots()
        for one in _spelled(spot.entry, places)
        if one.is_path or _is_known(spot, one.text)
    )


def _spelled(part: Written, places: Places) -> Iterator[_Spelled]:
    for text in part.texts():
        if text.form != "template" or text.keys[0] == _ELSEWHERE:
            continue
        place = Place(part.place.path, (*part.place.loc, *text.keys))
        written = text.text.strip()
        found = _PATH.fullmatch(written)
        is_path = found is not None
        if found is None and is_plain(place, places) and _stands_alone(text):
            found = _NAME.fullmatch(written)
        if found is not None and written.rpartition(".")[2].lower() not in FILES:
            yield _Spelled(written, key_of_text(text), place, is_path)


def _paths(
    part: Written,
    names: Set[str],
    is_known: Callable[[str], bool],
    places: Places,
    fields: Set[str] = frozenset(),
) -> Iterator[Diagnostic]:
    """Find paths that begin with `names`, and names alone that are known there.

    `fields` are those of the payload, reported only where the key has the same name.
    """
    for one in _spelled(part, places):
        written, key, label = shown(one.text), one.key, places.value(one.place)
        if one.is_path:
            if _root(one.text) in names:
                yield TextNamesStep.at(key, written, label)
        elif is_known(one.text):
            yield TextNamesStep.alone(key, written, written, label)
        elif one.text in fields and key == written:
            yield TextNamesStep.alone(key, written, f"payload.{written}", label)


def _root(path: str) -> str:
    """The name that a path begins with."""
    return path.partition(".")[0].partition("[")[0]
