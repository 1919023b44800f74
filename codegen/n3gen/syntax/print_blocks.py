"""Takes steps and blocks of canonical data; hands on their lines in `.ai`.

Whether a first line says what it should is asked of the parser itself.
"""

from __future__ import annotations

from typing import Any

from n3gen.diagnostics import Problems
from n3gen.names import is_name
from n3gen.source import SourceFile
from n3gen.syntax.canonical import CONTROL_WORDS, canonical
from n3gen.syntax.lower import lower
from n3gen.syntax.nodes import build
from n3gen.syntax.parser import parse
from n3gen.syntax.words import ALL_WORDS, SECTION_OF, Context, context_of_key
from n3gen.syntax.writer import DataWriter, flow, quoted, scalar

__all__ = ["STEP", "WRITER", "Data", "entry_lines", "pair_lines", "shown_name"]

STEP = 4
"""Spaces a level."""

Data = dict[str, Any]


def shown_name(name: str) -> str:
    return name if is_name(name) else quoted(name)


def _key(key: str) -> str:
    """A key among data; one that looks like a block's first line needs quotes."""
    text = scalar(key)
    looks_like_block = " " in key and key.split(" ")[0] in ALL_WORDS
    return quoted(key) if text == key and looks_like_block else text


WRITER = DataWriter(STEP, _key)


def _key_in(context: Context, key: str, value: Any) -> str:
    """A key in a body where blocks can stand: in quotes where it looks like one."""
    if context is Context.ENTRY or scalar(key) != key:
        return _key(key)
    is_word = key in (SECTION_OF if context is Context.TOP else ALL_WORDS)
    if key == "parallel" and not (value is None or isinstance(value, dict | list)):
        is_word = False
    return quoted(key) if is_word or " " in key else key


def pair_lines(key: str, value: Any, column: int, context: Context) -> list[str]:
    """A key with its value, in a body of `context`."""
    text = _key_in(context, key, value)
    if context_of_key(key, context) is not Context.DATA:
        return [f"{' ' * column}{text}: {flow(value)}"]
    return WRITER.pair(text, value, column)


def _entries(entries: list[Any], column: int, context: Context) -> list[str]:
    return [line for entry in entries for line in entry_lines(entry, column, context)]


def entry_lines(entry: Any, column: int, context: Context = Context.STEPS) -> list[str]:
    """A step or a block; anything else as an item in brackets."""
    lines: list[str] | None = None
    if isinstance(entry, dict):
        word = _block_word(entry)
        if word is None:
            lines = _step(entry, column, context)
        elif context is Context.STEPS:
            lines = _block(word, entry, column)
    if lines is not None:
        return lines
    text = quoted(entry) if isinstance(entry, str) else flow(entry)
    return [f"{' ' * column}- {text}"]


def _block_word(entry: Data) -> str | None:
    for word in CONTROL_WORDS:
        if word in entry:
            return word
    return "parallel" if isinstance(entry.get("parallel"), list) else None


def _step(entry: Data, column: int, context: Context) -> list[str] | None:
    name = entry.get("name")
    if not isinstance(name, str):
        return None
    word = "stage" if context is Context.STAGES else "step"
    head, used = f"{word} {shown_name(name)}:", {"name"}
    if word == "stage":
        signed = _signature(entry)
        if signed is not None:
            head, used = signed
    lines = [" " * column + head]
    for key, value in entry.items():
        if key in used:
            continue
        if key == "on_error" and isinstance(value, list) and value:
            lines += [f"{' ' * (column + STEP)}on_error:"]
            lines += _entries(value, column + 2 * STEP, Context.STEPS)
        else:
            lines += pair_lines(key, value, column + STEP, Context.ENTRY)
    return lines


def _signature(entry: Data) -> tuple[str, set[str]] | None:
    """`stage NAME(argument: type) -> type:`, where it says just what the entry does."""
    arguments, output = entry.get("input"), entry.get("output")
    if not isinstance(arguments, dict) or not arguments:
        return None
    pairs = ", ".join(f"{shown_name(key)}: {one}" for key, one in arguments.items())
    head = f"stage {shown_name(entry['name'])}({pairs})"
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


def _block(word: str, entry: Data, column: int) -> list[str] | None:
    """The lines of a block, if its entry has the shape of one."""
    if word in ("if", "match"):
        return (_if if word == "if" else _match)(entry, column)
    key = word if word in ("parallel", "finally") else "steps"
    head = _head(word, entry, key)
    if head is None or not isinstance(entry.get(key), list):
        return None
    text, used = head
    lines = [" " * column + text]
    if word == "within" and "else" in entry:
        if not isinstance(entry["else"], list):
            return None
        used.add("else")
    lines += _body(entry, {*used, key}, entry[key], column)
    if "else" in used:
        lines += _else(entry, column)
    return lines


