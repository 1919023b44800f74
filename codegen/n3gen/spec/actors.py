"""Actors: objects that steps send messages to, one of which is handled at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final, Literal

from n3gen.source import Loc
from n3gen.spec.key_shapes import Choice, FunctionName, Mapping, Whole
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data, Node
from n3gen.spec.policy_rules import OutOfRange
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import is_int, number_or_kind, shown

__all__ = ["MOST_MESSAGES", "Actor", "read_actor"]

MOST_MESSAGES: Final = 1_000_000
"""How many messages a mailbox may at most hold."""


class Actor(Node):
    """`actor NAME:` an object that its first message makes; `target` is its class."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "target",
            FunctionName(),
            "`package.module:Class`, or a function that returns the object",
            needed=True,
            also=("class", "function", "source"),
        ),
        Key(
            "with",
            Mapping(),
            "the arguments with which the object is made",
            also=("args", "arguments", "options"),
        ),
        Key(
            "runs",
            Choice("loop", "thread", "process"),
            "where its methods run",
            "loop",
            also=("executor", "in", "on"),
        ),
        Key(
            "mailbox",
            Whole(1, MOST_MESSAGES),
            "how many messages wait while one is handled; who sends one more waits for "
            "room",
            100,
            also=("buffer", "capacity", "size", "queue"),
        ),
        Key(
            "scope",
            Choice("run", "process"),
            "how long it lives, and who shares it",
            "run",
            also=("lives",),
        ),
        Key(
            "restart",
            Choice("never", "on_error"),
            "after an error the actor ends, or is recreated; by default it lives on as it is",
            also=("on_error",),
        ),
    )

    name: str
    target: str
    with_: dict[str, Data] | None = None
    runs: Literal["loop", "thread", "process"] = "loop"
    mailbox: int = 100
    scope: Literal["run", "process"] = "run"
    restart: Literal["never", "on_error"] | None = None

    def texts(self) -> Iterator[Text]:
        """Yield the texts of the arguments with which the object is made."""
        yield from data_texts(self.with_, "with")


def read_actor(reader: Reader, loc: Loc, name: str, data: Any) -> Actor | None:
    """Read the actor at `loc`."""
    what = f"actor `{shown(name)}`"
    way_out = f"write `{{target: {shown(data)}}}`" if isinstance(data, str) else None
    items = reader.mapping(loc, data, what, way_out)
    known = reader.known(loc, items, Actor.KEYS, what)
    values = {key: value for key, value in known.items() if value is not None}
    if "target" not in values:
        reader.missing(loc, "target", what, "write `target: package.module:Class`")
        return None
    reader.data(loc, values, "with")
    if "with" in values:
        values["with_"] = values.pop("with")
    if "mailbox" in values and not _is_size(reader, loc, values["mailbox"]):
        del values["mailbox"]
    return reader.build(Actor, loc, {"name": name, **values}, what)


def _is_size(reader: Reader, loc: Loc, size: Any) -> bool:
    """Say whether `mailbox` is a number of messages, and report it if it is none."""
    label = reader.document.label((*loc, "mailbox"))
    if not is_int(size):
        wanted = "a whole number of messages"
        reader.report(WrongType.of("`mailbox`", wanted, number_or_kind(size), label))
        return False
    if not 1 <= size <= MOST_MESSAGES:
        bounds = f"from 1 to {MOST_MESSAGES:,}"
        reader.report(OutOfRange.of("mailbox", shown(size), bounds, label))
        return False
    return True
