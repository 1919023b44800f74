"""Printing of canonical data as `.ai` blocks that read back as the same data.

What has not the shape of a block is written in brackets, so that nothing is lost.
Whether a first line says what it should is decided by the parser itself.
"""

from __future__ import annotations

import re
from typing import Any

from n3gen.names import is_name
from n3gen.syntax.block_forms import BlockSyntax, Definition
from n3gen.syntax.heads import shown_name
from n3gen.syntax.print_blocks import (
    STEP,
    WRITER,
    Data,
    entry_lines,
    pair_lines,
)
from n3gen.syntax.words import WORDS, Context
from n3gen.syntax.writer import flow, quoted

__all__ = ["print_ai"]

_PATH = re.compile(r"[\w./@+-]++")


def print_ai(data: Data) -> str:
    """The text of an `.ai` file, a blank line between its blocks."""
    blocks: list[list[str]] = []
    definitions = WORDS.definitions()
    for key, value in data.items():
        if key == "use" and _are_paths(value):
            blocks.append([f"use {_path(path)}" for path in value])
        elif key in definitions and isinstance(value, dict) and value:
            blocks += _section(definitions[key], value)
        else:
            blocks.append(pair_lines(key, value, 0, Context.TOP))
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n" if blocks else ""


def _are_paths(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and _all_texts(value)


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _path(path: str) -> str:
    return path if _PATH.fullmatch(path) else quoted(path)


def _section(form: BlockSyntax, section: Data) -> list[list[str]]:
    """A block for each definition; what cannot be one goes under the section's key."""
    blocks: list[list[str]] = []
    odd: Data = {}
    for name, value in section.items():
        if form.entries and not isinstance(value, dict):
            odd[name] = value
        else:
            assert isinstance(form, Definition)
            blocks.append(_definition(form, name, value))
    return [*blocks, [f"{form.section}: {flow(odd)}"]] if odd else blocks


def _definition(form: Definition, name: str, value: Any) -> list[str]:
    head = f"{form.word} {shown_name(name)}"
    if form.entries and form.body is not None:
        return [f"{head}:", *_record(value, form.entries, form.body)]
    if form.parent and _is_child(value):
        return [f"{head}: {value['permits']} {form.parent} {value[form.parent]}"]
    if not isinstance(value, dict):
        inline = quoted(value) if isinstance(value, str) else flow(value)
        return [f"{head}: {inline}"]
    if form.link and isinstance(value.get(form.link), str):
        head = f"{head} of {shown_name(value[form.link])}"
        value = {key: one for key, one in value.items() if key != form.link}
    if not value and not form.record:
        return [f"{head}: {{}}"]
    typed = value.get(form.type_key) if form.type_key else None
    if len(value) > 1 and isinstance(typed, str):
        rest = {key: one for key, one in value.items() if key != form.type_key}
        return [f"{head}: {quoted(typed)}", *WRITER.mapping(rest, STEP)]
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
