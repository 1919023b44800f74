"""`kind: wait`: a pause, or the wait for an answer; without a permit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.entries import Step
from n3gen.spec.key_rules import MisplacedKey, MissingKey
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Duration, Expression, Name, OneOf, Template, Whole
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data, Place
from n3gen.spec.policy_rules import OutOfRange
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.texts import Text, data_texts, expression
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.value_rules import BadDuration
from n3gen.spec.values import is_int, number_or_kind, shown

__all__ = ["WaitStep"]

_OF_ANSWERS: Final = ("ask", "key", "count", "default")
"""The keys of a step that waits for an answer."""

_MOST_ANSWERS: Final = 1000


class WaitStep(Step):
    """A pause of `wait` seconds, or the wait for an answer that is sent to the run.

    An answer comes under the name of the `signal`. With a `key` only those with the
    same one, or with none, are for this step. With a `count` it waits for so many, and
    its value and its `output` are lists. Past its timeout it has its `default`.
    """

    kind = "wait"
    also = ("approval", "pause", "suspend", "sleep", "delay")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "wait",
            OneOf(Duration(), Name()),
            "how long it waits, or what for; needed",
            also=("sleep", "delay", "pause"),
        ),
        Key("target", Name(), "what it waits for, behind `kind: wait`"),
        Key("ask", Template(), "the question, for the person who answers"),
        Key("key", Expression(), "which of several that wait under one name it is"),
        Key(
            "count",
            Whole(1, _MOST_ANSWERS),
            "how many answers it waits for; its value is their list",
        ),
        Key("default", AnyData(), "its value where no answer comes within `timeout`"),
    )
    signature = ("wait",)

    wait: float = 0.0
    signal: str | None = None
    target: str | None = None
    ask: str | None = None
    key: str | None = None
    count: int | None = None
    default: Data = None
    has_default: bool = False

    @property
    def takes(self) -> float | None:
        return self.wait if self.signal is None else None

    @property
    def takes_slot(self) -> bool:
        return False

    @property
    def about(self) -> str:
        return self.kind if self.signal is None else f"{self.kind} {self.signal}"

    @property
    def answer(self) -> TypeRef | None:
        """The type of each answer."""
        if self.count is None or self.output is None:
            return self.output
        return self.output.args[0]

    @property
    def signal_at(self) -> Place:
        """The place of the name of what it waits for."""
        return self.place / ("wait" if self.target is None else "target")

    def own_texts(self) -> Iterator[Text]:
        if self.ask is not None:
            yield from data_texts(self.ask, "ask")
        if self.key is not None:
            yield expression(self.key, "key")
        yield from data_texts(self.default, "default")

    @classmethod
    def read_own(
        cls, reader: Reader, loc: Loc, data: dict[str, Any], values: dict[str, Any]
    ) -> None:
        if data.get("wait") is not None and values.pop("target", None) is not None:
            label = reader.document.key_label((*loc, "target"))
            why = "remove one of them"
            reader.report(MisplacedKey.beside("target", "wait", label, why))
        signal = _signal(values.pop("wait", None)) or _signal(values.get("target"))
        if signal is None:
            _read_pause(reader, loc, data, values)
            return
        values["signal"] = signal
        if values.get("key") is not None:
            values["key"] = reader.condition(loc, values, "key", "this step")
        if values.get("count") is not None and not _is_count(reader, loc, values):
            del values["count"]
        if values.get("count") is not None and values.get("output") is not None:
            values["output"] = TypeRef(name="list", args=(values["output"],))
        if "default" in data:
            values["has_default"] = True
            if values.get("timeout") is None and "timeout" not in data:
                label = reader.document.key_label((*loc, "default"))
                why = "without a timeout it waits until there is an answer"
                reader.report(MisplacedKey.without("default", "timeout", label, why))


def _signal(value: Any) -> str | None:
    return value if isinstance(value, str) and is_name(value) else None


def _read_pause(
    reader: Reader, loc: Loc, data: dict[str, Any], values: dict[str, Any]
) -> None:
    """Read a step that waits for a time."""
    if "wait" not in data:
        reader.report(
            MissingKey.of(
                "wait",
                f"the wait step `{shown(data.get('name'))}`",
                reader.document.label((*loc, "target" if "target" in data else "name")),
                "say how long it waits, `wait: 30s`, or what for, `wait: approval`",
            )
        )
    values["wait"] = given = data.get("wait")
    if isinstance(given, str) and not given.strip()[:1].isdigit():
        del values["wait"]
        reader.report(
            BadDuration.of(
                "wait",
                f"`{shown(given)}` is neither a duration nor a name",
                reader.document.label((*loc, "wait")),
                "write how long it waits, such as `30s`, or a name for what it waits "
                "for, such as `approval`",
            )
        )
    reader.duration(loc, values, "wait")
    for key in _OF_ANSWERS:
        # Beside what is no duration nobody knows which of the two is meant.
        if values.pop(key, None) is not None and "wait" in values:
            label = reader.document.key_label((*loc, key))
            why = "it belongs to a wait for an answer, such as `wait: approval`"
            reader.report(MisplacedKey.beside(key, "wait", label, why))


def _is_count(reader: Reader, loc: Loc, values: dict[str, Any]) -> bool:
    """Say whether `count` is a number of answers, and report it if it is none."""
    count, label = values["count"], reader.document.label((*loc, "count"))
    if not is_int(count):
        wanted = "a whole number of answers"
        reader.report(WrongType.of("`count`", wanted, number_or_kind(count), label))
        return False
    if not 1 <= count <= _MOST_ANSWERS:
        bounds = f"from 1 to {_MOST_ANSWERS:,}"
        reader.report(OutOfRange.of("count", shown(count), bounds, label))
        return False
    return True
