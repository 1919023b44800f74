"""A chat template split at its role lines, loops and conditions around them included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from n3gen.expressions.model import Token
from n3gen.expressions.tokens import tokens_of

__all__ = ["Choice", "Loop", "Setting", "Turn", "TurnNode", "Unsplit", "turns_of"]

_ROLE_LINE: Final = re.compile(
    r"^[^\S\n]*#?\s*(?:(system|user|assistant|function|tool)"
    r"|\{\{-?\s*([\w.]*role)\s*-?\}\})[^\S\n]*:[^\S\n]*(?:\n|\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_UNSEEN: Final = re.compile(r"\{#.*?#\}|\{%[-+]?\s*set\b[^%]*=.*?%\}", re.DOTALL)
"""What leaves nothing in a rendered text, so that a role may stand behind it."""

_BLOCKS: Final = ("call", "filter", "for", "if", "macro", "with")
_FOR: Final = re.compile(r"for\s+(\w+)\s+in\s+(.+?)\s*\Z", re.DOTALL)


class Unsplit(Exception):
    """A template whose turns are not known before it is rendered; its text says why."""

    def __init__(self, why: str, start: int) -> None:
        super().__init__(why)
        self.why = why
        self.start = start


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: `role` is a role or, where `is_expression`, what gives it."""

    role: str
    text: str
    is_expression: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """Turns for each item."""

    variable: str
    items: str
    body: tuple[TurnNode, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Turns for each of several conditions; that of `else` is none."""

    branches: tuple[tuple[str | None, tuple[TurnNode, ...]], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A name that the turns behind it can read; `value` is none where it depends."""

    name: str
    value: str | None


TurnNode = Turn | Loop | Choice | Setting


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag: its words, and where it begins and ends in the text."""

    words: str
    start: int
    end: int

    @property
    def name(self) -> str:
        return self.words.split(maxsplit=1)[0] if self.words else ""


@dataclass(frozen=True, slots=True)
class _Role:
    role: str
    is_expression: bool
    start: int
    end: int


def turns_of(text: str) -> tuple[str, tuple[TurnNode, ...]]:
    """The text before the first role, and the turns.

    Raises `Unsplit`, and `Unreadable` for what is not a template.
    """
    seen = _UNSEEN.sub(lambda match: " " * len(match[0]), text)
    tags = _tags(text, tokens_of(text, bare=False))
    splitter = _Splitter(text, seen, tags, _roles(seen))
    return splitter.sequence(0, len(text), is_top=True)


def _roles(text: str) -> list[_Role]:
    return [
        _Role((m[1] or m[2]).lower() if m[1] else m[2], not m[1], m.start(), m.end())
        for m in _ROLE_LINE.finditer(text)
    ]


def _tags(text: str, tokens: list[Token]) -> list[_Tag]:
    found: list[_Tag] = []
    start = inner = 0
    for token in tokens:
        if token.type == "block_begin":
            start, inner = token.start, token.end
        elif token.type == "block_end":
            end = token.start + len(text[token.start : token.end].rstrip())
            words = text[inner : token.start].strip().strip("-+").strip()
            found.append(_Tag(words, start, end))
    return found


@dataclass(frozen=True, slots=True)
class _Splitter:
    """`seen` is the text, with blanks for what leaves nothing where it is rendered."""

    text: str
    seen: str
    tags: list[_Tag]
    roles: list[_Role]

    def sequence(
        self, start: int, end: int, *, is_top: bool = False
    ) -> tuple[str, tuple[TurnNode, ...]]:
        """The turns of a stretch that has whole blocks only, and the text before them."""
        found: list[TurnNode] = []
        pending: _Role | None = None
        before, at, position = "", start, start
        while True:
            role = self._role(position, end)
            tag = self._split_block(position, end)
            if role is None and tag is None:
                break
            if role is not None and (tag is None or role.start < tag.start):
                before = self._close(found, pending, at, role.start, before, is_top)
                pending, at = role, role.end
                position = role.end
                continue
            assert tag is not None
            before = self._close(found, pending, at, tag.start, before, is_top)
            node, at = self._block(tag)
            found.append(node)
            pending, position = None, at
        before = self._close(found, pending, at, end, before, is_top)
        return before, tuple(found)

    def _close(
        self,
        found: list[TurnNode],
        role: _Role | None,
        start: int,
        end: int,
        before: str,
        is_top: bool,
    ) -> str:
        """Add the turn that ends here; give the text before all turns."""
        seen_end = start + len(self.seen[start:end].rstrip())
        text = self.text[start:seen_end].strip()
        if role is not None:
            found.extend(self._settings(role.start, role.end))
            if role.role in ("function", "tool"):
                why = f"a turn of role `{role.role}` answers a call of a function"
                raise Unsplit(why, role.start)
            found.append(Turn(role.role, text, role.is_expression))
        elif self._is_blank(start, end):
            pass
        elif is_top and all(isinstance(one, Setting) for one in found):
            found.extend(self._settings(start, end))
            return text
        else:
            why = "this text would belong to a turn that a loop or a condition makes"
            raise Unsplit(why, start)
        found.extend(self._settings(start, end))
        return before

    def _is_blank(self, start: int, end: int) -> bool:
        """Whether a stretch has only tags, so that it leaves nothing."""
        at = start
        for tag in self.tags:
            if start <= tag.start < end:
                if self.seen[at : tag.start].strip():
                    return False
                at = tag.end
        return not self.seen[at:end].strip()

    def _settings(self, start: int, end: int) -> Iterator[Setting]:
        """The names that a stretch sets for what is behind it."""
        opened: list[str] = []
        for tag in self.tags:
            if not start <= tag.start < end:
                continue
            if tag.name == "set":
                names, sign, value = tag.words.removeprefix("set").partition("=")
                is_seen = all(one in ("if", "filter") for one in opened)
                is_sure = sign and not opened and names.strip().isidentifier()
                for name in re.findall(r"\w+", names.partition("|")[0]):
                    if is_seen:
                        yield Setting(name, value.strip() if is_sure else None)
                if not sign:
                    opened.append("set")
            elif tag.name in _BLOCKS:
                opened.append(tag.name)
            elif tag.name.startswith("end") and opened:
                opened.pop()

    def _role(self, start: int, end: int) -> _Role | None:
        return next((one for one in self.roles if start <= one.start < end), None)

    def _split_block(self, start: int, end: int) -> _Tag | None:
        """The first block of a stretch that has a role line in it."""
        for tag in self.tags:
            if not start <= tag.start < end or tag.name not in ("for", "if"):
                continue
            last = self._partners(tag)[-1]
            if self._role(tag.end, last.start) is not None:
                return tag
            start = last.end
        return None

    def _partners(self, tag: _Tag) -> list[_Tag]:
        """The tags of a block, from its first to its end."""
        depth = 0
        found = [tag]
        for other in self.tags[self.tags.index(tag) + 1 :]:
            if other.name in ("for", "if"):
                depth += 1
            elif other.name in ("endfor", "endif"):
                if depth == 0:
                    return [*found, other]
                depth -= 1
            elif depth == 0 and other.name in ("else", "elif"):
                found.append(other)
        raise Unsplit(f"this `{{% {tag.name} %}}` is never closed", tag.start)

    def _block(self, tag: _Tag) -> tuple[TurnNode, int]:
        tags = self._partners(tag)
        bodies = []
        for number, one in enumerate(tags[:-1]):
            _, body = self.sequence(one.end, tags[number + 1].start)
            bodies.append((one, body))
        if tag.name == "for":
            return self._loop(tag, bodies), tags[-1].end
        branches = tuple(
            (one.words.partition(" ")[2].strip() or None, body) for one, body in bodies
        )
        return Choice(branches), tags[-1].end

    def _loop(self, tag: _Tag, bodies: list[tuple[_Tag, tuple[TurnNode, ...]]]) -> Loop:
        match = _FOR.fullmatch(tag.words)
        has_more = match is None or re.search(r"\s(if|recursive)\b", match[2])
        if match is None or has_more or len(bodies) > 1:
            why = "turns of a loop with `if`, `else` or several names"
            raise Unsplit(why, tag.start)
        return Loop(match[1], match[2], bodies[0][1])
