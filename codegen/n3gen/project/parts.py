"""What a module is made from: its spec file, and what that reaches of other files.

A definition of a used file that is reached by nothing changes no module, so a shared
limit, type or connection can change without touching the modules that do without it.
Found without a parser: a definition counts as reached where its name is in a text
that is reached, whatever it means there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from n3gen.project.config import Config
from n3gen.project.freshness import input_sha
from n3gen.project.texts import Texts

__all__ = ["Definition", "definitions", "module_sha", "reached_parts"]

_SINGULAR = {
    b"limits": b"limit",
    b"states": b"state",
    b"actors": b"actor",
    b"types": b"type",
    b"connections": b"connection",
    b"connectors": b"connector",
    b"chains": b"chain",
    b"pipelines": b"pipeline",
    b"tests": b"test",
}
_KINDS = frozenset(_SINGULAR.values())
_PLACED = (b"chain", b"pipeline", b"connector")
"""Kinds of whose lines a module speaks, so that moving them changes it."""

_CONNECTION = b"connection"
_TEST = b"test"
_WORD = re.compile(rb"\w+")
_ESCAPE = re.compile(rb"\\[xuU]")
_TOP_LINE = re.compile(rb"^[^\s#][^\n]*", re.MULTILINE)
_NAME = rb'(?P<NAME>[A-Za-z_][A-Za-z0-9_]*|"[^"\\\n]+")'
_AI_HEAD = re.compile(rb"([a-z]+)[ \t]+" + _NAME + rb"[ \t]*:")
_AI_USE = re.compile(rb"use[ \t]")
_REST = rb"[ \t]*(?:#[^\n]*)?$"
_YAML_SECTION = re.compile(rb"([a-z]+):" + _REST, re.MULTILINE)
_YAML_KEY = re.compile(_NAME + rb":(?=[ \t]|$)", re.MULTILINE)
_YAML_ALIAS = re.compile(rb"(?<![^\s\[{,:])[&*](?=\w)|<<")
"""What lets one definition hold a part of another."""

_INDENTED = re.compile(rb"^( +)(?=[^ #\n])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of a file: its kind, its name, the line it begins on, its text."""

    kind: bytes
    name: bytes
    line: int
    text: bytes


def module_sha(config: Config, texts: Texts, path: str) -> str:
    """Return the hash of what the module of the spec file `path` is made from."""
    data = texts.data(path)
    found = list(reached_parts(data, {p: texts.data(p) for p in texts.used(path)}))
    asks = any(b"connection" in text for text in (data, *(text for *_, text in found)))
    parts: list[str | bytes] = [
        "module",
        config.options_key(path, prices=asks),
        path,
        data,
    ]
    for other, line, text in found:
        parts += (other, str(line), text)
    return input_sha(*parts)


def reached_parts(
    data: bytes, used: Mapping[str, bytes]
) -> Iterator[tuple[str, int, bytes]]:
    """Yield what a spec file with the bytes `data` reaches of the files that it uses.

    Each part is a path, a line or 0 where lines do not matter, and a text; the parts
    are in the order of their files. A file that cannot be taken apart is one part.
    """
    found = {path: definitions(path, text) for path, text in used.items()}
    whole = [used[path] for path, parts in found.items() if parts is None]
    waiting = [one for parts in found.values() for one in parts or ()]
    waiting = [one for one in waiting if one.kind != _TEST]
    reached = set(map(id, _reached([data, *whole], waiting)))
    for path, parts in found.items():
        if parts is None:
            yield path, 0, used[path]
            continue
        for one in parts:
            if id(one) in reached:
                yield path, one.line if one.kind in _PLACED else 0, one.text


def definitions(path: str, data: bytes) -> tuple[Definition, ...] | None:
    """Return the definitions of a file; `None` where that needs a parser."""
    if path.endswith(".json"):
        return None
    found = list(_ai_parts(data) if path.endswith(".ai") else _yaml_parts(data))
    return None if None in found else tuple(one for one in found if one is not None)


def _reached(
    texts: Iterable[bytes], candidates: Iterable[Definition]
) -> Iterator[Definition]:
    """Yield the candidates that the texts name, and those that these name."""
    known = list(candidates)
    unseen = [set(_WORD.findall(one.name)) for one in known]
    named: dict[bytes, list[int]] = {}
    for index, words in enumerate(unseen):
        for word in words:
            named.setdefault(word, []).append(index)
    only = [one for one in known if one.kind == _CONNECTION]
    waiting = list(texts)
    if len(only) == 1:  # Model calls that name no connection mean it.
        waiting.append(only[0].name)
    for one, words in zip(known, unseen, strict=True):
        if not words:  # Nothing shows that it is named.
            yield one
            waiting.append(one.text)
    for text in waiting:
        if _ESCAPE.search(text):
            yield from known  # A name may be spelt by escapes.
            return
        for word in set(_WORD.findall(text)) & named.keys():
            for index in named.pop(word):
                unseen[index].remove(word)
                if not unseen[index]:
                    yield known[index]
                    waiting.append(known[index].text)


def _ai_parts(data: bytes) -> Iterator[Definition | None]:
    """Yield the blocks of an `.ai` file; `None` for a line that begins none."""
    lines = list(_TOP_LINE.finditer(data))
    if not lines or _INDENTED.search(data, 0, lines[0].start()):
        yield None
        return
    ends = [*(line.start() for line in lines[1:]), len(data)]
    for line, end in zip(lines, ends, strict=True):
        if _AI_USE.match(line[0]):
            continue
        head = _AI_HEAD.match(data, line.start())
        if head is None or head[1] not in _KINDS:
            yield None
            return
        yield _definition(data, head[1], head, end)


def _yaml_parts(data: bytes) -> Iterator[Definition | None]:
    """Yield the definitions of a YAML file of plain sections; `None` for what is none."""
    if _YAML_ALIAS.search(data):
        yield None
        return
    lines = [one for one in _TOP_LINE.finditer(data) if not one[0].startswith(b"- ")]
    if not lines or _INDENTED.search(data, 0, lines[0].start()):
        yield None
        return
    ends = [*(line.start() for line in lines[1:]), len(data)]
    for line, end in zip(lines, ends, strict=True):
        section = _YAML_SECTION.fullmatch(line[0])
        if line[0].startswith(b"use:"):
            continue
        if section is None or section[1] not in _SINGULAR:
            yield None
            return
        yield from _entries(data, _SINGULAR[section[1]], line.end(), end)


def _entries(
    data: bytes, kind: bytes, start: int, end: int
) -> Iterator[Definition | None]:
    """Yield the entries of a section, which are in lines of one indentation."""
    heads: list[re.Match[bytes]] = []
    width = 0
    for line in _INDENTED.finditer(data, start, end):
        width = width or len(line[1])
        if len(line[1]) > width:
            continue
        head = _YAML_KEY.match(data, line.end())
        if len(line[1]) < width or head is None:
            yield None
            return
        heads.append(head)
    ends = [*(head.start() for head in heads[1:]), end]
    for head, stop in zip(heads, ends, strict=True):
        yield _definition(data, kind, head, stop)


def _definition(
    data: bytes, kind: bytes, head: re.Match[bytes], end: int
) -> Definition:
    """Return the definition whose name is `NAME` of the match `head`."""
    start = head.start("NAME")
    line = data.count(b"\n", 0, start) + 1
    text = kind + b" " + data[start:end].rstrip()
    return Definition(kind, head["NAME"].strip(b'"'), line, text)
