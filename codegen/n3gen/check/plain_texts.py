"""Texts that are taken as they stand, and look as if they were not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from n3gen.check.field_texts import OF_RUNS, fields_of
from n3gen.check.finders import finder
from n3gen.check.rules.plain_text_rules import (
    BareAddress,
    CurlyQuotes,
    NoTemplate,
    PrefixedQuotes,
)
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written, parsed
from n3gen.semantics.walk import Places, every_entry, every_part
from n3gen.spec.definition_rules import BadEnv
from n3gen.spec.environment import (
    Env,
    foreign_env,
    looks_like_env,
    meant_env,
    parse_env,
    quoted_envs,
)
from n3gen.spec.keys import Key, Record
from n3gen.spec.model import (
    Connection,
    Connector,
    HttpStep,
    InputField,
    Node,
    Place,
    Spec,
    State,
    Step,
)
from n3gen.spec.texts import data_texts
from n3gen.spec.values import shown

__all__ = [
    "check_addresses",
    "check_curly_quotes",
    "check_defaults",
    "check_env_calls",
    "check_prefixes",
    "check_template_keys",
    "check_templates",
    "keyed_parts",
    "without_expressions",
    "written_parts",
]

_EXPRESSIONS: Final = re.compile(
    r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}",
    re.DOTALL,
)
"""What is no plain text by its look; the author of `raw` means its braces."""


@finder
def check_templates(known: Semantics) -> Iterator[Diagnostic]:
    """Find templates in texts that are no templates."""
    places = known.places
    for node, keys in keyed_parts(known.spec):
        loc = node.place.loc
        data = places.data(node.place)
        for at in dict.fromkeys(Record("", keys).plain_texts(data, loc)):
            place = Place(node.place.path, at)
            text = places.data(place)
            # One that means `env(...)` has a message of its own.
            if isinstance(text, str) and "{{" in text and not foreign_env(text):
                start = text.index("{{")
                end = text.find("}}", start) + 2
                label = places.part(place, start, end if end > 1 else len(text))
                yield NoTemplate.of(_shown_key(at), label, _way_out(node))


_WITH_DATA: Final = ("chains", "pipelines", "connectors", "connections")
"""The sections in which the keys of mappings are sent or computed with."""


@finder
def check_template_keys(known: Semantics) -> Iterator[Diagnostic]:
    """Find templates in the keys of mappings."""
    for document in known.documents.values():
        for loc in document.keys:
            key = loc[-1]
            if loc[0] in _WITH_DATA and isinstance(key, str) and "{{" in key:
                found = _WHOLE.fullmatch(key)
                yield NoTemplate.in_key(document.key_label(loc), found and found[1])


_WHOLE: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
"""A text that is one expression alone."""


@finder
def check_defaults(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions about a run in what is known before there is one."""
    owners: tuple[InputField | State, ...] = (
        *known.spec.states,
        *fields_of(known.spec),
    )
    for owner in owners:
        for text in data_texts(owner.default):
            for reference in parsed(text).references if "{{" in text.text else ():
                if reference.root in OF_RUNS:
                    yield _default_of_run(owner, text, known.places)
                    break


def _default_of_run(
    owner: InputField | State, text: Text, places: Places
) -> Diagnostic:
    place = owner.place
    for key in ("default", *text.keys):
        inner = place / key
        place = inner if places.data(inner) is not None else place
    return NoTemplate.of("default", places.value(place), "write a plain value")


def keyed_parts(spec: Spec) -> Iterator[tuple[Node, tuple[Key, ...]]]:
    """The parts of a spec that have texts of their own, with the tables of their keys."""
    for connection in spec.connections:
        yield connection, (*Connection.COMMON, *connection.KEYS)
    for connector in spec.connectors:
        yield connector, Connector.KEYS
    for chain in spec.chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, Step):
                yield entry, (*Step.COMMON, *entry.KEYS)


def _way_out(node: Node) -> str:
    if isinstance(node, Connection):
        return 'write a plain text or `env("NAME")`; what varies belongs on the call'
    return "write a plain text"


def _shown_key(loc: Iterable[str | int]) -> str:
    """The innermost key of a place that is a name."""
    return shown([key for key in loc if isinstance(key, str)][-1])


_CURLY: Final = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019")


