"""The turns of a template as `system`, `messages` and `prompt` of a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from n3gen.importers.promptflow.templates import Template
from n3gen.importers.promptflow.turns import (
    Choice,
    Loop,
    Setting,
    Turn,
    TurnNode,
    turns_of,
)

__all__ = ["Chat", "chat_keys"]


def chat_keys(template: Template, name: str, *, is_chat: bool) -> Chat:
    """The keys of a call, and the blocks before it that make its turns.

    Raises `Unsplit`, `Unreadable` and `Untranslated`.
    """
    text = template.source.text
    chat = Chat(template, name)
    if is_chat:
        before, turns = turns_of(text)
        chat.split(before, list(turns))
    else:
        chat.keys["prompt"] = template.text(text)
    return chat


@dataclass(slots=True)
class Chat:
    """The keys of a call, the blocks that stand before it, and what is to be said."""

    template: Template
    name: str
    keys: dict[str, Any] = field(default_factory=dict)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def split(self, before: str, turns: list[TurnNode]) -> None:
        """Fill the keys from the turns and the text before them."""
        keys = self.keys
        has_turns = not all(isinstance(turn, Setting) for turn in turns)
        if before:
            turns = [Turn("user", before), *turns]
        while turns and isinstance(turns[-1], Setting):
            turns.pop()
        self._set_first(turns)
        if len(turns) > 1 and _is(turns[0], "system"):
            keys["system"] = self._content(turns.pop(0))
            self._set_first(turns)
        last = turns.pop() if turns and _is(turns[-1], "user") else None
        if turns:
            messages = self._messages(turns)
            if messages:
                keys["messages"] = messages
        if isinstance(last, Turn):
            text, images = self.template.images(last.text)
            keys["prompt"] = self.template.text(text)
            if images:
                keys["images"] = images
        if before:
            self._mention(before, has_turns)

    def _set_first(self, turns: list[TurnNode]) -> None:
        """Take in what is set before the first of turns."""
        while turns and isinstance(first := turns[0], Setting):
            self.template.assign(first.name, first.value)
            turns.pop(0)

    def _mention(self, before: str, has_turns: bool) -> None:
        """Say what becomes of a text without a role."""
        label = self.template.label(max(self.template.source.text.find(before), 0))
        importing = self.template.scope.importing
        if has_turns or "{{" not in before:
            what = (
                "this text has no role, which Prompt Flow refuses: it is one of `user`"
            )
            importing.changed(what, label)
        else:
            what = "roles in this value are not looked for: it is sent as one message"
            importing.lost(what, label)
            self.comments.append(what)

    def _content(self, turn: TurnNode) -> str:
        assert isinstance(turn, Turn)
        return self.template.text(turn.text)

    def _messages(self, turns: list[TurnNode]) -> Any:
        items = self._items(turns, frozenset(), self.blocks)
        if all(_is_plain(turn) for turn in turns):
            return items
        if len(items) == 1 and isinstance(items[0], str):
            found = items[0].removeprefix("{{ ").removesuffix(" }}")
        else:
            found = self._new("messages")
            self.blocks.append({"name": found, "value": items})
        return f"{{{{ {found} | flatten }}}}"

    def _new(self, what: str) -> str:
        return self.template.scope.new_name(f"{self.name}_{what}")

    def _message(self, turn: TurnNode, bound: frozenset[str]) -> dict[str, Any]:
        assert isinstance(turn, Turn)
        text, images = self.template.images(turn.text, bound)
        role = turn.role
        if turn.is_expression:
            role = f"{{{{ {self.template.expression(role, bound)} }}}}"
        message: dict[str, Any] = {
            "role": role,
            "content": self.template.text(text, bound),
        }
        return {**message, "images": images} if images else message

    def _items(
        self,
        turns: list[TurnNode],
        bound: frozenset[str],
        blocks: list[dict[str, Any]],
    ) -> list[Any]:
        """Messages as data; blocks make those of loops and conditions first."""
        items: list[Any] = []
        for turn in turns:
            if isinstance(turn, Setting):
                self.template.assign(turn.name, turn.value, bound)
                continue
            if isinstance(turn, Turn):
                items.append(self._message(turn, bound))
                continue
            made = (
                self._loop(turn, bound)
                if isinstance(turn, Loop)
                else self._choice(turn, bound)
            )
            blocks.append(made)
            items.append(f"{{{{ {made['name']} }}}}")
        return items

    def _loop(self, loop: Loop, bound: frozenset[str]) -> dict[str, Any]:
        name = self._new("history")
        items = self.template.expression(loop.items, bound)
        inner = bound | {loop.variable}
        return {
            "for": loop.variable,
            "in": items,
            "name": name,
            "steps": self._body(list(loop.body), inner),
        }

    def _choice(self, choice: Choice, bound: frozenset[str]) -> dict[str, Any]:
        """An `if` whose value is a list in any case."""
        branches = list(choice.branches)
        if branches[-1][0] is not None:
            branches.append((None, ()))
        first, *others = branches
        made: dict[str, Any] = {
            "if": self.template.expression(first[0] or "", bound),
            "name": self._new("choice"),
            "then": self._body(list(first[1]), bound),
        }
        more = [
            {
                "if": self.template.expression(test, bound),
                "then": self._body(list(body), bound),
            }
            for test, body in others
            if test is not None
        ]
        if more:
            made["elif"] = more
        made["else"] = self._body(list(others[-1][1]), bound)
        for name in _set_in(choice):
            self.template.assign(name, None)
        return made

    def _body(self, turns: list[TurnNode], bound: frozenset[str]) -> list[Any]:
        blocks: list[dict[str, Any]] = []
        before = self.template.known
        items = self._items(turns, bound, blocks)
        self.template.known = before
        return [*blocks, {"name": self._new("turn"), "value": items}]


def _is_plain(turn: TurnNode) -> bool:
    """Whether a turn is a message of a known role, or none."""
    is_known = isinstance(turn, Turn) and not turn.is_expression
    return is_known or isinstance(turn, Setting)


def _set_in(choice: Choice) -> Iterator[str]:
    """The names that the branches of a choice set, for what is behind it too."""
    for _, body in choice.branches:
        for turn in body:
            if isinstance(turn, Setting):
                yield turn.name
            elif isinstance(turn, Choice):
                yield from _set_in(turn)


def _is(turn: TurnNode, role: str) -> bool:
    return isinstance(turn, Turn) and turn.role == role and not turn.is_expression
