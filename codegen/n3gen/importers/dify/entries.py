"""Entries of a body: what they read, and those that nothing reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from n3gen.syntax.ai_comments import entry_text

__all__ = [
    "filled",
    "is_step",
    "names",
    "texts_of",
    "unread",
    "unread_requests",
    "wait_for",
    "without",
]


def is_step(entry: dict[str, Any]) -> bool:
    return not entry.keys() & {"for", "while", "if", "on_error"} or (
        "on_error" in entry and "name" in entry
    )


def names(text: str, name: str) -> bool:
    return (
        re.search(rf"(?<![\w.]){re.escape(name)}\b|steps\.{re.escape(name)}\b", text)
        is not None
    )


def texts_of(data: Any) -> Iterator[str]:
    """Yield all texts in data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from texts_of(one)


def unread(entries: list[dict[str, Any]], result: Any) -> list[str]:
    """The names of steps that only give what nothing reads."""
    return _unread(entries, result, _is_pure)


def _unread(
    entries: list[dict[str, Any]],
    result: Any,
    is_meant: Callable[[dict[str, Any]], bool],
) -> list[str]:
    every = list(_every(entries))
    texts = [(entry, list(_own_texts(entry))) for entry in every]
    ends = list(texts_of(result))
    found: list[str] = []
    for entry in every:
        if is_meant(entry):
            others = (one for other, own in texts for one in own if other is not entry)
            if not any(names(one, entry["name"]) for one in (*ends, *others)):
                found.append(entry["name"])
    return found


def _is_pure(entry: dict[str, Any]) -> bool:
    """Whether a step, or a block without steps, has no other effect than its value."""
    if entry.keys() & {"prompt", "messages"}:
        return "remember" not in entry
    if entry.keys() & {"for", "while", "if"}:
        return not any(entry.get(key) for key in ("steps", "then"))
    return "value" in entry and "state" not in entry and "name" in entry


def unread_requests(entries: list[dict[str, Any]], result: Any) -> list[str]:
    """The names of requests that only read, and whose answers nothing reads."""
    return _unread(entries, result, _is_request)


def _is_request(entry: dict[str, Any]) -> bool:
    return "url" in entry and entry.get("method", "GET") in ("GET", "HEAD", "OPTIONS")


def wait_for(entries: list[dict[str, Any]], name: str) -> None:
    """Let the step behind a step name it: it is there for its effect."""
    for entry, after in pairwise(entries):
        if entry.get("name") == name and is_step(after):
            after["depends_on"] = [*after.get("depends_on", []), name]
    for entry in entries:
        for key in ("steps", "then"):
            wait_for(entry.get(key, []), name)


def _own_texts(entry: dict[str, Any]) -> Iterator[str]:
    inner = ("steps", "then")
    for key, one in entry.items():
        if key not in (*inner, "name", "on_error"):
            yield from texts_of(one)


def _every(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        if "on_error" in entry and "name" not in entry:
            continue  # what runs in place of a failed round
        yield entry
        for key in ("steps", "then"):
            yield from _every(entry.get(key, []))


def filled(
    entries: list[dict[str, Any]], new_name: Callable[[str], str]
) -> list[dict[str, Any]]:
    """The entries, with a step that gives none in each block that has no other."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        own = dict(entry)
        for key in ("steps", "then"):
            if key in own:
                own[key] = filled(own[key], new_name)
                if not any("name" in one for one in own[key]):
                    step = {"name": new_name("nothing"), "value": None}
                    own[key].insert(0, step)
                    own["result"] = own.get("result") or f"{{{{ {step['name']} }}}}"
        found.append(own)
    return found


def without(
    entries: list[dict[str, Any]], name: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries without a step, and the lines of it."""
    kept: list[dict[str, Any]] = []
    lines: list[str] = []
    gone: dict[str, Any] = {}
    for entry in entries:
        if entry.get("name") == name and _is_pure(entry):
            gone = entry
            lines = entry_text(entry)
            continue
        copy = dict(entry)
        for key in ("steps", "then"):
            if key in copy:
                copy[key], more = without(copy[key], name)
                lines = lines or more
        if name in copy.get("depends_on", []):
            others = [one for one in copy["depends_on"] if one != name]
            more_names = [
                one for one in gone.get("depends_on", []) if one not in others
            ]
            copy["depends_on"] = [*others, *more_names]
            if not copy["depends_on"]:
                del copy["depends_on"]
        kept.append(copy)
    return kept, lines
