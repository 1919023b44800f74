"""The lines in `.ai` of steps and blocks of canonical data.

Whether a first line says what it should is decided by the parser itself.
"""

from __future__ import annotations

from typing import Any

from n3gen.diagnostics import Problems
from n3gen.names import is_name
from n3gen.source import SourceFile
from n3gen.syntax.block_forms import (
    BlockSyntax,
    CaseBlock,
    EntryBlock,
    StageBlock,
    is_clause,
)
from n3gen.syntax.canonical import canonical
from n3gen.syntax.heads import Control, shown_name
from n3gen.syntax.lower import lower
from n3gen.syntax.nodes import build
from n3gen.syntax.parser import parse
from n3gen.syntax.words import WORDS, Context
from n3gen.syntax.writer import DataWriter, flow, quoted, scalar

__all__ = ["STEP", "WRITER", "Data", "entry_lines", "pair_lines", "shown_name"]

STEP = 4
"""Spaces a level."""

Data = dict[str, Any]


def _key(key: str) -> str:
    """A key among data; one that looks like a block's first line needs quotes."""
    text = scalar(key)
    looks_like_block = " " in key and key.split(" ")[0] in WORDS.blocks()
    return quoted(key) if text == key and looks_like_block else text


WRITER = DataWriter(STEP, _key)


def _key_in(context: Context, key: str, value: Any) -> str:
    """A key in a body where blocks can stand: in quotes where it looks like one."""
    if context is Context.ENTRY or scalar(key) != key:
        return _key(key)
    block = WORDS.blocks().get(key)
    is_word = block is not None and (context is not Context.TOP or bool(block.section))
    is_flag = block is not None and block.plain_key
    if is_flag and not (value is None or isinstance(value, dict | list)):
        is_word = False
    return quoted(key) if is_word or " " in key else key


def pair_lines(key: str, value: Any, column: int, context: Context) -> list[str]:
    """A key with its value, in a body of `context`."""
    text = _key_in(context, key, value)
    if WORDS.context_of_key(key, context) is not Context.DATA:
        return [f"{' ' * column}{text}: {flow(value)}"]
    return WRITER.pair(text, value, column)


def _entries(entries: list[Any], column: int, context: Context) -> list[str]:
    return [line for entry in entries for line in entry_lines(entry, column, context)]


def entry_lines(entry: Any, column: int, context: Context = Context.STEPS) -> list[str]:
    """A step or a block; anything else as an item in brackets."""
    lines: list[str] | None = None
    if isinstance(entry, dict):
        block = WORDS.control_of(entry)
        if block is None:
            lines = _step(entry, column, context)
        elif block.stands(context):
            lines = _control(block, entry, column)
    if lines is not None:
        return lines
    text = quoted(entry) if isinstance(entry, str) else flow(entry)
    return [f"{' ' * column}- {text}"]


def _step(entry: Data, column: int, context: Context) -> list[str] | None:
    name = entry.get("name")
    if not isinstance(name, str):
        return None
    block = next(
        block
        for block in map(WORDS.blocks().get, WORDS.within(context))
        if isinstance(block, EntryBlock)
    )
    head, used = f"{block.word} {shown_name(name)}:", {"name"}
    if isinstance(block, StageBlock):
        head, used = _signature(block.word, entry) or (head, used)
        return [" " * column + head, *_stage(block, entry, used, column)]
    lines = [" " * column + head]
    return lines + _own_keys(entry, used, column + STEP, Context.ENTRY)


def _own_keys(entry: Data, used: set[str], column: int, context: Context) -> list[str]:
    """The keys of a step, its clauses among them."""
    lines: list[str] = []
    for key, value in entry.items():
        if key in used:
            continue
        if key in _WITH_STEPS and isinstance(value, list) and value:
            lines += _clauses(key, value, column)
        else:
            lines += pair_lines(key, value, column, context)
    return lines


_WITH_STEPS = ("on_error", "finally")
"""The keys of a step below which steps stand."""


def _clauses(key: str, entries: list[Any], column: int) -> list[str]:
    """The steps below a key of a step; clauses that say more than the key stand alone."""
    are_clauses = all(isinstance(entry, dict) and is_clause(entry) for entry in entries)
    bare = [are_clauses and _is_bare(entry) for entry in entries]
    if are_clauses and bare.count(True) < 2 and not all(bare):
        alone = _entries(entries, column, Context.STEPS)
        # A clause that no first line can say is an item, which no step has among its keys.
        if not any(line.startswith(" " * column + "- ") for line in alone):
            return alone
    below = _entries(entries, column + STEP, Context.STEPS)
    return [f"{' ' * column}{key}:", *below]


def _is_bare(clause: Data) -> bool:
    """Whether the first line of a clause is its word alone."""
    return clause["on_error"] == ["any"] and clause.get("as") is None


def _stage(block: StageBlock, entry: Data, used: set[str], column: int) -> list[str]:
    """The keys of a stage, then the steps of its body, if it has one."""
    steps = entry.get(block.entries)
    if isinstance(steps, list) and steps:
        return _body(entry, {*used, block.entries}, steps, column)
    return _own_keys(entry, used, column + STEP, Context.STEPS)


