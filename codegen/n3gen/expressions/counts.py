"""Numbers of first lines of blocks that are in an expression before them."""

from __future__ import annotations

from typing import Final

from n3gen.diagnostics import nearest
from n3gen.expressions.model import Token

__all__ = ["counted"]

_BETWEEN: Final = ("assign", "comma")
_KEYS: Final = ("batch", "key", "on_error", "tolerate", "until")
"""Keys of a `for` that people write behind its items."""


def counted(tokens: list[Token], at: int) -> str | None:
    """Return how a number of a block's first line is written, where `parallel=2` is not."""
    words = [token for token in tokens[at : at + 4] if token.type not in _BETWEEN]
    first = " ".join(str(token.value) for token in words[:2])
    word = str(words[0].value) if words else ""
    behind, counts = words[1:2], ("parallel", "max")
    meant = word if word in counts else nearest(word, counts)
    if word in _KEYS and behind:
        return f"write `{word}` as a key of the `for`, on a line of its own"
    if first in ("up to", "at most"):
        behind, meant = words[2:3], "max"
    if meant is None or not behind or behind[0].type != "integer":
        return None
    written = f"{meant} {behind[0].value}"
    more = [token for token in tokens[at + 2 :] if token.type in ("name", "comma")]
    if tokens[at + 1] is behind[0] and word == "parallel" and more:
        return f"end the line with `{written}:`; what else it says are keys below it"
    return f"write `{written}`, in YAML the key `{meant}: {behind[0].value}` beside it"
