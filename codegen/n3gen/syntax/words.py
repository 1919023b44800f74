"""The words that begin blocks: every declaration of `blocks/`, by its word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from n3gen.diagnostics.suggest import nearest

if TYPE_CHECKING:
    from n3gen.syntax.block_forms import BlockSyntax

__all__ = ["WORDS", "Context", "Words"]


class Context(StrEnum):
    """What the lines of a body can be; the value says it in a message."""

    TOP = "a file"
    STEPS = "a block of steps"
    STAGES = "a pipeline"
    CASES = "a `match`"
    ENTRY = "a step"
    DATA = "data"


class Words:
    """The declared blocks, and what follows from them."""

    def __init__(self) -> None:
        self._blocks: dict[str, BlockSyntax] = {}
        self._loaded = False
        self._in: dict[Context, tuple[str, ...]] = {}
        self._kept: dict[str, tuple[BlockSyntax, ...]] = {}
        self._keys: dict[str, Context] = {}

    def blocks(self) -> dict[str, BlockSyntax]:
        """Every block by its word."""
        if not self._loaded:
            self._loaded = True
            package = import_module("n3gen.syntax.blocks")
            for module in iter_modules(package.__path__):
                block = import_module(f"{package.__name__}.{module.name}").BLOCK
                self._blocks[block.word] = block
        return self._blocks

    @contextmanager
    def also(self, block: BlockSyntax) -> Iterator[None]:
        """Know one more block for a while."""
        self.blocks()[block.word] = block
        self._forget()
        try:
            yield
        finally:
            del self._blocks[block.word]
            self._forget()

    def _forget(self) -> None:
        self._in.clear()
        self._kept.clear()
        self._keys.clear()

    def within(self, context: Context) -> tuple[str, ...]:
        """The words that can begin a block in a body of `context`."""
        if context not in self._in:
            self._in[context] = tuple(
                word for word, block in self.blocks().items() if block.stands(context)
            )
        return self._in[context]

    def meant(self, word: str, context: Context) -> str | None:
        """The word for a block in a body of `context` that `word` was likely meant to be."""
        known = self.within(context)
        also = (one for one in known if word.lower() in self.blocks()[one].also)
        return next(also, None) or nearest(word, known)

    def translated(self, word: str) -> str | None:
        """The word for a block that another language calls `word`."""
        blocks = (one for one in self.controls() if word.lower() in one.also)
        return next((one.word for one in blocks), None)

    def definitions(self) -> dict[str, BlockSyntax]:
        """The blocks of definitions, by the section that collects them."""
        return {one.section: one for one in self.blocks().values() if one.section}

    def definitions_by_word(self) -> dict[str, BlockSyntax]:
        """The blocks of definitions, by their words."""
        return {one.word: one for one in self.definitions().values()}

    def controls(self) -> tuple[BlockSyntax, ...]:
        """The blocks that an entry's keys can be, the surest signs first."""
        if "controls" not in self._kept:
            found = (one for one in self.blocks().values() if one.sign)
            self._kept["controls"] = tuple(sorted(found, key=lambda one: one.doubt))
        return self._kept["controls"]

    def branches(self, word: str) -> tuple[BlockSyntax, ...]:
        """The blocks that continue a block of `word`, the repeated ones first."""
        if word not in self._kept:
            found = (one for one in self.blocks().values() if word in one.partners)
            self._kept[word] = tuple(sorted(found, key=lambda one: not one.repeated))
        return self._kept[word]

    def control_of(self, entry: dict[str, object]) -> BlockSyntax | None:
        """The block that an entry of a Document is, if it is one."""
        return next((one for one in self.controls() if one.is_entry(entry)), None)

    def context_of_key(self, key: str, context: Context) -> Context:
        """What the lines below `key:` can be, in a body of `context`."""
        if context is Context.ENTRY:
            return self._entry_keys().get(key, Context.DATA)
        if context in (Context.TOP, Context.STEPS) and key == "steps":
            return Context.STEPS
        if context is Context.STAGES and key == "stages":
            return Context.STAGES
        return Context.DATA

    def _entry_keys(self) -> dict[str, Context]:
        if not self._keys:
            for block in self.blocks().values():
                self._keys.update(block.held())
        return self._keys


WORDS = Words()
"""The words of the language."""
