"""The entries of a body of steps: steps and blocks, and what both answer for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Self, TypeVar

from pydantic import Field

from n3gen.source import Loc
from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    Expression,
    Flag,
    ListOf,
    Mapping,
    Name,
    Number,
    OneOf,
    Prose,
    TypeText,
    Whole,
)
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import MODEL_OPTIONS, Key, Record
from n3gen.spec.limits import LIMIT_SHAPE, LimitUse
from n3gen.spec.nodes import MOST_TRIES, Cache, Data, Fallback, Node, Retry
from n3gen.spec.reader import Reader
from n3gen.spec.texts import Text, data_texts, expression
from n3gen.spec.type_refs import TypeRef

__all__ = [
    "DESCRIPTION",
    "RETRY",
    "TRIES",
    "Block",
    "Entries",
    "Entry",
    "FlowNode",
    "Step",
    "forms_of",
    "load_forms",
]

F = TypeVar("F")

_FALLBACK = OneOf(
    Name(),
    Record("fallback", Fallback.KEYS, "a connector asked after a failure"),
    called="a connector",
)

RETRY = Key(
    "retry",
    OneOf(
        Whole(0, MOST_TRIES),
        Choice("none"),
        Record("retry", Retry.KEYS, "how often and when work is tried again"),
    ),
    "how often and when it is tried again: a number of further tries, or a mapping",
    also=("retries", "attempts", "max_retries"),
)

TRIES = (
    RETRY,
    Key(
        "fallback",
        OneOf(_FALLBACK, ListOf(_FALLBACK)),
        "connectors, as names or `{connector, on}`, that are asked one after another "
        "when all tries have failed",
    ),
    Key(
        "cache",
        OneOf(
            Duration(),
            Choice(True),
            Record("cache", Cache.KEYS, "what is kept of results"),
        ),
        "how long its result is kept",
    ),
)
"""The keys that say how often work is tried, what replaces it, and what is kept."""

DESCRIPTION = Key("description", Prose(), "the docstring of its function")
PARALLEL = Key("parallel", Flag(), "may run beside its neighbours", False)


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
    """A block of steps; `word` is its first key, and the name of its file.

    `KEYS` are all that it can have, `COMMON` those of every block.
    """

    word: ClassVar[str]
    COMMON: ClassVar[tuple[Key, ...]] = (
        Key("name", Name(), "the name under which its results are known"),
        PARALLEL,
    )
    KEYS: ClassVar[tuple[Key, ...]]

    name: str | None = None

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        """Read the block at `loc`, without what is wrong in it."""
        raise NotImplementedError(cls)

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

    `timeout` is seconds. `limited` is false for `limit: none`, `limits` are those named. `output` is the type that
    the result is checked against. The class variables say what the kind is called, the
    keys of every step, the kind's own keys, and the names of those that tell the kind of
    a step that does not state it.
    """

    COMMON: ClassVar[tuple[Key, ...]] = (
        Key("name", Name(), "the name of its result", needed=True, also=("id",)),
        Key(
            "kind",
            Name(),
            "what it does: see below; its keys tell it too",
            also=("type",),
        ),
        DESCRIPTION,
        PARALLEL,
        Key(
            "depends_on",
            OneOf(Name(), ListOf(Name())),
            "the steps it runs after",
            also=("needs", "after", "depends", "requires"),
        ),
        Key(
            "when",
            Expression(),
            "a condition: where it is false, the step is `skipped` and its value is none",
            also=("if",),
        ),
        Key(
            "timeout",
            Duration(),
            "from its permit to its end, for each try; time in the queue does not count",
        ),
        Key(
            "limit",
            LIMIT_SHAPE,
            "the permits that it needs: see [limits](#limits); `none` runs a model call "
            "without one",
        ),
        Key(
            "priority",
            Number(),
            "in the queue for permits: so many seconds ahead of others; below 0 behind them",
        ),
        Key(
            "output",
            TypeText(),
            "a type: a model is asked for it, and any result is checked against it",
        ),
        Key(
            "options",
            Mapping(),
            "data for the callable; for an `llm` step, what goes to the model's provider",
            also=("parameters",),
            holds=MODEL_OPTIONS,
        ),
        Key("on_error", AnyText(), "what happens after a failure", later=True),
    )

    kind: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    KEYS: ClassVar[tuple[Key, ...]] = ()
    signature: ClassVar[tuple[str, ...]] = ()
    makes_requests: ClassVar[bool] = False
    """Whether it sends a request of its own, which is no model call."""

    name: str
    description: str | None = None
    depends_on: tuple[str, ...] = ()
    when: str | None = None
    timeout: float | None = None
    limited: bool = True
    limits: tuple[LimitUse, ...] = ()
    priority: float = Field(0, allow_inf_nan=False)
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

    @property
    def called(self) -> str | None:
        """The connector that it calls, of the spec or given to the run."""
        return None

    @property
    def given(self) -> str | None:
        """The callable that it calls, which each run has to be given."""
        return None

    def own_texts(self) -> Iterator[Text]:
        """Yield the texts under the keys of the step's kind."""
        yield from ()


Entry = Step | Block
"""The entries of a body of steps."""

Entries = tuple[Entry, ...]


def forms_of(base: type[F]) -> list[type[F]]:
    """Return all classes that derive from a class, directly or not."""
    found = base.__subclasses__()
    return found + [form for kind in found for form in forms_of(kind)]


def load_forms(package: str, path: list[str]) -> None:
    """Import all modules of a package, so that the classes in them are known."""
    for module in sorted(found.name for found in iter_modules(path)):
        import_module(f"{package}.{module}")