@finder
def check_curly_quotes(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts in curly quotes, which take them for what encloses a text."""
    documents = known.documents.values()
    curly = [d for d in documents if any(quote in d.source.text for quote in _CURLY)]
    expressions = {
        Place(part.place.path, (*part.place.loc, *text.keys))
        for part in (written_parts(known.spec) if curly else ())
        for text in part.texts()
        if text.form == "expression"
    }
    for document in curly:
        for loc, span in document.values.items():
            written = document.source.text[span.start : span.end]
            is_quoted = written.startswith(_CURLY) and written.endswith(_CURLY)
            # In an expression they are a fault of its own.
            place = Place(document.source.path, loc)
            if is_quoted and len(written) > 1 and place not in expressions:
                yield CurlyQuotes.of(document.label(loc))


_ADDRESS: Final = re.compile(
    r"\s*(?:https?://|\{[{%]|[\u201c-\u201e\u2018\u2019]|$)", re.IGNORECASE
)
"""How an address may begin: an expression may be one, curly quotes are reported as such."""

_CAPITALS: Final = "[A-Z][A-Z0-9_]+"
_SHELL: Final = re.compile(
    rf"\s*\$(?:\{{(?P<own>{_CAPITALS})(?::?-(?P<default>[^{{}}]*))?\}}"
    rf"|\{{?(?P<bare>{_CAPITALS}))(?P<rest>.*)",
    re.DOTALL,
)
"""An address that begins with a variable, as shells write it, maybe with a default."""


@finder
def check_addresses(known: Semantics) -> Iterator[Diagnostic]:
    """Find addresses of requests and connections without `https://` or `http://`."""
    for chain in known.spec.chains:
        for entry in every_entry(chain.steps):
            url = entry.url if isinstance(entry, HttpStep) else None
            # Another rule reports variables.
            if url is not None and not _SHELL.match(url):
                yield from _address(url, entry.place / "url", known.places)
    for connection in known.spec.connections:
        place = connection.place / "base_url"
        text = known.places.data(place)
        env = parse_env(text) if isinstance(text, str) else None
        address = text if env is None else env.default
        variable = _SHELL.match(address) if isinstance(address, str) else None
        if variable is not None and foreign_env(str(address)) is None:
            name, rest = variable["own"] or variable["bare"], variable["rest"].rstrip()
            default = shown(variable["default"] + rest) if variable["default"] else None
            label = known.places.value(place)
            yield BadEnv.of("base_url", label, name, default, shown(rest))
        elif isinstance(address, str):
            yield from _address(address, place, known.places)


def _address(address: str, place: Place, places: Places) -> Iterator[Diagnostic]:
    names_env = looks_like_env(address) or foreign_env(address) is not None
    if not _ADDRESS.match(address) and not names_env:
        yield BareAddress.of(shown(address), places.value(place))


_PREFIXED: Final = re.compile(
    r"""\s*((?:[fFrRbBuU]{1,2}|\$)(?=["']))(["']).*\2\s*""", re.DOTALL
)
"""A text in quotes as languages write it that have letters before them."""


@finder
def check_prefixes(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts in quotes behind the `f` of f-strings and its like."""
    for part in written_parts(known.spec):
        for text in part.texts():
            found = _PREFIXED.fullmatch(text.text)
            if found is None or text.form != "template":
                continue
            place = Place(part.place.path, (*part.place.loc, *text.keys))
            if not known.places.is_quoted(place):
                label = known.places.part(place, found.start(1), found.end(1) + 1)
                yield PrefixedQuotes.of(found[1], label)


def written_parts(spec: Spec) -> Iterator[Written]:
    """All parts of a spec that have templates."""
    yield from spec.connectors
    for chain in spec.chains:
        yield from every_part(chain)


_SENT: Final = ("url", "headers", "query")
"""The keys of texts for servers, in which no part is `env(...)` for its own sake."""


@finder
def check_env_calls(known: Semantics) -> Iterator[Diagnostic]:
    """Find `env(...)`, as connections write it, in templates."""
    for part in written_parts(known.spec):
        for text in part.texts():
            if text.form == "template" and "env" in text.text:
                place = Place(part.place.path, (*part.place.loc, *text.keys))
                for start, end, env in _env_calls(text):
                    label = known.places.part(place, start, end)
                    written = shown(text.text[start:end].strip())
                    key = _shown_key(place.loc)
                    yield BadEnv.in_template(key, written, label, _expression(env))


def _env_calls(text: Text) -> Iterator[tuple[int, int, Env]]:
    """Yield start, end and variable of what a text means to take from the environment."""
    if whole := meant_env(text.text):
        yield 0, len(text.text), whole
    elif text.keys[0] in _SENT:
        yield from quoted_envs(without_expressions(text.text))


def _expression(env: Env) -> str:
    """Return the expression that reads a variable."""
    if env.default is None:
        return f"env.{env.name}"
    return f"env.{env.name} | default({shown(repr(env.default))})"


def without_expressions(text: str) -> str:
    """Blank the expressions of a template, which keeps the offsets of what is around."""
    return _EXPRESSIONS.sub(lambda found: "\0" * len(found[0]), text)
