"""First lines of blocks as one might guess them, as they are written here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["Guessed", "guessed_head"]


class Guessed(NamedTuple):
    """What is wrong with a first line, and what to write, which may give it a name."""

    message: str
    way_out: str
    names: bool = False


_COUNT: Final = (
    r"(?:\s+|\s*[=:]\s*)(?P<count>\d+)"
    r"(?:\s+(?:times|rounds|iterations|at once|at a time))?"
)
"""A number of rounds in other words than a space and its digits."""

_BELOW: Final = "on the next line, indented"
_FORMS: Final = tuple(
    (word, re.compile(form), Guessed(message, way_out))
    for word, form, message, way_out in (
        (
            "for",
            r"(?P<head>.+?)\s+max\s+(?P<count>\d+)",
            "a `for` has as many rounds as there are items: `max` is for a `while`",
            "write `for {head} parallel {count}:` for so many rounds at once",
        ),
        (
            "for",
            r"(?P<head>\w+\s+in\s+\S+)\s+as\s+(?P<name>\w+)(?P<more>(?:\s+parallel.*)?)",
            "the name of a `for` stands before its variable",
            "write `for {name}: {head}{more}:`",
        ),
        (
            "for",
            r"(?P<head>.+?)\s+(?P<key>on_error[\s:=]+(?P<word>continue|skip|stop)"
            r"|tolerate[\s:=]+(?P<most>\d+%?)|batch[\s:=]+(?P<size>\d+)"
            r"|(?:key|until)[\s:=]+(?P<test>[\w.]+(?:\s*[=<>!]=?\s*\S+)?))",
            "",  # as many as there are
            "",
        ),
        (
            "for",
            r"(?P<head>\w+\s+in\s+(?:(?!\bif\b).)+?)\s+if\s+(?P<test>(?:(?!\belse\b).)+)",
            "a `for` has no condition in its first line",
            f"write `for {{head}}:`, and `if {{test}}:` {_BELOW}, around its steps",
        ),
        (
            "for",
            r"parallel\s+(?P<head>\w+\s+in\s+.+)",
            "the word `parallel` stands at the end of this line",
            "write `for {head} parallel:`",
        ),
        (
            "for",
            r"(?P<head>(?!.*[^\s,]\s+parallel\s+\d+\Z).+?)[\s,]+parallel" + _COUNT,
            "the number of rounds at once is written `parallel N`",
            "write `for {head} parallel {count}:`",
        ),
        (
            "for",
            r"(?P<head>.+?)\s*,\s*parallel",
            "the word `parallel` stands at the end of this line, without a comma",
            "write `for {head} parallel:`",
        ),
        (
            "while",
            r"(?P<head>(?!.*[^\s,]\s+max\s+\d+\Z).+?)[\s,]+"
            r"(?:max(?:_\w+)?|up\s+to|at\s+most)" + _COUNT,
            "the number of rounds of a `while` is written `max N`",
            "write `while {head} max {count}:`",
        ),
        (
            "parallel",
            r"step\s+(?P<name>[^\W\d]\w*|\"[^\"]*\")",
            "`parallel` is a key of a step, and no word before it",
            "write `step {name}:`, and `parallel: true` below it",
        ),
        (
            "parallel",
            r"for\s+(?P<head>\w+\s+in\s+.+)",
            "a loop begins with `for`, also where its rounds run at once",
            "write `for {head} parallel:`",
        ),
        (
            "within",
            r"(?P<name>[^\W\d]\w*)\s+(?P<time>\d[\w.]*)",
            "a `:` is missing after the name of this `within`",
            "write `within {name}: {time}:`",
        ),
        (
            "within",
            r"(?P<time>\d[\w.]*)\s+as\s+(?P<name>\w+)",
            "the name of a `within` stands before its time",
            "write `within {name}: {time}:`",
        ),
        (
            "race",
            r"(?P<name>(?:\w+\s+)??)stagger[\s:=]+(?P<time>\d[\w.]*)",
            "`stagger` is a key of a `race`, and no part of its first line",
            f"write `race {{name}}:`, and `stagger: {{time}}` {_BELOW}",
        ),
    )
)


_ENDS_KEY: Final = re.compile(r"[\s:=]")
_LOOSE: Final = " \t,"
"""What may stand between the head and its keys."""

_WORD_OF_ROUNDS: Final = re.compile(r"(?<=\sparallel)\s+[a-z]+\Z")
"""A word for a number of rounds, as many as there may be where none is stated."""


def guessed_head(word: str, text: str) -> Guessed | None:
    """What is meant by a text between a block's word and its colon, if that is known."""
    for of, form, guessed in _FORMS:
        if of == word and (found := form.fullmatch(text)):
            groups = found.groupdict(default="")
            parts = {key: part.strip() for key, part in groups.items()}
            if "key" in groups:
                return _without_keys(form, groups["head"], groups)
            if parts.get("more"):
                parts["more"] = f" {parts['more']}"
            way_out = guessed.way_out.format(**parts).replace(" :", ":")
            message = guessed.message.format(**parts)
            return Guessed(message, way_out, "name" in form.groupindex)
    return None


def _without_keys(form: re.Pattern[str], head: str, last: Mapping[str, str]) -> Guessed:
    """What is meant by a `for` with its keys on the first line, all of which go below."""
    found = [last]
    while more := form.fullmatch(head.strip(_LOOSE)):
        found.insert(0, more.groupdict(default=""))
        head = more["head"]
    names = [f"`{_ENDS_KEY.split(one['key'])[0]}`" for one in found]
    keys = [
        f"{name[:-1]}: {one['word']}{one['most']}{one['size']}{one['test']}`"
        for name, one in zip(names, found, strict=True)
    ]
    head = _WORD_OF_ROUNDS.sub("", head.strip(_LOOSE))
    if inner := guessed_head("for", head):
        written = re.match(r"write `for ([^`]*):`", inner.way_out)
        head = written[1] if written else head
    below, are = _BELOW, "is a key of a `for`, and no part of its first line"
    if len(found) > 1:
        below = below.replace("line", "lines")
        are = "are keys of a `for`, and no parts of its first line"
    return Guessed(
        f"{_listed(names)} {are}", f"write `for {head}:`, and {_listed(keys)} {below}"
    )


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
