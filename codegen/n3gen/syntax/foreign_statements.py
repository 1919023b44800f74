"""How this language says what statements and assignments of other languages say."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["value_step", "way_of_statement"]

_QUOTED: Final = r"\"[^\"]*\"|'[^']*'"
_LITERAL: Final = re.compile(
    rf"-?\d+(?:\.\d+)?|true|false|null|{_QUOTED}|\[.*\]|\{{.*\}}"
)
_PAIR: Final = rf"\w+\s*=\s*(?:{_QUOTED}|[\w.-]+)"
_STEP: Final = re.compile(rf"[Ss]tep\(\s*({_PAIR}(?:\s*,\s*{_PAIR})*)\s*\)")
"""A call that makes a step of keys."""

_ASKED: Final = re.compile(
    rf"(?:prompt|llm|ask|ask_llm|complete|generate|chat)\(\s*({_QUOTED})\s*\)"
)
"""A call that asks a model a text."""

_ELSEWHERE: Final = {
    "return": 'a chain returns what its key `result` says: `result: "{{ some_step }}"`',
    "pass": "remove the line",
    "break": "a `while` ends by its condition, and `when:` skips a step",
    "continue": "`when:` skips a step",
    "await": "remove it: a step has ended before the next one begins",
    "yield": 'write `step some_name: {emit: "{{ some_step }}"}`',
    **dict.fromkeys(
        ("raise", "throw"), 'write `step some_name: {fail: "what is wrong"}`'
    ),
}
"""What says in this language what a statement says in others."""


def way_of_statement(word: str) -> str | None:
    """Return the way out for a line that begins with the word of a statement."""
    return _ELSEWHERE.get(word)


def value_step(name: str, value: str) -> str:
    """How a value gets a name here; one that is no literal is in braces."""
    step = f"step {name.replace('-', '_')}"
    value = value.rstrip(" ;").removeprefix("await ").strip()
    if called := _STEP.fullmatch(value):
        keys = re.sub(r"\s*=\s*", ": ", called[1])
        return f"write `{step}: {{{keys}}}`"
    if asked := _ASKED.fullmatch(value):
        return f"write `{step}: {{prompt: {asked[1]}}}`"
    if not _LITERAL.fullmatch(value):
        quote = "'" if '"' in value else '"'
        value = f"{quote}{{{{ {value} }}}}{quote}"
    return f"a value is a step: write `{step}: {{value: {value}}}`"
