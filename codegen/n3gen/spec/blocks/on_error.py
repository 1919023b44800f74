"""`on_error [KINDS] as NAME`: steps that run in place of a body that failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_variable
from n3gen.spec.entries import Block, Entries
from n3gen.spec.failures import ANY, CAUGHT, read_caught
from n3gen.spec.key_shapes import Name, Steps
from n3gen.spec.keys import Key
from n3gen.spec.nodes import FailureWord
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.values import shown

__all__ = ["OnError"]

_WITH_STEPS = "write `on_error: any`, and `steps:` with the steps beside it"


class OnError(Block):
    """A clause behind the steps of a body: it runs where these fail with one of `kinds`.

    No kinds are all. `variable` is the name of the error's record; the value of the
    steps is that of the body.
    """

    word = "on_error"
    is_ending = True

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("on_error", CAUGHT, "the errors after which it runs", needed=True),
        Key("as", Name(), "the name of the error's record in its steps"),
        Key("steps", Steps(), "the steps that run instead", needed=True),
    )

    kinds: tuple[FailureWord, ...] = ()
    variable: str | None = None
    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def binds(self) -> Mapping[str, str]:
        return {} if self.variable is None else {self.variable: "as"}

    @property
    def is_of_status(self) -> bool:
        """Whether each error that it takes is the status of a response."""
        return bool(self.kinds) and all(str(kind)[0].isdigit() for kind in self.kinds)

    @property
    def about(self) -> str:
        kinds = ", ".join(shown(str(kind)) for kind in self.kinds or (ANY,))
        named = "" if self.variable is None else f" as {self.variable}"
        return f"on_error {kinds}{named}"

    @property
    def labels(self) -> tuple[str, ...]:
        return (self.about,)

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "an `on_error` clause")
        kinds = data.get("on_error")
        if "steps" not in data and _has_steps(kinds):
            label = reader.document.key_label((*loc, "on_error"))
            message = "the steps of an `on_error` clause stand below `steps`"
            reader.report(WrongType.plainly(message, label, _WITH_STEPS))
            return None
        values: dict[str, Any] = {"kinds": read_caught(reader, loc, data)}
        if data.get("as") is not None:
            values["variable"] = read_variable(reader, loc, "as", data["as"])
        values["steps"] = read_body(reader, loc, "steps", data, "this `on_error`")
        return reader.build(cls, loc, values, "an `on_error` clause")


def _has_steps(kinds: object) -> bool:
    """Whether steps are written in place of the kinds of errors."""
    return isinstance(kinds, list) and any(isinstance(one, dict) for one in kinds)
