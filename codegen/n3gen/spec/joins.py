"""`depends_on` with `any`, `count` or `ended`: what a step waits for of several others."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from n3gen.source import Loc
from n3gen.spec.key_shapes import ListOf, Name, Whole
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Node
from n3gen.spec.policies import whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.values import described

__all__ = ["Join", "read_dependencies"]

_NAMES = ListOf(Name("steps"), least=1)


class Join(Node):
    """How a step waits for those in its `depends_on`.

    It starts once `count` of them have succeeded or, without one, once all have ended,
    whatever became of them. `key` is the one that the names stand under.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "any",
            _NAMES,
            "starts as soon as one of these has succeeded",
            also=("anyof", "one_of", "first"),
        ),
        Key("count", Whole(), "how many of those in `of` must succeed"),
        Key("of", _NAMES, "the steps of which `count` must succeed"),
        Key(
            "ended",
            _NAMES,
            "starts when these have ended, whatever became of them",
            also=("always", "all_done", "finished"),
        ),
    )

    key: Literal["any", "of", "ended"]
    count: int | None = None


def read_dependencies(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `depends_on`: a name, several, or a mapping that becomes a `join` as well."""
    given, at = values.get("depends_on"), (*loc, "depends_on")
    if isinstance(given, str):
        values["depends_on"] = (given,)
    elif isinstance(given, list):
        values["depends_on"] = tuple(given)
    elif isinstance(given, dict):
        del values["depends_on"]
        keys = reader.known(at, given, Join.KEYS, "`depends_on`")
        if len(keys) == len(given):
            _read_join(reader, at, keys, values)


def _read_join(
    reader: Reader, loc: Loc, keys: dict[str, Any], values: dict[str, Any]
) -> None:
    """Read the keys of a join into `depends_on` and `join`."""
    ways = [key for key in ("any", "of", "ended") if key in keys]
    wants_count = ways == ["of"]
    if len(ways) != 1 or ("count" in keys) != wants_count:
        message = "`depends_on` has one of `any`, `count` with `of`, and `ended`"
        label = reader.document.key_label(loc)
        reader.report(WrongType.plainly(message, label, _FORMS))
        return
    (key,) = ways
    names = keys[key]
    if isinstance(names, str):
        names = [names]
    if not isinstance(names, list) or not names or not all(map(_is_text, names)):
        label = reader.document.label((*loc, key))
        given = "an empty list" if names == [] else described(names)
        reader.report(WrongType.of(f"`{key}`", "a list of names", given, label))
        return
    found: dict[str, Any] = {"key": key}
    if wants_count:
        counted = {"count": keys["count"]}
        whole_number(reader, loc, counted, "count")
        if counted.get("count") is None:
            return
        found |= counted
    elif key == "any":
        found["count"] = 1
    values["depends_on"] = tuple(names)
    values["join"] = reader.build(Join, loc, found, "`depends_on`")


_FORMS = "write a list of names, `{any: [a, b]}`, `{count: 2, of: [a, b, c]}` or `{ended: [a]}`"


def _is_text(name: Any) -> bool:
    return isinstance(name, str)
