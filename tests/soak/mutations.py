"""Mutations of a spec's text: of its bytes, its tokens, its lines or its data."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from n3gen.source import SourceFile
from n3gen.syntax import print_ai, print_yaml, read_document
from n3gen.syntax.document import Document

from tests.soak.corpus import TOKEN, corpus, tokens_of_corpus

__all__ = ["mutated"]

AWKWARD = [
    *("{{", "}}", "{%", "%}", "{#", "#}", '"', "'", "\\", "|", ">-", "|2", "\t", "#"),
    *("\x00", "\u2028", "\u0085", "\x0c", "\u202e", "\ud800", "\ufeff", "\ufb01"),
    *("&a", "*a", "!!python/object:os.system", "<<", "---", "...", "?", "- "),
    *("1e999", "-1", "99999999999999999999", ".nan", ".inf", "~", "null", "None"),
    *("self", "class", "lambda", "__import__", "__class__", "_x", "\u0130", "x" * 300),
    *("range(10**9)", "'a'*10**9", "x | default(1)", "x|sort|first", "1/0", "x[::-1]"),
    *("one of [a, b]", "list[int]", "int | str", "str?", "= 5", "use ../y", "max 3"),
    *("parallel: true", "depends_on: [a]", "when: x", "retry: 3", "cache: 1h"),
    *("timeout: 1", "250ms", "-5m", "limit: none", "schedule: dag", "output: T"),
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 3.5, 10**30, "", "a", "payload", "x: y", "5m", "none"),
    *("{{ a }}", "{{ payload.x | default(1) }}", "two\nlines\n", " lead", "#c"),
    *([], {}, ["a"], {"a": 1}, [[["a"]]], {"a": {"b": {"c": 1}}}),
]


def mutated(random: Random) -> tuple[str, str]:
    """Return the suffix and the text of a spec of the corpus, changed at random."""
    suffix, text = random.choice(corpus())
    if random.random() < 0.4:
        suffix, text = _with_changed_data(random, suffix, text)
        if random.random() < 0.9:
            return suffix, text
    change = random.choice([_changed_bytes, _changed_tokens, _changed_lines])
    return suffix, change(random, text)


def _changed_bytes(random: Random, text: str) -> str:
    data = bytearray(text.encode("utf-8", "surrogatepass")) or bytearray(b"a")
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(data) or 1)
        data[at : at + random.choice((0, 1, 1, 20))] = random.choice(
            [
                b"",
                random.randbytes(1),
                data[at : at + random.randrange(1, 40)],
                random.choice(AWKWARD).encode("utf-8", "surrogatepass"),
            ]
        )
    return data.decode("utf-8", random.choice(("replace", "surrogateescape", "ignore")))


def _changed_tokens(random: Random, text: str) -> str:
    tokens = TOKEN.findall(text) or ["a"]
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        new = random.choice([tokens[other], random.choice(AWKWARD)])
        if random.random() < 0.3:
            new = random.choice(tokens_of_corpus())
        tokens[at : at + random.choice((0, 1, 1))] = [new]
    return "".join(tokens)


def _changed_lines(random: Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        changes: list[Callable[[Random, list[str]], None]]
        changes = [_drop, _repeat, _indent, _swap, _end, _graft]
        random.choice(changes)(random, lines)
    return "\n".join(lines)


def _drop(random: Random, lines: list[str]) -> None:
    if len(lines) > 1:
        del lines[random.randrange(len(lines))]


def _repeat(random: Random, lines: list[str]) -> None:
    at = random.randrange(len(lines))
    block = lines[at : at + random.choice((1, 2, 5))]
    to = random.randrange(len(lines))
    lines[to:to] = block


def _indent(random: Random, lines: list[str]) -> None:
    at = random.randrange(len(lines))
    lines[at] = " " * random.randrange(9) + lines[at].lstrip()


def _swap(random: Random, lines: list[str]) -> None:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _end(random: Random, lines: list[str]) -> None:
    lines[random.randrange(len(lines))] += random.choice(
        ["  # c", " ", ":", " [", " {", " |", " >", " \\"]
    )


def _graft(random: Random, lines: list[str]) -> None:
    other = random.choice(corpus())[1].split("\n")
    start, to = random.randrange(len(other)), random.randrange(len(lines))
    lines[to:to] = other[start : start + random.choice((1, 3, 10))]


def _with_changed_data(random: Random, suffix: str, text: str) -> tuple[str, str]:
    """Return the text of a document some of whose values were replaced or removed."""
    document, _ = read_document(SourceFile.of(f"specs/x{suffix}", text))
    if document is None or not document.data:
        return suffix, text
    data = copy.deepcopy(dict(document.data))
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        if places := list(_places(data)):
            _change(random, *random.choice(places), random.choice(places))
    made = Document(SourceFile("x.ai", ""), data)
    try:
        if random.random() < 0.5:
            return ".ai", print_ai(made)
        return ".yaml", print_yaml(made)
    except (AttributeError, KeyError, TypeError, ValueError):
        return suffix, text  # no document: the printers take canonical data only


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each collection with each of its keys or indices."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _change(random: Random, parent: Any, key: Any, other: tuple[Any, Any]) -> None:
    elsewhere, there = other
    new = [random.choice(VALUES), copy.deepcopy(elsewhere[there])]
    match random.randrange(4):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[str(random.choice(tokens_of_corpus()))] = parent.pop(key)
        case 2 if isinstance(parent, list):
            parent.insert(key, random.choice(new))
        case _:
            parent[key] = random.choice(new)
