"""The Python in the text of a template, piece by piece, with the holes left out."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

__all__ = ["CodeScanner"]

_PIECE = re.compile(
    r"""(?P<quote>"{3}|'{3}|["'])|(?P<comment>\#)"""
    r"""|(?P<attribute>\.\s*[^\W\d]\w*)|(?P<keyword>[^\W\d]\w*=(?![=\s]))"""
    r"""|(?P<name>[^\W\d]\w*)|(?P<other>\d\w*|.)""",
    re.DOTALL,
)


class CodeScanner:
    """Splits what stands between the holes of a template into names and all else.

    A text or a comment may go on over holes, so that its end is found in later data.
    """

    def __init__(self) -> None:
        self._inside = ""

    def pieces(
        self, data: str, *, after_hole: bool, before_hole: bool
    ) -> Iterator[tuple[str, bool]]:
        """Yield the parts of `data`, each with whether it is a name that is read or bound.

        A word that touches a hole is part of a longer one, which the template makes.
        """
        at = 0
        while at < len(data):
            if self._inside:
                end = self._end_of_text(data, at)
                yield data[at:end], False
                at = end
                continue
            found = _PIECE.match(data, at)
            assert found is not None
            touches = (after_hole and at == 0) or (
                before_hole and found.end() == len(data)
            )
            is_name = found.lastgroup == "name" and not keyword.iskeyword(found[0])
            if found.lastgroup in ("quote", "comment"):
                self._inside = found[0]
            yield found[0], is_name and not touches
            at = found.end()

    def _end_of_text(self, data: str, at: int) -> int:
        end = "\n" if self._inside == "#" else self._inside
        for found in re.compile(rf"\\.|{end}", re.DOTALL).finditer(data, at):
            if found[0] == end:
                self._inside = ""
                return found.end()
        return len(data)
