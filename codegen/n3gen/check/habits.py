"""Texts as other languages and tools write them: words, addresses, marks of roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from n3gen.check.finders import chain_finder, finder
from n3gen.check.plain_texts import written_parts
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.habit_rules import DoubledPath, ForeignWord, RoleMarkers
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import choices_of
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.environment import parse_env
from n3gen.spec.model import Chain, ChainStep, Match, Place, TypeRef
from n3gen.spec.test_nodes import Test
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = [
    "check_cases_of_none",
    "check_defaults_of_none",
    "check_doubled_paths",
    "check_foreign_words",
    "check_role_markers",
    "is_nothing",
]

_WORDS: Final = {
    **dict.fromkeys(("None", "nil", "undefined"), "null"),
    "True": "true",
    "False": "false",
}
"""Words for nothing, true and false that are texts in data."""

_SWITCHES: Final = {
    written: meant
    for word, meant in {
        "yes": "true",
        "on": "true",
        "no": "false",
        "off": "false",
    }.items()
    for written in (word, word.capitalize(), word.upper())
}
"""Words for true and false in the YAML of old, which are texts."""

_VALUES: Final = ("value", "result", "with", "payload", "default", "update")
"""Keys below which `none` is that of expressions; in options it is a word of its own."""

_SWITCHED: Final = ("value", "result", "with", "payload", "update", "options")
"""Keys below which such a word may be meant; the type of a `default` says what it is."""

_AS_TEXT: Final = r"""["']{0}["']|\b(?:case|one of)\b.*\b{0}\b"""
"""Where a spec compares with the text, or has it among its choices."""

_OF_TESTS: Final = ("payload", "state", "send", "mock", "expect")
"""The keys of tests with data; what the values of `env` are texts of is not known."""


@finder
def check_foreign_words(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts that are the words of other languages for null, true and false."""
    for part in written_parts(known.spec):
        callee = (
            known.chains.get(part.target or "") if isinstance(part, ChainStep) else None
        )
        for text in part.texts():
            if text.form == "template" and text.keys[-1] != "model":
                yield from _word(text, part.place, known.places, callee)
    for test in known.spec.tests:
        for text in _data(test, known.places):
            chain = known.chains.get(test.chain or "")
            yield from _word(text, test.place, known.places, chain)


@chain_finder
def check_cases_of_none(known: Semantics) -> Iterator[Diagnostic]:
    """Find cases that are a word for nothing, where no choice of the type is one."""
    for chain in known.checked:
        types = known.types[chain.name]
        for match in every_entry(chain.steps):
            if not isinstance(match, Match):
                continue
            tree = next((parsed(text).tree for text in match.texts()), None)
            found = types.of_node(tree) if tree is not None else None
            choices = choices_of(found[1]) if found is not None else ()
            if found is not None and not _may_be_text(found[1]):
                continue  # a comparison that never holds
            for case in match.cases:
                for index, value in enumerate(case.values):
                    place = case.place / "case" / index
                    if value not in choices and is_nothing(value, place, known.places):
                        label = known.places.value(place)
                        yield ForeignWord.of("case", str(value), "null", label)


@finder
def check_defaults_of_none(known: Semantics) -> Iterator[Diagnostic]:
    """Find defaults of fields that may be none which are a word for that."""
    chains = [field for chain in known.spec.chains for field in chain.typed_fields]
    types = [field for type_ in known.spec.types for field in type_.fields]
    for field in (*chains, *types):
        place = field.place / "default"
        if field.default != "none" or not field.type.may_be_none:
            continue
        if not known.places.is_quoted(place):
            yield ForeignWord.of("default", "none", "null", known.places.value(place))


def _may_be_text(type_: TypeRef) -> bool:
    names = {type_.name, *(one.name for one in type_.args if type_.name == "union")}
    return not names.isdisjoint(("any", "one of", "str"))


def is_nothing(value: Any, place: Place, places: Places) -> bool:
    """Whether a literal without quotes is a word for nothing, and a text here."""
    is_word = isinstance(value, str) and (
        value == "none" or _WORDS.get(value) == "null"
    )
    return is_word and not places.is_quoted(place)


def _data(test: Test, places: Places) -> Iterator[Text]:
    for key in _OF_TESTS:
        yield from data_texts(places.data(test.place / key), key)


def _is_typed(text: Text, chain: Chain | None) -> bool:
    """Whether the chain that gets a payload declares the type of this text of it."""
    if chain is None or text.keys[0] != "payload" or len(text.keys) == 1:
        return False
    types = [field.type for field in chain.input or () if field.key == text.keys[1]]
    return bool(types) and not any(map(_is_open, types))


def _is_open(type_: TypeRef) -> bool:
    is_bare = type_.name in ("list", "dict") and not type_.args
    return is_bare or type_.name == "any" or any(map(_is_open, type_.args))


def _word(
    text: Text, owner: Place, places: Places, chain: Chain | None
) -> Iterator[Diagnostic]:
    """Find such a word; `chain` is the one that gets what is below `payload`."""
    word = text.text
    is_none = word == "none" and text.keys[0] in _VALUES
    meant = "null" if is_none else _WORDS.get(word)
    if word in _SWITCHES and text.keys[0] in _SWITCHED and not _is_typed(text, chain):
        named = re.compile(_AS_TEXT.format(word))
        is_text = any(
            named.search(one.source.text) for one in places.documents.values()
        )
        meant = None if is_text else _SWITCHES[word]
    if meant is None:
        return
    place = Place(owner.path, (*owner.loc, *text.keys))
    key = key_of_text(text)
    source = places.documents[place.path].source
    if not places.is_quoted(place):
        yield ForeignWord.of(key, word, meant, places.value(place))
    elif source.text.lstrip().startswith("{") and word[0].isupper():
        yield ForeignWord.in_json(key, word, meant, places.value(place))


_PATHS: Final = {
    "openai": ("/chat/completions", "/completions", "/responses", "/embeddings"),
    "anthropic": ("/v1/messages", "/messages", "/v1"),
    "ollama": ("/api/chat", "/api/generate", "/api/embed", "/api"),
}
"""What the requests of an API add to the address of its connections, in whole or part."""


@finder
def check_doubled_paths(known: Semantics) -> Iterator[Diagnostic]:
    """Find addresses of connections that end with the path of a request."""
    for connection in known.spec.connections:
        place = connection.place / "base_url"
        text: Any = known.places.data(place)
        env = parse_env(text) if isinstance(text, str) else None
        address = text if env is None else env.default
        if not isinstance(address, str):
            continue
        bare = address.partition("?")[0].rstrip("/")
        for path in _PATHS.get(connection.api, ()):
            if bare.endswith(path):
                rest = bare.removesuffix(path)
                start = str(text).find(address) + len(rest)
                label = known.places.part(place, start, start + len(path))
                yield DoubledPath.of(path, connection.api, shown(rest), label)
                break


_ROLE: Final = re.compile(
    r"^[ \t]*(#{1,3}[ \t]*)?(system|user|assistant)[ \t]*:[ \t]*$", re.MULTILINE
)
"""A line that begins a message in templates of Prompt Flow."""

_PROMPTS: Final = ("prompt", "system")


@finder
def check_role_markers(known: Semantics) -> Iterator[Diagnostic]:
    """Find prompts that are divided into messages by lines that name their roles."""
    for part in written_parts(known.spec):
        for text in part.texts():
            if text.keys[-1] not in _PROMPTS or text.form != "template":
                continue
            marks = [*_ROLE.finditer(text.text)]
            roles = {mark[2] for mark in marks}
            if "system" in roles and (len(roles) > 1 or marks[0][1]):
                place = Place(part.place.path, (*part.place.loc, *text.keys))
                label = known.places.part(place, marks[0].start(), marks[0].end())
                written = shown(marks[0][0].strip())
                yield RoleMarkers.of(str(text.keys[-1]), written, label)
