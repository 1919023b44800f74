"""The entries of a body of steps: steps and blocks, and what both answer for themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Pairs
from typing import Any, ClassVar, Self

from pydantic import Field

from n3gen.names import record_of
from n3gen.source import Loc
from n3gen.spec.fact_kinds import FactKind
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
from n3gen.spec.key_shapes import Data as AnyData
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
    "common_names",
    "known_after",
]

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

    is_round: ClassVar[bool] = False
    """Whether a body may read what the round before left."""
    runs_together: ClassVar[bool] = False
    """Whether the entries of a body run together without each saying so."""
    is_race: ClassVar[bool] = False
    """Whether the entries of a body compete, so that it needs their values to end."""

    counts: ClassVar[tuple[str, ...]] = ()
    """The names under which its bodies know where a round stands among the others."""

    parallel: bool = False

    @property
    def bodies(self) -> tuple[Entries, ...]:
        """The bodies of steps inside, in the order of the spec, `else` last."""
        return ()

    @property
    def binds(self) -> Pairs[str, str]:
        """The names that it binds for its bodies, such as a loop's, by the keys of these."""
        return {}

    @property
    def gives(self) -> tuple[str, ...]:
        """The names that are known behind the entry, beside its own."""
        return (*self.facts,)

    @property
    def facts(self) -> Pairs[str, FactKind]:
        """Those of them that are about the entry itself, such as `NAME.winner`."""
        return {}

    @property
    def may_be_skipped(self) -> bool:
        """Whether its value is none where it does not run, or takes no branch."""
        return False

    def texts(self) -> Iterator[Text]:
        """Yield the entry's own expressions and templates, those of its bodies aside."""
        yield from self.outer_texts()
        yield from self.inner_texts()

    def outer_texts(self) -> Iterator[Text]:
        """Yield those of the `texts` that know nothing of the bodies."""
        yield from ()

    def inner_texts(self) -> Iterator[Text]:
        """Yield those of the `texts` that are read at the end of each of the bodies."""
        yield from ()


class Block(FlowNode):
    """A block of steps; `word` is its first key, and the name of its file.

    `KEYS` are all that it can have, `COMMON` those of every block. `result` is data
    whose texts are templates over a body; where `has_result` is false, the value of a
    body is its last batch's.
    """

    word: ClassVar[str]
    NAMED: ClassVar[tuple[Key, ...]] = (
        Key("name", Name(), "the name under which its results are known"),
        Key(
            "result",
            AnyData(),
            "its value, over the names of its body; else the last batch's",
            also=("output", "return"),
        ),
        Key("description", AnyText(), "what it is for"),
    )
    COMMON: ClassVar[tuple[Key, ...]] = (*NAMED, PARALLEL)
    KEYS: ClassVar[tuple[Key, ...]]

    is_collection: ClassVar[bool] = False
    """Whether its value holds those of its bodies: a list, or a mapping by name."""

    name: str | None = None
    description: str | None = None
    result: Data = None
    has_result: bool = False

    def inner_texts(self) -> Iterator[Text]:
        yield from data_texts(self.result, "result")

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

    def outer_texts(self) -> Iterator[Text]:
        yield from data_texts(self.options, "options")
        if self.when is not None:
            yield expression(self.when, "when")
        yield from self.own_texts()
        if self.cache is not None:
            yield from data_texts(self.cache.key, "cache", "key")

    @property
    def facts(self) -> Pairs[str, FactKind]:
        return {record_of(self.name): "record"}

    @property
    def may_be_skipped(self) -> bool:
        return self.when is not None

    @property
    def about(self) -> str:
        """What the step does, in a few words."""
        return self.kind

    @property
    def takes(self) -> float | None:
        """The seconds that its work takes, where they are known."""
        return None

    @classmethod
    def unbuilt(cls, data: dict[str, Any]) -> tuple[str, str] | None:
        """Return a key of a step that this version does not build, and what it asks for."""
        return None

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


def common_names(bodies: Iterable[Entries]) -> tuple[str, ...]:
    """Return the names that each of several bodies has, in the order of the first."""
    first, *others = (known_after(body) for body in bodies)
    return tuple(name for name in first if all(name in other for other in others))


def known_after(body: Entries) -> dict[str, int]:
    """Return the names that are known at the end of a body, with the entries' indexes.

    What several blocks give is not among them, as nothing says which is meant.
    """
    names: dict[str, int] = {}
    given: dict[str, list[int]] = {}
    for index, entry in enumerate(body):
        if entry.name is not None:
            names.setdefault(entry.name, index)
        for name in entry.gives:
            given.setdefault(name, []).append(index)
    for name, indexes in given.items():
        if len(indexes) == 1:
            names.setdefault(name, indexes[0])
    return names
