"""Types as other languages write them, as they are written here."""

from __future__ import annotations

import re
from typing import Final

from n3gen.spec.values import shown

__all__ = ["choice_meant", "way_behind", "word_meant"]

_OTHER_BRACKETS: Final = re.compile(r"[(<]([^()<>]+)[)>]")
_TEXT: Final = re.compile(r"[\"']([a-z]\w*)[\"']")
_TEXTS: Final = re.compile(rf"{_TEXT.pattern}(?:\s*\|\s*{_TEXT.pattern})+")
"""Several texts in quotes, none of which needs them as the name of a type."""

_OPTIONAL: Final = re.compile(r"(?:optional|nullable|not required|or (?:none|null))")
_REQUIRED: Final = re.compile(r"(?:required|mandatory|not[ -]?null|non[ -]?null)")
_LEAST: Final = r"(?:(?:min(?:imum)?|at least)\s*[=:]?|>=?)\s*(?P<min>{})"
_MOST: Final = r"(?:(?:max(?:imum)?|at most)\s*[=:]?|<=?)\s*(?P<max>{})"
_RANGE: Final = (
    r"(?:(?:between|from|in|range)\s+)?(?P<min>{})\s*(?:-|\u2013|to|and|\.\.+|,)\s*"
    r"(?P<max>{})"
)
_BOUNDS: Final = tuple(
    re.compile(form.replace("{}", r"-?\d+(?:\.\d+)?"))
    for form in (_RANGE, rf"{_LEAST}(?:(?:\s*,|\s+and)?\s*{_MOST})?", _MOST)
)
"""How other languages say the least and the greatest."""

_NUMBERS: Final = ("int", "float")
_SIZED: Final = re.compile(r"str|(?:list|dict)\b.*")
_SEPARATOR: Final = re.compile(r"\s*[,|/]\s*")


def way_behind(before: str, rest: str) -> str:
    """What to do with the `rest` of a text that cannot follow the type `before`."""
    if rest in (",", ";"):
        return f"remove the `{rest}`"
    if (written := _type_meant(before, rest)) is not None:
        return f"write `{shown(written)}`"
    words = rest.strip("() ")
    if way_out := word_meant(before, words) or _bounds_meant(before, words):
        return way_out
    if rest[0] in "<>":
        key, bound = "min" if rest[0] == ">" else "max", rest.strip("<>= ")
        return f"bounds are keys: `{{type: {before}, {key}: {bound}}}`"
    if rest[0] == "@":
        return f"it is a key: `{{type: {before}, description: ...}}`"
    if rest.startswith("of ") and before == "list":
        return f"write `list[{shown(rest[3:].strip())}]`"
    if rest[0] == "(" and _SEPARATOR.search(words):
        return f"a choice is written `one of [{_SEPARATOR.sub(', ', words)}]`"
    if words[:1].isalpha():
        return "a field is `name: type`; write a description as a comment (`#`)"
    return "take it out; one of several types is `a | b`"


def word_meant(before: str, words: str) -> str | None:
    """What to do with words that say whether a field of the type `before` is needed."""
    if _OPTIONAL.fullmatch(words):
        return f"write `{before}?`"
    if _REQUIRED.fullmatch(words):
        return f"take it out; what may be left out is `{before}?`"
    return None


def _bounds_meant(before: str, words: str) -> str | None:
    """The keys that say the bounds which `words` say behind the type `before`."""
    suffix = "" if before in _NUMBERS else "_length"
    if suffix and not _SIZED.fullmatch(before):
        return None
    found = next((one for form in _BOUNDS if (one := form.fullmatch(words))), None)
    if found is None:
        return None
    typed = f'"{before}"' if "[" in before else before
    bounds = "".join(
        f", {key}{suffix}: {value}" for key, value in found.groupdict().items() if value
    )
    return f"bounds are keys: `{{type: {typed}{bounds}}}`"


def _type_meant(before: str, rest: str) -> str | None:
    """The type that other brackets, or the word `optional`, were meant to say.

    `before` is the type that was read, `rest` what cannot follow it.
    """
    found = _OTHER_BRACKETS.fullmatch(rest)
    form = before.lower()
    if found is not None and form in ("list", "dict", "set", "array", "optional"):
        inner = found[1].strip()
        if form == "optional":
            return f"{inner}?"
        return f"dict[{inner}]" if form == "dict" else f"list[{inner}]"
    if form in ("optional", "nullable") and rest.isidentifier():
        return f"{rest}?"
    return None


def choice_meant(text: str) -> str | None:
    """The type that `"a" | "b"` was meant to say."""
    if not _TEXTS.fullmatch(text):
        return None
    return f"one of [{', '.join(found[1] for found in _TEXT.finditer(text))}]"
