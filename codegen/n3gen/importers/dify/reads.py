"""Expressions for what selectors of Dify read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from n3gen.importers.literals import quoted

__all__ = ["Read", "enclosed", "field_path", "file_field"]

_NAME: Final = re.compile(r"[A-Za-z_]\w*\Z")


def field_path(path: list[str]) -> str:
    """The fields of a value, behind the expression of it."""
    return "".join(
        f".{part}" if _NAME.match(part) else f"[{quoted(part)}]" for part in path
    )


@dataclass(frozen=True, slots=True)
class Read:
    """An expression for what a selector reads, and what Dify says of its type.

    Where `may_be_none`, some run does not have it. The filter `default` sees that by
    itself; where it would not, as a filter makes something of nothing or a failure is a
    record, `there` is the condition under which the value is there.
    """

    text: str
    type: str = "any"
    may_be_none: bool = False
    there: str = ""

    @property
    def operand(self) -> str:
        """The expression where others stand around it."""
        return enclosed(self.text)

    def or_else(self, other: str) -> str:
        """The expression, or another one where the value is not there."""
        if not self.may_be_none:
            return self.text
        if self.there:
            return f"{self.operand} if {self.there} else {other}"
        return f"{self.operand} | default({other})"

    def safe(self, default: Any = None) -> str:
        """The expression, or a constant where the value is not there."""
        return self.or_else(quoted(default))

    def piped(self, default: Any) -> str:
        """The same, where filters follow."""
        found = self.safe(default)
        return f"({found})" if " if " in found else found


def enclosed(text: str) -> str:
    """An expression where others stand around it: in parentheses if it has parts."""
    return f"({text})" if " " in text else text


def file_field(text: str, path: list[str], there: str = "") -> Read | None:
    """A field of a file, which is a path or an address in a chain; `None` without it.

    `there` is the condition under which there is a file, where that is not always so.
    """
    forms = {
        "url": text,
        "remote_url": text,
        "name": f"({text} | string).split('/') | last",
        "filename": f"({text} | string).split('/') | last",
        "extension": f"'.' ~ (({text} | string).split('.') | last)",
    }
    if not path or path[0] not in forms:
        return None
    return Read(forms[path[0]], "string", bool(there), there)
