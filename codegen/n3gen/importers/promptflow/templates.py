"""The template of a node, translated stretch by stretch."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from n3gen.diagnostics import Label
from n3gen.expressions.reading import parse_template
from n3gen.expressions.tokens import Unreadable
from n3gen.importers.jinja import Names, translated
from n3gen.importers.promptflow.scope import Scope
from n3gen.source import SourceFile, Span

__all__ = ["Template", "Untranslated"]

_SIGN: Final = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)
_IMAGE: Final = re.compile(r"!\[\s*image\s*\]\(\{\{\s*([^{}]+?)\s*\}\}\)")


_PATH: Final = re.compile(r"[\w.]+")

Known = tuple[Names, frozenset[str], dict[str, str]]


class Untranslated(Exception):
    """A template that a spec cannot have; its text says why."""

    def __init__(self, why: str, label: Label) -> None:
        super().__init__(why)
        self.why = why
        self.label = label


@dataclass(slots=True)
class Template:
    """A template, and the expressions that its names stand for.

    `lists` are names of lists, which Prompt Flow prints an item a line.
    """

    scope: Scope
    source: SourceFile
    names: Names
    lists: frozenset[str] = frozenset()
    unset: dict[str, str] = field(default_factory=dict)
    """Why names cannot be read that the template sets."""
    _reported: set[str] = field(default_factory=set)

    def label(self, start: int, end: int | None = None) -> Label:
        """A place in the file of the template."""
        length = len(self.source.text)
        first = min(start, length)
        last = min(end if end is not None else start + 1, length)
        return Label(self.source, Span(first, max(first, last)))

    def text(self, part: str, bound: frozenset[str] = frozenset()) -> str:
        """A stretch of the template as a spec has it; raises `Untranslated`."""
        return self._translated(part, self._joined(part), bound)

    def _translated(self, part: str, text: str, bound: frozenset[str]) -> str:
        start = max(self.source.text.find(part), 0)
        try:
            found = translated(text, self.names, bound)
        except Unreadable as stop:
            fault = stop.fault
            place = self.label(start + fault.start, start + fault.end)
            raise Untranslated(fault.message, place) from None
        parsed = parse_template(found.text)
        if parsed.faults:
            raise Untranslated(parsed.faults[0].message, self._place_of(part, start))
        for name, _ in found.unknown:
            if name in self.unset:
                place = self._place_of_name(name, start)
                raise Untranslated(self.unset[name], place)
            self._report(name, start)
        return found.text

    @property
    def known(self) -> Known:
        """What names stand for by now; setting it goes back to what they did."""
        return self.names, self.lists, dict(self.unset)

    @known.setter
    def known(self, known: Known) -> None:
        self.names, self.lists, self.unset = known

    def assign(
        self, name: str, value: str | None, bound: frozenset[str] = frozenset()
    ) -> None:
        """Let a name stand for an expression of the template in what is behind it.

        Without a value, or where no spec has it, what reads the name is not translated.
        """
        if name in bound:
            why = f"the loop gives its variable `{name}` another value"
            raise Untranslated(why, self.label(0))
        is_list = value in self.lists
        names = {one: known for one, known in self.names.items() if one != name}
        try:
            if value is None:
                what = f"`{name}` is set in a condition, or by a text or with others"
                raise Untranslated(
                    f"{what}: other messages cannot read it", self.label(0)
                )
            found = self.expression(value, bound)
            names[name] = found if _PATH.fullmatch(found) else f"({found})"
            self.unset.pop(name, None)
        except Untranslated as stop:
            self.unset[name] = stop.why
        self.names = names
        self.lists = self.lists | {name} if is_list else self.lists - {name}

    def expression(self, part: str, bound: frozenset[str] = frozenset()) -> str:
        """A bare expression of the template as a spec has it; raises `Untranslated`."""
        text = self._translated(part, f"{{{{ {part} }}}}", bound)
        return text.removeprefix("{{").removesuffix("}}").strip()

    def images(
        self, part: str, bound: frozenset[str] = frozenset()
    ) -> tuple[str, list[str]]:
        """A stretch without its `![image]({{ x }})`, and what these show."""
        shown = [
            f"{{{{ {self.expression(match[1], bound)} }}}}"
            for match in _IMAGE.finditer(part)
        ]
        if not shown:
            return part, []
        lines = [line for line in part.split("\n") if _IMAGE.sub("", line).strip()]
        return _IMAGE.sub("", "\n".join(lines)).strip(), shown

    def _joined(self, part: str) -> str:
        for name in self.lists:
            printed = re.compile(rf"\{{\{{(-?)\s*{re.escape(name)}\s*(-?)\}}\}}")
            part = printed.sub(rf"{{{{\1 {name} | join('\\n') \2}}}}", part)
        return part

    def _report(self, name: str, start: int) -> None:
        """Report a name that nothing gives, in the stretch that begins at `start`."""
        if name in self._reported:
            return
        self._reported.add(name)
        whose = "its" if self.scope.importing.is_prompty else "the node's"
        self.scope.importing.changed(
            f"`{name}` is none of {whose} inputs: it stays empty",
            self._place_of_name(name, start),
            f"add `{name}` to {whose} `inputs`, or take it out of the template",
        )

    def _place_of_name(self, name: str, start: int) -> Label:
        """Where tags behind `start` read a name for the first time."""
        read = re.compile(rf"(?<![\w.'\"]){re.escape(name)}\b")
        for sign in _SIGN.finditer(self.source.text, start):
            found = read.search(self.source.text, sign.start(), sign.end())
            if found is not None:
                return self.label(*found.span())
        return self.label(start)

    def _place_of(self, part: str, start: int) -> Label:
        sign = _SIGN.search(part)
        if sign is None:
            return self.label(start)
        return self.label(start + sign.start(), start + sign.end())
