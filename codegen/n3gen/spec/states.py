"""States: values of a type that steps read and change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final, Literal

from n3gen.source import Loc
from n3gen.spec.fields import report_second_default
from n3gen.spec.key_shapes import Choice, Expression, TypeText, Whole
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data, Node
from n3gen.spec.policies import whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.texts import Text, expression
from n3gen.spec.type_fit import fits
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.value_rules import WrongType
from n3gen.spec.values import shown

__all__ = ["State", "read_state"]

_EMPTY: Final[dict[str, Any]] = {"list": [], "dict": {}}
"""The first values of types that need none stated."""


class State(Node):
    """`state NAME: type = default`; `by` is an expression, `keep` a number of items."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "type",
            TypeText(),
            "the type of its value; behind it, after `=`, its first value",
            needed=True,
        ),
        Key(
            "default",
            AnyData(),
            "its first value; else an empty list or mapping, or none",
            also=("initial", "value"),
        ),
        Key(
            "scope",
            Choice("run", "process", "stored"),
            "how long it lives, and who shares it",
            "run",
            also=("lives", "store"),
        ),
        Key(
            "by",
            Expression(),
            "there is a cell for each value of this, such as `payload.user_id`",
            also=("per", "for"),
        ),
        Key(
            "keep",
            Whole(),
            "how many of the last items of a list are kept",
            also=("max", "limit", "last"),
        ),
    )

    name: str
    type: TypeRef
    required: bool = False
    default: Data = None
    scope: Literal["run", "process", "stored"] = "run"
    by: str | None = None
    keep: int | None = None

    @property
    def key(self) -> str:
        """Its name in the project, which stays when its file takes the other spelling."""
        return f"{self.place.stem}:{self.name}"

    def texts(self) -> Iterator[Text]:
        """Yield the state's only expression."""
        if self.by is not None:
            yield expression(self.by, "by")


def read_state(reader: Reader, loc: Loc, name: str, data: Any) -> State | None:
    """Read the state at `loc`: its type and first value as a text, or a mapping with them."""
    what = f"state `{shown(name)}`"
    values: dict[str, Any] = {}
    at = loc
    if isinstance(data, dict) and list(data) != ["one of"]:
        values = reader.known(loc, data, State.KEYS, what)
        reader.data(loc, values, "default")
        whole_number(reader, loc, values, "keep")
        if values.get("by") is not None:
            values["by"] = reader.condition(loc, values, "by", what)
        at, data = (*loc, "type"), values.pop("type", None)
    if data is None:
        reader.missing(loc, "type", what, f"write `state {shown(name)}: int = 0`")
        return None
    if (meant := _typed(data)) is not None:
        written = f"{shown(name)}: {meant}"
        if reader.document.label(loc).file.path.endswith(".ai"):
            written = f"state {written}"
        message = f"{what} has a first value, and no type"
        label = reader.document.label(at)
        reader.report(WrongType.plainly(message, label, f"write `{written}`"))
        return None
    typed = reader.field_type(at, data)
    if typed is None:
        return None
    if "default" in values:
        report_second_default(reader, loc, typed)
    else:
        values["default"] = typed.default
        if typed.required:
            values["default"] = _EMPTY.get(typed.type.name)
            values["required"] = not fits(values["default"], typed.type)
    values = {key: value for key, value in values.items() if _is_given(key, value)}
    return reader.build(State, loc, {"name": name, "type": typed.type, **values}, what)


def _typed(data: Any) -> str | None:
    """The type that a value alone was meant to have, with the value behind it."""
    if isinstance(data, bool):
        return f"bool = {str(data).lower()}"
    if isinstance(data, int | float):
        return f"{type(data).__name__} = {data}"
    return "list[str] = []" if data == [] else None


def _is_given(key: str, value: Any) -> bool:
    return value is not None or key == "default"
