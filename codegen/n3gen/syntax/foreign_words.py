"""How this language says what blocks of other languages, or kinds of steps, say."""

from __future__ import annotations

import re
from typing import Final

from n3gen.syntax.foreign_statements import way_of_statement

__all__ = [
    "way_of_alias",
    "way_of_definition",
    "way_of_name",
    "way_of_step",
    "way_of_word",
]

_KINDS: Final = (
    *("actor", "connector", "http", "llm", "python", "request", "send", "state"),
    *("ask", "tell", "embed"),
)
_SHORT: Final = ("cancel", "emit", "fail", "prompt", "stop", "url", "value", "wait")
"""Keys that say by themselves which kind a step has."""

_CLAUSE: Final = (
    "write `on_error as error:`, or only for some kinds, such as "
    "`on_error [timeout, connection, 404] as error:`"
)
_WAYS: Final = {
    "try": "write the steps as they are, or in a `do:`, and behind them, in their "
    "column, `on_error as error:`",
    **dict.fromkeys(("except", "catch", "rescue"), _CLAUSE),
    **dict.fromkeys(
        ("def", "function", "fn", "func", "async", "macro"),
        "what is called is a chain of its own, `chain some_name:`, and a step with "
        "`kind: chain` runs it",
    ),
    "agent": "write `step some_name:`, with a `prompt` and `tools`",
    "unless": "write `if not (...):`",
    "until": "write `while not (...) max 5:`",
    "repeat": "write `for round in range(3):`, or a `while` with `max 3`",
    "loop": "write `for x in payload.items:`, or a `while` with `max 5`",
}


_DEFINITIONS: Final = {
    "enum": "choices are a type where they are used, such as the field "
    "`mood: one of [good, bad]` of a `type`",
    **dict.fromkeys(
        ("class", "struct", "interface"),
        "write `type {name}:`, and a field per line below it, as `name: str`",
    ),
    **dict.fromkeys(
        ("function", "def", "fn"),
        "write `chain {name}:`; what it takes is its key `input`, and a step with "
        "`prompt:` and `output: TYPE` asks the model",
    ),
    **dict.fromkeys(
        ("client", "client<llm>"), "write `connection {name}:` with an `api:`"
    ),
    **dict.fromkeys(
        ("generator", "template_string"), "remove it: nothing is said so here"
    ),
}


_ADVERBS: Final = {
    **dict.fromkeys(("async", "concurrent"), "parallel: true"),
    "background": "background: true",
    "optional": "on_error: skip",
}
"""What other languages write before a step, and the key that says it."""


def way_of_step(word: str, text: str) -> str | None:
    """Return the way out for a step with a word before it; `text` is what is behind that."""
    found = _STEP.match(text)
    if found is None or word not in _ADVERBS:
        return None
    return f"write `{found[1]}:`, and `{_ADVERBS[word]}` below it"


def way_of_definition(word: str, name: str) -> str | None:
    """Return the way out for a word that begins definitions in other languages."""
    way = _DEFINITIONS.get(word)
    return None if way is None else way.format(name=name or "some_name")


def way_of_word(word: str) -> str | None:
    """Return the way out for a word that begins no block of a chain, if one is known."""
    if word in _KINDS:
        kind = {"request": "http"}.get(word, word)
        return f"it is a kind of step: write `step some_name:`, and `kind: {kind}` below it"
    if word in _SHORT:
        return f"it is a key of a step: write `step some_name:`, and `{word}: ...` below it"
    return _WAYS.get(word) or way_of_statement(word)


_STEP: Final = re.compile(r"[ \t]+(step[ \t]+(?:\w+|\"[^\"\n]*\"))")
_NAME_AND_KEY: Final = re.compile(
    r"(\w+) +(when|if|unless|parallel|background|optional|async)\b *(.*)"
)
"""A name, and behind it what is a key of a step."""

_NAME_AND_LOOP: Final = re.compile(r"\w+ +for +(?:each +)?(\w+ +in +\S.*)")
_NAME_AND_BASE: Final = re.compile(
    r"(\w+) *(?:extends|inherits|implements|\() *(\w+)\)?"
)
_NAME_AND_PARAMETERS: Final = re.compile(r"(\w+) *[\[<].*[\]>]")


def way_of_name(word: str, text: str) -> str | None:
    """Return the way out for a name with more behind it, if it is a known habit.

    `word` is what the line begins with.
    """
    if found := _NAME_AND_KEY.fullmatch(text):
        name, key, value = found.groups()
        if key in ("when", "if", "unless"):
            value = f"not ({value})" if key == "unless" else value
            return (
                f"`when` is a key: write `{word} {name}:`, and `when: {value}` below it"
            )
        if key in ("parallel", "background") and not value:
            return (
                f"`{key}` is a key: write `{word} {name}:`, and `{key}: true` below it"
            )
        return None
    if found := _NAME_AND_LOOP.fullmatch(text):
        return f"write `for {found[1]}:`, and the {word} in it"
    if word != "type":
        return None
    if found := _NAME_AND_BASE.fullmatch(text):
        return (
            f"no type extends another: write `type {found[1]}:` with all of its fields"
        )
    if found := _NAME_AND_PARAMETERS.fullmatch(text):
        return (
            f"a type has no parameters: write `type {found[1]}:`, and the types that are "
            "meant in its fields, or `any`"
        )
    return None


_TEXT: Final = r"(?:\"[^\"\\]+\"|'[^'\\]+')"
_CHOICES: Final = re.compile(rf"{_TEXT}(?:\s*\|\s*{_TEXT})+")


def way_of_alias(word: str, name: str, value: str) -> str | None:
    """Return the way out for a `type` that is another one by a name of its own.

    `value` is what stands behind its name without a colon: a type, after a `=` or not.
    """
    meant = value.removeprefix("=").strip().rstrip(";")
    if word != "type" or not meant or meant.startswith("{"):
        return None
    if _CHOICES.fullmatch(meant):
        meant = f"one of [{', '.join(re.findall(_TEXT, meant))}]"
    elif not (value.startswith("=") or meant.startswith("one of")):
        return None
    return f"write `{meant}` in each place where `{name}` is meant"