def _signature(word: str, entry: Data) -> tuple[str, set[str]] | None:
    """`stage NAME(argument: type) -> type:`, where it says just what the entry does."""
    arguments, output = entry.get("input"), entry.get("output")
    if not isinstance(arguments, dict) or not arguments:
        return None
    pairs = ", ".join(f"{shown_name(key)}: {one}" for key, one in arguments.items())
    head = f"{word} {shown_name(entry['name'])}({pairs})"
    used = {"name", "input"}
    if isinstance(output, str):
        head += f" -> {output}"
        used.add("output")
    given = {key: entry[key] for key in ("name", "input", "output") if key in used}
    return (f"{head}:", used) if _says(f"{head}:", given, "pipeline") else None


def _says(head: str, expected: Any, word: str = "chain") -> bool:
    """Whether the parser takes `head` for an entry that equals `expected`."""
    if "\n" in head:
        return False
    problems = Problems()
    file = SourceFile("head.ai", f"{word} x:\n    {head}\n")
    root = canonical(lower(file, parse(file, problems), problems), file, problems)
    record = build(file, root, problems).data.get(f"{word}s", {}).get("x", {})
    found = record.get("steps" if word == "chain" else "stages")
    return not len(problems) and repr(found) == repr([expected])


def _control(block: BlockSyntax, entry: Data, column: int) -> list[str] | None:
    """The lines of a block with its branches, if its entry has the shape of one."""
    head = _head(block, entry)
    if head is None or not isinstance(entry.get(block.entries), list):
        return None
    branches = [one for one in WORDS.branches(block.word) if one.word in entry]
    inside = block.body is Context.CASES
    text, used = head
    used = {*used, block.entries, *(one.word for one in branches)}
    lines = [" " * column + text]
    if inside:
        deeper = column + STEP
        lines += _keys(entry, used, deeper, Context.CASES)
        parts = [_case(case, deeper) for case in entry[block.entries]]
    else:
        lines += _body(entry, used, entry[block.entries], column)
        parts = []
    at = column + STEP if inside else column
    parts += [_branch(block, one, entry[one.word], at) for one in branches]
    for part in parts:
        if part is None:
            return None
        lines += part
    return lines


def _keys(entry: Data, used: set[str], column: int, context: Context) -> list[str]:
    """The plain keys of a block that its first line does not say."""
    lines: list[str] = []
    for key, value in entry.items():
        if key not in used:
            lines += pair_lines(key, value, column, context)
    return lines


def _body(entry: Data, used: set[str], steps: list[Any], column: int) -> list[str]:
    """The plain keys of a block, then its steps."""
    deeper = column + STEP
    lines = _keys(entry, used, deeper, Context.STEPS)
    return lines + _entries(steps, deeper, Context.STEPS)


def _branch(
    owner: BlockSyntax, branch: BlockSyntax, value: Any, column: int
) -> list[str] | None:
    """The lines of a branch: a list of steps, or of mappings where it is repeated."""
    if not isinstance(value, list) or (branch.repeated and not value):
        return None
    if not branch.repeated:
        steps = _entries(value, column + STEP, Context.STEPS)
        return [f"{' ' * column}{branch.word}:", *steps]
    lines: list[str] = []
    for one in value:
        part = _repeated(owner, branch, one, column)
        if part is None:
            return None
        lines += part
    return lines


def _repeated(
    owner: BlockSyntax, branch: BlockSyntax, entry: Any, column: int
) -> list[str] | None:
    key = branch.entries
    if not isinstance(entry, dict) or not isinstance(entry.get(key), list):
        return None
    assert isinstance(branch.head, Control)
    said = branch.head.said(entry, "")
    if said is None or not _says(owner.word + said[0], {**said[1], key: []}):
        return None
    body = _body(entry, {*said[1], key}, entry[key], column)
    return [f"{' ' * column}{branch.word}{said[0]}", *body]


def _head(block: BlockSyntax, entry: Data) -> tuple[str, set[str]] | None:
    """A first line, and the keys of the entry that it says."""
    assert isinstance(block.head, Control)
    name = entry.get("name")
    in_head = block.head.named and isinstance(name, str) and is_name(name)
    said = block.head.said(entry, str(name) if in_head else "")
    if said is None:
        return None
    text, expected = said
    if in_head:
        expected = {**expected, "name": name}
    text = block.word + text
    if not _says(text, {**expected, block.entries: []}):
        return None
    return text, set(expected)


def _case(entry: Any, column: int) -> list[str] | None:
    """The lines of a case, if its entry has the shape of one."""
    if not isinstance(entry, dict):
        return None
    words = (WORDS.blocks()[word] for word in WORDS.within(Context.CASES))
    for block in words:
        literals = entry.get(block.word)
        steps = entry.get(block.entries)
        if not isinstance(block, CaseBlock) or not isinstance(steps, list):
            continue
        if not isinstance(literals, list) or not literals:
            return None
        if any(isinstance(one, dict | list) for one in literals):
            return None
        texts = [(block.word, _literal(one)) for one in literals]
        body = _body(entry, {block.word, block.entries}, steps, column)
        return [f"{' ' * column}{block.word}{block.head.written(texts)}", *body]
    return None


def _literal(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else scalar(value)
