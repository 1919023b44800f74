"""The entries of a body of steps: steps and blocks, and what both answer for themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Pairs
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from n3gen.names import record_of
from n3gen.source import Loc
from n3gen.spec.fact_kinds import FactKind
from n3gen.spec.joins import Join
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Name
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key
from n3gen.spec.limits import LimitUse
from n3gen.spec.nodes import Cache, Data, Fallback, Node, Place, Retry
from n3gen.spec.reader import Reader
from n3gen.spec.step_keys import (
    BACKGROUND,
    DESCRIPTION,
    PARALLEL,
    RETRY,
    STEP_KEYS,
    TRIES,
)
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
    "every_entry",
    "known_after",
    "split_body",
]


class FlowNode(Node):
    """What steps and blocks have in common."""

    is_round: ClassVar[bool] = False
    """Whether a body may read what the round before left."""
    runs_together: ClassVar[bool] = False
    """Whether the entries of a body run together without each saying so."""
    is_race: ClassVar[bool] = False
    """Whether the entries of a body compete, so that it needs their values to end."""
    is_ending: ClassVar[bool] = False
    """Whether it stands behind the steps of a body, and says how that may end."""
    has_value: ClassVar[bool] = True
    """Whether the value of its bodies is that of anything."""
    in_stages: ClassVar[bool] = False
    """Whether it is there in pipelines alone, and is no entry that a body can have."""

    counts: ClassVar[tuple[str, ...]] = ()
    """The names under which its bodies know where a round stands among the others."""

    parallel: bool = False
    background: bool = False

    @property
    def bodies(self) -> tuple[Entries, ...]:
        """The bodies of steps inside, in the order of the spec, `else` last."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What leads into each of the `bodies`, in their order."""
        return ()

    @property
    def binds(self) -> Pairs[str, str]:
        """The names that it binds for its bodies, such as a loop's, by the keys of these."""
        return {}

    @property
    def plan_name(self) -> str | None:
        """What a plan calls a block without a name; else it counts those of the word."""
        return None

    @property
    def bound_types(self) -> Pairs[str, TypeRef]:
        """The types of those of the names whose types are declared."""
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
        BACKGROUND,
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


class Step(FlowNode):
    """One step; each kind is a class with the keys that it has besides these.

    `depends_on` are the names that it waits for, of which a `join` says more. `timeout`
    is seconds. `limited` is false for `limit: none`, `limits` are those named. `output`
    is the type that the result is checked against. `endings` are the clauses that run
    after its failure or its end, as those of a body. The class variables say what the kind is called, the
    keys of every step, the kind's own keys, and the names of those that imply the kind of
    a step that does not state it.
    """

    COMMON: ClassVar[tuple[Key, ...]] = STEP_KEYS

    kind: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    KEYS: ClassVar[tuple[Key, ...]] = ()
    signature: ClassVar[tuple[str, ...]] = ()
    needless: ClassVar[Pairs[str, str]] = {}
    """Keys that others write on such a step, and why it says the same without them."""

    makes_requests: ClassVar[bool] = False
    """Whether it sends a request of its own, which is no model call."""

    name: str
    description: str | None = None
    depends_on: tuple[str, ...] = ()
    join: Join | None = None
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
    on_error: Literal["stop", "continue", "skip"] = "stop"
    on_skip: Literal["run", "skip"] = "run"
    endings: tuple[Block, ...] = ()

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.endings,) if self.endings else ()

    @property
    def waits_for_ends(self) -> bool:
        """Whether it runs whatever became of the steps that it depends on."""
        return self.join is not None and self.join.count is None

    @property
    def keeps_error(self) -> bool:
        """Whether its value is the record of its error where it fails."""
        return self.on_error == "continue"

    @property
    def may_be_skipped(self) -> bool:
        """Whether its value may be none as it was not done."""
        return (
            self.when is not None or self.on_error == "skip" or self.on_skip == "skip"
        )

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
    def about(self) -> str:
        """What the step does, in a few words."""
        return self.kind

    @property
    def takes_slot(self) -> bool:
        """Whether it counts among the steps of a run that work at once."""
        return self.takes is None

    def named_at(self, index: int) -> Place:
        """The place of one of the names in `depends_on`."""
        within = self.place / "depends_on"
        return (within if self.join is None else within / self.join.key) / index

    @property
    def cancelled(self) -> str | None:
        """The name of the entry that it cancels."""
        return None

    @property
    def named_states(self) -> tuple[str, ...]:
        """The states that it names, beside those that its expressions read."""
        return () if self.memory is None else (self.memory,)

    @property
    def memory(self) -> str | None:
        """The state in which its model call remembers what was said."""
        return None

    @property
    def takes(self) -> float | None:
        """The seconds that its work takes, where they are known."""
        return None

    @classmethod
    def read_own(
        cls, reader: Reader, loc: Loc, data: dict[str, Any], values: dict[str, Any]
    ) -> None:
        """Convert the `values` of keys that the kind has of its own, written as `data`."""

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


def every_entry(entries: Iterable[Entry]) -> Iterator[Entry]:
    """All entries of a block and of the blocks inside it, in the order of the spec."""
    for entry in entries:
        yield entry
        for body in entry.bodies:
            yield from every_entry(body)


def split_body(body: Entries) -> tuple[Entries, Entries]:
    """Return the steps and blocks of a body, and the clauses behind them."""
    main = tuple(entry for entry in body if not entry.is_ending)
    return main, body[len(main) :]


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
