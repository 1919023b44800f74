"""Takes canonical data; hands on `.ai` blocks that read back as the same data.

What has not the shape of a block is written in brackets, so that nothing is lost.
Whether a first line says what it should is asked of the parser itself.
"""

from __future__ import annotations

import re
from typing import Any

from n3gen.names import is_name
from n3gen.syntax.print_blocks import (
    STEP,
    WRITER,
    Data,
    entry_lines,
    pair_lines,
    shown_name,
)
from n3gen.syntax.words import SECTION_OF, Context
from n3gen.syntax.writer import flow, quoted

__all__ = ["print_ai"]

_WORD_OF = {section: word for word, section in SECTION_OF.items()}
_PATH = re.compile(r"[\w./@+-]++")
_MAY_BE_EMPTY = frozenset(("limit", "state"))


def print_ai(data: Data) -> str:
    """The text of an `.ai` file, a blank line between its blocks."""
    blocks: list[list[str]] = []
    for key, value in data.items():
        if key == "use" and _are_paths(value):
            blocks.append([f"use {_path(path)}" for path in value])
        elif key in _WORD_OF and isinstance(value, dict) and value:
            blocks += _section(key, value)
        else:
            blocks.append(pair_lines(key, value, 0, Context.TOP))
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n" if blocks else ""


def _are_paths(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and _all_texts(value)


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _path(path: str) -> str:
    return path if _PATH.fullmatch(path) else quoted(path)


def _section(key: str, section: Data) -> list[list[str]]:
    """A block for each definition; what cannot be one goes under the section's key."""
    blocks: list[list[str]] = []
    odd: Data = {}
    for name, value in section.items():
        word = _WORD_OF[key]
        if word in ("chain", "pipeline") and not isinstance(value, dict):
            odd[name] = value
        else:
            blocks.append(_definition(word, name, value))
    return [*blocks, [f"{key}: {flow(odd)}"]] if odd else blocks


def _definition(word: str, name: str, value: Any) -> list[str]:
    head = f"{word} {shown_name(name)}"
    if word == "chain":
        return [f"{head}:", *_record(value, "steps", Context.STEPS)]
    if word == "pipeline":
        return [f"{head}:", *_record(value, "stages", Context.STAGES)]
    if word == "limit" and _is_child(value):
        return [f"{head}: {value['permits']} within {value['within']}"]
    if not isinstance(value, dict):
        inline = quoted(value) if isinstance(value, str) else flow(value)
        return [f"{head}: {inline}"]
    if word == "test" and isinstance(value.get("chain"), str):
        head = f"{head} of {shown_name(value['chain'])}"
        value = {key: one for key, one in value.items() if key != "chain"}
    if not value and word in _MAY_BE_EMPTY:
        return [f"{head}: {{}}"]
    return [f"{head}:", *WRITER.mapping(value, STEP)]


def _is_child(value: Any) -> bool:
    if not isinstance(value, dict) or list(value) != ["permits", "within"]:
        return False
    permits, parent = value["permits"], value["within"]
    if type(permits) is not int or permits < 0:
        return False
    return isinstance(parent, str) and is_name(parent)


def _record(record: Data, key: str, context: Context) -> list[str]:
    """The keys of a chain or a pipeline, then its steps."""
    lines: list[str] = []
    for name, value in record.items():
        if name != key:
            lines += pair_lines(name, value, STEP, context)
    if key not in record:
        return lines
    steps = record[key]
    if not isinstance(steps, list) or not steps:
        return [*lines, f"{' ' * STEP}{key}: {flow(steps)}"]
    for number, entry in enumerate(steps):
        if lines and (number or lines):
            lines.append("")
        lines += entry_lines(entry, STEP, context)
    return lines