def _body(entry: Data, used: set[str], steps: list[Any], column: int) -> list[str]:
    """The plain keys of a block that its first line does not say, then its steps."""
    deeper = column + STEP
    lines: list[str] = []
    for key, value in entry.items():
        if key not in used:
            lines += pair_lines(key, value, deeper, Context.STEPS)
    return lines + _entries(steps, deeper, Context.STEPS)


def _else(entry: Data, column: int) -> list[str]:
    steps = _entries(entry["else"], column + STEP, Context.STEPS)
    return [f"{' ' * column}else:", *steps]


def _head(word: str, entry: Data, key: str) -> tuple[str, set[str]] | None:
    """A first line, and the keys of the entry that it says."""
    bare = _bare_head(word, entry)
    if bare is None:
        return None
    text, used = bare
    name = entry.get("name")
    expected = {one: entry[one] for one in entry if one in used}
    expected = _in_order(word, expected)
    named = f"{word} {name}: {text.removeprefix(word).lstrip()}"
    can_have_one = word not in ("parallel", "finally", "race")
    if can_have_one and isinstance(name, str) and is_name(name):
        if _says(named, {**expected, "name": name, key: []}):
            return named, {*used, "name"}
        return None
    return (text, used) if _says(text, {**expected, key: []}) else None


def _in_order(word: str, expected: Data) -> Data:
    """The keys as the parser puts them: the word first."""
    keys = (word, "in", "max", "parallel")
    return {key: expected[key] for key in keys if key in expected}


def _bare_head(word: str, entry: Data) -> tuple[str, set[str]] | None:
    about = entry[word]
    if word in ("parallel", "finally"):
        return f"{word}:", set()
    if word == "race":
        if type(about) is not int:
            return None
        return ("race:" if about == 1 else f"race {about} of:"), {"race"}
    if word == "within":
        return f"within {scalar(about)}:", {"within"}
    if not isinstance(about, str):
        return None
    text, used = f"{word} {about}", {word}
    if word == "for":
        text, used = f"{text} in {entry.get('in')}", {*used, "in"}
        if "in" not in entry:
            return None
    counter = {"while": "max", "for": "parallel"}.get(word, "")
    if type(entry.get(counter)) is int:
        text, used = f"{text} {counter} {entry[counter]}", {*used, counter}
    return f"{text}:", used


def _if(entry: Data, column: int) -> list[str] | None:
    head = _head("if", entry, "then")
    branches = entry.get("elif", [])
    if head is None or not isinstance(entry.get("then"), list):
        return None
    if not isinstance(branches, list) or ("elif" in entry and not branches):
        return None
    if not isinstance(entry.get("else", []), list):
        return None
    used = {*head[1], "then", "elif", "else"}
    lines = [" " * column + head[0], *_body(entry, used, entry["then"], column)]
    for branch in branches:
        part = _elif(branch, column)
        if part is None:
            return None
        lines += part
    return lines + (_else(entry, column) if "else" in entry else [])


def _elif(branch: Any, column: int) -> list[str] | None:
    if not isinstance(branch, dict) or not isinstance(branch.get("then"), list):
        return None
    if not isinstance(branch.get("if"), str):
        return None
    text = f"if {branch['if']}:"
    if not _says(text, {"if": branch["if"], "then": []}):
        return None
    body = _body(branch, {"if", "then"}, branch["then"], column)
    return [f"{' ' * column}el{text}", *body]


def _match(entry: Data, column: int) -> list[str] | None:
    head = _head("match", entry, "cases")
    cases = entry.get("cases")
    if head is None or not isinstance(cases, list):
        return None
    if not isinstance(entry.get("else", []), list):
        return None
    deeper = column + STEP
    lines = [" " * column + head[0]]
    for key, value in entry.items():
        if key not in {*head[1], "cases", "else"}:
            lines += pair_lines(key, value, deeper, Context.CASES)
    for case in cases:
        part = _case(case, deeper)
        if part is None:
            return None
        lines += part
    return lines + (_else(entry, deeper) if "else" in entry else [])


def _case(case: Any, column: int) -> list[str] | None:
    if not isinstance(case, dict) or not isinstance(case.get("steps"), list):
        return None
    literals = case.get("case")
    if not isinstance(literals, list) or not literals:
        return None
    if any(isinstance(one, dict | list) for one in literals):
        return None
    shown = (quoted(one) if isinstance(one, str) else scalar(one) for one in literals)
    body = _body(case, {"case", "steps"}, case["steps"], column)
    return [f"{' ' * column}case {', '.join(shown)}:", *body]
