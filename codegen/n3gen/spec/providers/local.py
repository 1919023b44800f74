"""`api: local`: answers on this machine, without a key or a network."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.source import Loc
from n3gen.spec.connection_nodes import Connection
from n3gen.spec.key_shapes import ListOf, OneOf
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Node
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.values import described
from n3gen.spec.zero_durations import DurationOrZero

__all__ = ["LocalAnswer", "LocalConnection"]

_ANSWER = Record(
    "answer",
    (
        Key(
            "contains",
            OneOf(AnyText(), ListOf(AnyText())),
            "texts of which one is in the prompt, in small letters or capitals; without them it always fits",
        ),
        Key("answer", AnyText(), "the answer", needed=True),
    ),
    "a canned answer",
)


class LocalAnswer(Node):
    """One canned answer; it is given where one of its texts is in the prompt."""

    KEYS: ClassVar[tuple[Key, ...]] = _ANSWER.keys

    contains: tuple[str, ...] = ()
    answer: str


class LocalConnection(Connection):
    """A stub that answers after `latency` seconds with the first answer that fits."""

    api = "local"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("latency", DurationOrZero(), "how long an answer takes", 0.0),
        Key(
            "answers",
            ListOf(_ANSWER),
            "canned answers, of which the first that fits is given",
        ),
    )
    asks_server = False
    needs_model = False
    streams = False

    latency: float = 0.0
    answers: tuple[LocalAnswer, ...] = ()

    @classmethod
    def read_own(
        cls, reader: Reader, loc: Loc, values: dict[str, Any], what: str
    ) -> None:
        reader.duration(loc, values, "latency", zero=True)
        if "answers" in values:
            values["answers"] = _answers(reader, (*loc, "answers"), values["answers"])


def _answers(reader: Reader, loc: Loc, data: Any) -> tuple[LocalAnswer, ...]:
    if not isinstance(data, list):
        label = reader.document.label(loc)
        reader.report(WrongType.of("`answers`", "a list", described(data), label))
        return ()
    found = [_answer(reader, (*loc, at), item) for at, item in enumerate(data)]
    return tuple(answer for answer in found if answer is not None)


def _answer(reader: Reader, loc: Loc, data: Any) -> LocalAnswer | None:
    what = "an answer"
    values = reader.known(loc, reader.mapping(loc, data, what), LocalAnswer.KEYS, what)
    contains = values.get("contains")
    if isinstance(contains, str):
        values["contains"] = (contains,)
    elif isinstance(contains, list):
        values["contains"] = tuple(contains)
    return reader.build(LocalAnswer, loc, values, what)
