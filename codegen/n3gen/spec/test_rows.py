"""Reads what a test says of its rows: the data, the scores, what these come to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from n3gen.diagnostics.suggest import nearest
from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.keys import key_names
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedKey, WrongType
from n3gen.spec.test_nodes import Expect, ExpectedScore, Mock
from n3gen.spec.test_rules import UnknownScore
from n3gen.spec.values import described, is_int, shown

__all__ = [
    "read_bounds",
    "read_rows",
    "read_scores",
    "row_parts",
    "score_names",
    "with_standins",
]

_ENDINGS: Final = (".jsonl", ".json", ".csv", ".tsv")
"""What the name of a file of rows ends with."""

_BOUNDS: Final = frozenset(key_names(ExpectedScore.KEYS))

_STANDINS: Final[Mapping[str, Any]] = {
    "delay": 1,
    "error": "error",
    "times": 1,
    "status": "error",
    "elapsed_below": 1,
    "elapsed_above": 1,
    "attempts": 1,
    "cached": True,
}
"""Values that are read in place of templates, as what rows give is not known yet."""


def read_rows(reader: Reader, loc: Loc, data: Any) -> str | tuple[Any, ...]:
    """The name of a file of rows, or the rows; none where they are neither."""
    label = reader.document.label(loc)
    if isinstance(data, str):
        if data.lower().endswith(_ENDINGS):
            return data
        message = f"`{shown(data)}` is not a file of rows that can be read"
        way_out = "its name ends with `.jsonl`, `.json`, `.csv` or `.tsv`"
        reader.report(WrongType.plainly(message, label, way_out))
    elif isinstance(data, list):
        values = {"rows": data}
        reader.data(loc[:-1], values, "rows")
        if not data:
            message, way_out = "there is no row, so nothing runs", "write a row: `- {}`"
            reader.report(WrongType.plainly(message, label, way_out))
        return tuple(values.get("rows", ()))
    else:
        wanted = "the name of a file or a list"
        way_out = "write `rows: cases.jsonl`, or a list with an item for each run"
        given = described(data)
        reader.report(WrongType.of("`rows`", wanted, given, label, way_out))
    return ()


def score_names(data: Any) -> tuple[str, ...]:
    """The names of the scores that a test means to have, wrong ones among them."""
    names = data if isinstance(data, dict) else ()
    return tuple(name for name in names if name not in key_names(Expect.KEYS))


def read_scores(
    reader: Reader, loc: Loc, data: Any, *, has_rows: bool
) -> dict[str, str]:
    """The expressions of scores, by their names."""
    items = reader.mapping(loc, data, "`score`")
    if items and not has_rows:
        why = "a score is one of the runs of several rows: add `rows:`"
        label = reader.document.key_label(loc)
        reader.report(MisplacedKey.without("score", "rows", label, why))
        return {}
    texts = {
        name: reader.condition(loc, items, name, "`score`")
        for name in items
        if _is_score(reader, (*loc, name), name)
    }
    return {name: text for name, text in texts.items() if text}


def _is_score(reader: Reader, loc: Loc, name: Any) -> bool:
    """Whether a score can have this name, which is a key of `expect` then."""
    label = reader.document.key_label(loc)
    if not isinstance(name, str) or not is_name(name):
        wanted = "letters, digits and underscores, the first no digit"
        given = f"`{shown(name)}`"
        reader.report(WrongType.of("a score's name", wanted, given, label))
    elif name in key_names(Expect.KEYS):
        message = f"a score cannot be called `{name}`, as `expect` has a key `{name}`"
        reader.report(WrongType.plainly(message, label, f"call it `{name}_score`"))
    else:
        return True
    return False


def read_bounds(
    reader: Reader, loc: Loc, items: dict[Any, Any], scores: Collection[str]
) -> tuple[ExpectedScore, ...]:
    """Take what is expected of scores out of the `items` of an `expect`, and read it."""
    found: list[ExpectedScore | None] = []
    for name, data in list(items.items()):
        if name in scores:
            del items[name]
            found.append(_bounds(reader, (*loc, name), name, data))
        elif name not in key_names(Expect.KEYS) and _are_bounds(data):
            del items[name]
            label = reader.document.key_label((*loc, name))
            meant = nearest(str(name), scores)
            reader.report(UnknownScore.of(shown(name), label, meant, [*scores]))
    return tuple(one for one in found if one is not None)


def _are_bounds(data: Any) -> bool:
    """Whether data can only be what a score is expected to come to."""
    return isinstance(data, dict) and bool(data) and data.keys() <= _BOUNDS


def _bounds(reader: Reader, loc: Loc, name: str, data: Any) -> ExpectedScore | None:
    example = f"`{name}: {{mean_above: 0.8}}`"
    if not isinstance(data, dict):
        label, given = reader.document.label(loc), described(data)
        way_out = f"write {example}"
        reader.report(
            WrongType.of(f"`{name}`", "a mapping of bounds", given, label, way_out)
        )
        return None
    if not data:
        message = f"nothing is expected of score `{name}`"
        label = reader.document.key_label(loc)
        way_out = f"write {example}, or remove it"
        reader.report(WrongType.plainly(message, label, way_out))
    values = reader.known(
        loc, data, ExpectedScore.KEYS, "the score expected over all rows"
    )
    numbers = {k: float(v) if is_int(v) else v for k, v in values.items()}
    return reader.build(ExpectedScore, loc, {"score": name, **numbers}, "a score")


def row_parts(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a test that each row makes its own: those whose texts are templates."""
    parts = ("payload", "env", "send", "state", "mock", "expect")
    return {key: values[key] for key in parts if key in values}


def with_standins(items: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a test, with values in place of the templates of keys that need some."""
    parts = dict(items)
    mock, expect = parts.get("mock"), parts.get("expect")
    if isinstance(parts.get("send"), dict):
        sent = parts["send"].items()
        parts["send"] = {name: [] if _is_template(v) else v for name, v in sent}
    if isinstance(mock, dict):
        parts["mock"] = {
            step: _fixed(data) if _is_control(data) else data
            for step, data in mock.items()
        }
    if isinstance(expect, dict):
        expect = _fixed(expect)
        if isinstance(expect.get("steps"), dict):
            steps = expect["steps"].items()
            expect["steps"] = {step: _fixed_step(data) for step, data in steps}
        parts["expect"] = expect
    return parts


def _is_control(data: Any) -> bool:
    return isinstance(data, dict) and data.keys() <= set(key_names(Mock.KEYS))


def _fixed_step(data: Any) -> Any:
    if isinstance(data, dict):
        return _fixed(data)
    return "ok" if _is_template(data) else data


def _fixed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _STANDINS[key] if key in _STANDINS and _is_template(value) else value
        for key, value in data.items()
    }


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and ("{{" in value or "{%" in value)
