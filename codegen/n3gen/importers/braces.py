"""Names in single braces, which other tools send as they stand.

Beside an expression, or where it is the name of a step, such a name looks like a value
whose second brace was forgotten. So a prompt says that it is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from n3gen.check.braces import BRACED
from n3gen.check.plain_texts import without_expressions
from n3gen.importers.literals import quoted

__all__ = ["keep_braces"]

_PROMPTS: Final = ("prompt", "system", "messages", "embed")
_ROOTS: Final = frozenset(("payload", "input", "options", "steps"))


def keep_braces(chain: dict[str, Any]) -> None:
    """Mark the names in single braces in the prompts of a chain as plain texts."""
    steps = chain.get("steps", [])
    known = {str(one["name"]) for one in _mappings(steps) if "name" in one}
    known |= _ROOTS | {*chain.get("input", {})}
    for one in _mappings(steps):
        for key in _PROMPTS:
            if key in one:
                one[key] = _kept(one[key], known)


def _mappings(data: Any) -> Iterator[dict[str, Any]]:
    """Yield all mappings in data."""
    if isinstance(data, dict):
        yield data
    if isinstance(data, dict | list):
        for one in [*(data.values() if isinstance(data, dict) else data)]:
            yield from _mappings(one)


def _kept(data: Any, known: set[str]) -> Any:
    if isinstance(data, list):
        return [_kept(one, known) for one in data]
    if isinstance(data, dict):
        return {key: _kept(one, known) for key, one in data.items()}
    return _text(data, known) if isinstance(data, str) else data


def _text(text: str, known: set[str]) -> str:
    plain = without_expressions(text)
    pieces: list[str] = []
    at = 0
    for found in BRACED.finditer(plain):
        root = found[1].partition(".")[0]
        if plain == text and root not in known and found[1] not in known:
            continue
        pieces += [text[at : found.start()], f"{{{{ {quoted(found[0])} }}}}"]
        at = found.end()
    return "".join([*pieces, text[at:]])
