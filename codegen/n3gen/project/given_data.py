"""Data that a command line gives: JSON as it stands, a file of it, or standard input."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shlex
import stat
import sys
from typing import Any, Final

from n3gen.project.closed_input import CLOSED, ClosedInput
from n3gen.project.errors import ProjectError
from n3gen.project.regular import read_regular
from n3gen.project.row_json import json_mistake, json_value
from n3gen.project.rows import RowFault

__all__ = [
    "LARGEST_DATA",
    "json_given",
    "stdin_is_given",
    "stdin_text",
    "text_of_file",
]

_PAIR: Final = re.compile(r"(\w+)=(.*)")
_LONGEST_MEANT: Final = 400
"""Characters of an argument up to which it is looked at for what it means."""

LARGEST_DATA: Final = 64 * 1024 * 1024
"""Bytes of a file that are read at most, and characters of standard input."""


def stdin_is_given() -> bool:
    """Whether standard input is a pipe or a file, and so chosen by the user."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def json_given(what: str, text: str) -> Any:
    """Return the data in `text`, in the file of `@FILE`, or in standard input for `-`.

    `what` is what messages call the text. Raises `ProjectError`.
    """
    hint = ""
    if text == "-":
        what, text = "standard input", stdin_text(LARGEST_DATA)
    elif text.startswith("@"):
        what, text = f"`{text[1:]}`", text_of_file(text[1:])
    else:
        hint = _hint(text)
    try:
        return json_value(text)
    except RowFault as fault:
        raise ProjectError(f"{what}: {fault.message}") from fault
    except json.JSONDecodeError as error:
        if not text.strip():
            raise ProjectError(f"{what} is empty: JSON belongs there") from error
        words, at = json_mistake(error)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        place = f"line {line:,}, column {column:,}"
        why = hint or f": {words.removesuffix(' starting at')}, at {place}"
        raise ProjectError(f"{what} is not valid JSON{why}") from error
    except ValueError as error:  # a number of more digits than Python reads
        raise ProjectError(f"{what} is not valid JSON: {error}") from error


def _hint(text: str) -> str:
    """What was meant by an argument that is no JSON; empty where that is not known."""
    if _is_file(text):
        return f", but the name of a file: write `@{text}`"
    if text.endswith((".json", ".yaml", ".yml")):
        return f": a file is given as `@{text}`, and there is none of that name"
    if found := _PAIR.fullmatch(text):
        return f": write `'{{\"{found[1]}\": {_json(found[2])}}}'`"
    if text[:1] not in "-@" and (meant := _meant(text)):
        return f": write `{shlex.quote(meant)}`"
    return ""


def _meant(text: str) -> str | None:
    """The JSON of what a short text is in Python or in YAML, a word without quotes too."""
    if len(text) > _LONGEST_MEANT:
        return None
    import yaml

    for read in (ast.literal_eval, yaml.safe_load):
        try:
            meant = json.dumps(read(text), ensure_ascii=False, allow_nan=False)
        except (ValueError, TypeError, SyntaxError, yaml.YAMLError, RecursionError):
            continue
        # In YAML `{name}` is a mapping too, of a name to nothing.
        is_made_up = "null" in meant and not re.search("null|None", text)
        return None if is_made_up else meant
    return None


def _json(value: str) -> str:
    """A value as JSON has it, which is a text where it is nothing else."""
    try:
        json.loads(value)
    except ValueError:
        return json.dumps(value)
    return value


def _is_file(text: str) -> bool:
    return text != "-" and os.path.isfile(text)


def text_of_file(path: str) -> str:
    """Return the text of a regular file; raises `ProjectError`."""
    data = read_regular(path, path, LARGEST_DATA)
    if data is None:
        raise ProjectError(f"cannot read `{path}`: there is no such file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"`{path}` is not UTF-8 text") from error


def stdin_text(most: int, *, keeps_bytes: bool = False) -> str:
    """Return the text of standard input; raises `ProjectError` for more than `most`.

    What is no text in it raises, too, or `keeps_bytes` as Python's surrogate escapes.
    """
    if isinstance(sys.stdin, ClosedInput):
        raise ProjectError(CLOSED)
    if keeps_bytes and isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        text = sys.stdin.read(most + 1)
    except UnicodeDecodeError as error:
        raise ProjectError(f"standard input is not text: {error}") from error
    if len(text) > most:
        raise ProjectError(
            f"standard input has more than the {most:,} characters that n3gen reads"
        )
    return text.removeprefix("\ufeff")
