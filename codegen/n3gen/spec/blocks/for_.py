"""`for VARIABLE in ITEMS`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Literal, NamedTuple, Self

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common, read_variable
from n3gen.spec.entries import Block, Entries
from n3gen.spec.fact_kinds import COUNTS
from n3gen.spec.failures import reject_kinds
from n3gen.spec.key_shapes import (
    Choice,
    Expression,
    Flag,
    Name,
    OneOf,
    Steps,
    Whole,
)
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key
from n3gen.spec.policies import whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedKey, MissingKey, OutOfRange, WrongType
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import is_int, number_or_kind, shown

__all__ = ["For", "Tolerate"]


_STREAM: Final = re.compile(
    r"""\s*stream\(\s*(?P<quote>["'])(?P<target>[^"']*)(?P=quote)\s*,?"""
    r"(?P<arguments>.*\)\s*)",
    re.DOTALL,
)
_CHANNEL: Final = re.compile(r"\s*channel\s+(?P<name>[^\W\d]\w*)\s*")
_IN: Final = ("in", "items", "of", "over", "each", "list", "range", "from")
"""The key of the items, and what other languages call it."""

_PERCENT: Final = re.compile(r"\s*(\d{1,3}(?:\.\d{1,6})?)\s*%\s*")


class Tolerate(NamedTuple):
    """How many rounds may fail: a number, or a share of all."""

    most: float
    is_percent: bool = False


class For(Block):
    """The body once for each item: one round after another, or several at once.

    `items` are an expression or, with a `stream`, the arguments of that function; those
    of a `channel` come from there.
    `workers` is how many rounds run at once.
    """

    word = "for"
    counts = COUNTS
    is_collection = True

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("for", Name(), "the variable that holds the item", needed=True),
        Key(
            "in",
            Expression(),
            "the items",
            needed=True,
            also=_IN[1:],
        ),
        Key(
            "steps",
            Steps(),
            "the steps for each item",
            needed=True,
            also=("do", "then", "body"),
        ),
        *Block.NAMED,
        Key(
            "parallel",
            OneOf(Flag(), Whole(1), Choice("max")),
            "how many rounds run at once: a number, or `max` for as many as model calls; "
            "`true` lets the block run beside its neighbours",
            False,
        ),
        Key("key", Expression(), "the name of a round in paths, instead of its number"),
        Key(
            "on_error",
            Choice("stop", "continue"),
            "whether a failed round ends the loop, or leaves its error record in place",
            "stop",
        ),
        Key(
            "until",
            Expression(),
            "tested after each round: ends the loop where it holds",
        ),
        Key("batch", Whole(1), "the items come in lists of up to so many"),
        Key(
            "tolerate",
            OneOf(Whole(0), AnyText()),
            "how many rounds may fail, `5` or `10%`; those leave their error records",
        ),
    )

    variable: str
    items: str
    steps: Entries
    stream: str | None = None
    channel: str | None = None
    workers: int | Literal["max"] | None = None
    key: str | None = None
    on_error: Literal["stop", "continue"] = "stop"
    until: str | None = None
    batch: int | None = None
    tolerate: Tolerate | None = None

    @property
    def keeps_errors(self) -> bool:
        """Whether a failed round leaves its error record in place."""
        return self.on_error == "continue"

    @property
    def comes_over_time(self) -> bool:
        """Whether its items are found while it runs."""
        return bool(self.stream or self.channel)

    @property
    def is_pooled(self) -> bool:
        """Whether its rounds need more than to run one after another."""
        asked = self.comes_over_time or self.workers or self.key or self.until
        asked = asked or self.batch
        return bool(asked or self.tolerate) or self.keeps_errors

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def binds(self) -> Mapping[str, str]:
        return {self.variable: "for"}

    @property
    def about(self) -> str:
        items = f'stream("{self.stream}")' if self.stream else self.items
        items = f"channel {self.channel}" if self.channel else items
        many = f" parallel {self.workers}" if self.workers else ""
        return f"for {self.variable} in {shown(items)}{many}"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("each round",)

    def outer_texts(self) -> Iterator[Text]:
        if self.channel is None:
            yield expression(self.items, "in")

    def inner_texts(self) -> Iterator[Text]:
        if self.key is not None:
            yield expression(self.key, "key")
        if self.until is not None:
            yield expression(self.until, "until")
        yield from super().inner_texts()

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = _split(reader, loc, data)
        data = reader.known(loc, data, cls.KEYS, "a `for` block")
        values = read_common(reader, loc, data)
        _workers(reader, loc, values)
        for key in ("on_error", "batch"):
            if data.get(key) is not None:
                values[key] = data[key]
        reject_kinds(reader, loc, values, "for")
        whole_number(reader, loc, values, "batch")
        for key in ("key", "until"):
            if data.get(key) is not None:
                values[key] = reader.condition(loc, data, key, "this `for`")
        if data.get("tolerate") is not None:
            values["tolerate"] = _tolerate(reader, loc, data["tolerate"])
            if data.get("on_error") == "continue":
                label = reader.document.key_label((*loc, "tolerate"))
                why = "that lets any number of rounds fail: leave one of them out"
                found = MisplacedKey.beside(
                    "tolerate", "on_error: continue", label, why
                )
                reader.report(found)
        values["variable"] = read_variable(reader, loc, "for", data.get("for"))
        items = reader.condition(loc, data, "in", "this `for`")
        values.update(_source(items))
        values["steps"] = read_body(reader, loc, "steps", data, "this `for`")
        return reader.build(cls, loc, values, "a `for` block")


def _source(items: str) -> dict[str, str]:
    """The items, or the channel or the function that they come from.

    The arguments of a function are where they are in the text, so that places stay
    true.
    """
    if found := _CHANNEL.fullmatch(items):
        return {"items": items, "channel": found["name"]}
    found = _STREAM.fullmatch(items)
    if found is None:
        return {"items": items}
    start = found.start("arguments")
    arguments = f"dict({' ' * (start - 5)}{items[start:]}"
    return {"items": arguments, "stream": found["target"]}


def _workers(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Make a number under `parallel`, or `max`, the `workers`."""
    many = values.get("parallel")
    if many is None or isinstance(many, bool):
        return
    del values["parallel"]
    if many == "max":
        values["workers"] = many
    elif is_int(many):
        workers = {"parallel": many}
        whole_number(reader, loc, workers, "parallel")
        values["workers"] = workers.get("parallel")
    else:
        label = reader.document.label((*loc, "parallel"))
        wanted = "a whole number, `max`, `true` or `false`"
        reader.report(WrongType.of("`parallel`", wanted, number_or_kind(many), label))


def _tolerate(reader: Reader, loc: Loc, value: Any) -> Tolerate | None:
    if is_int(value) and value >= 0:
        return Tolerate(value)
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    label = reader.document.label((*loc, "tolerate"))
    if found is None:
        wanted = "a number of rounds or a percentage, such as `10%`"
        reader.report(WrongType.of("`tolerate`", wanted, number_or_kind(value), label))
        return None
    share = float(found[1])
    if share > 100:
        reader.report(OutOfRange.of("tolerate", value.strip(), "at most 100%", label))
        return None
    return Tolerate(share, is_percent=True)


def _split(reader: Reader, loc: Loc, data: dict[str, Any]) -> dict[str, Any]:
    """Report items in place of the variable, and separate the two.

    Other languages write `for: x in items`, or `for: items` and `as: x`.
    """
    both = data.get("for")
    is_variable = isinstance(both, str) and is_name(both)
    if both is None or is_variable or not data.keys().isdisjoint(_IN):
        return data
    name, items = "item", shown(both) if isinstance(both, str) else "[...]"
    parts = both.partition(" in ") if isinstance(both, str) else ("", "", "")
    if parts[1] and is_name(parts[0].strip()):
        name, items = parts[0].strip(), parts[2].strip()
    elif isinstance(data.get("as"), str) and is_name(data["as"]):
        name = data["as"]
    label = reader.document.label((*loc, "for"))
    way_out = f"write `for: {name}` and `in: {shown(items)}`"
    reader.report(MissingKey.of("in", "this `for`", label, way_out))
    rest = {key: value for key, value in data.items() if key != "as"}
    reader.rejected = True
    return {**rest, "for": name, "in": parts[2].strip() or "payload"}
