"""What stands in a body of steps: steps and blocks, and what both answer of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

from pydantic import Field

from n3gen.spec.nodes import Cache, Data, Fallback, Node, Retry
from n3gen.spec.texts import Text, data_texts, expression
from n3gen.spec.type_refs import TypeRef

__all__ = ["TRIES", "Block", "Entries", "Entry", "FlowNode", "Step", "load_forms"]

TRIES = ("retry", "fallback", "cache")
"""The keys that say how often work is tried, what replaces it, and what is kept."""


class FlowNode(Node):
    """What steps and blocks have in common."""

    parallel: bool = False

    @property
    def bodies(self) -> tuple[Entries, ...]:
        """The bodies of steps inside, in the order of the spec, `else` last."""
        return ()

    @property
    def binds(self) -> tuple[str, ...]:
        """The names that the entry binds for its bodies, such as a loop's variable."""
        return ()

    def texts(self) -> Iterator[Text]:
        """Yield the entry's own expressions and templates, those of its bodies aside."""
        yield from ()


class Block(FlowNode):
    """A block of steps; `word` is its first key, and the name of its file."""

    word: ClassVar[str]

    name: str | None = None

    @property
    def about(self) -> str:
        """What the block does, in a few words."""
        return self.word

    @property
    def labels(self) -> tuple[str, ...]:
        """What leads into each of the `bodies`, in their order."""
        return ()


class Step(FlowNode):
    """One step; each kind is a class with the keys that it has besides these.

    `timeout` is seconds. `limited` is false for `limit: none`. `output` is the type that
    the result is checked against. The class variables say what the kind is called, its
    own keys, the one that it needs, and the keys that tell the kind of a step that does
    not state it.
    """

    kind: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ()
    needed: ClassVar[str | None] = None
    signature: ClassVar[tuple[str, ...]] = ()

    name: str
    description: str | None = None
    depends_on: tuple[str, ...] = ()
    when: str | None = None
    timeout: float | None = None
    limited: bool = True
    output: TypeRef | None = None
    options: dict[str, Data] = Field(default_factory=dict)
    retry: Retry | None = None
    fallback: tuple[Fallback, ...] = ()
    cache: Cache | None = None

    def texts(self) -> Iterator[Text]:
        yield from data_texts(self.options, "options")
        if self.when is not None:
            yield expression(self.when, "when")
        yield from self.own_texts()
        if self.cache is not None:
            yield from data_texts(self.cache.key, "cache", "key")

    @property
    def about(self) -> str:
        """What the step does, in a few words."""
        return self.kind

    def own_texts(self) -> Iterator[Text]:
        """Yield the texts under the keys of the step's kind."""
        yield from ()


Entry = Step | Block
"""What stands in a body of steps."""

Entries = tuple[Entry, ...]


def load_forms(package: str, path: list[str]) -> None:
    """Import all modules of a package, so that the classes in them are known."""
    for module in sorted(found.name for found in iter_modules(path)):
        import_module(f"{package}.{module}")
