"""Reads `test` blocks: what each runs, and what it expects."""

from __future__ import annotations

from typing import Any

from n3gen.source import Loc
from n3gen.spec.environment import is_variable
from n3gen.spec.keys import key_names
from n3gen.spec.policies import whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedKey, OutOfRange, UnknownKey, WrongType
from n3gen.spec.test_nodes import Expect, ExpectedScore, ExpectedStep, Mock, Test
from n3gen.spec.test_rows import (
    read_bounds,
    read_rows,
    read_scores,
    row_parts,
    score_names,
    with_standins,
)
from n3gen.spec.values import described, is_int, shown

__all__ = ["read_test"]


def read_test(reader: Reader, loc: Loc, name: str, data: Any) -> Test | None:
    """The test at `loc`, or `None` where it does not say which chain it runs."""
    what = f"test `{shown(name)}`"
    items = dict(reader.mapping(loc, data, what))
    if "of" in items:
        del items["of"]
        label = reader.document.key_label((*loc, "of"))
        reader.report(UnknownKey.of("of", what, label, "chain"))
        reader.slips.add((loc, "chain"))
    known = reader.known(loc, items, Test.KEYS, what)
    if "payload" not in items and (loc, "payload") in reader.slips:
        return None  # what it gives to the chain cannot be known
    values = _with_rows(reader, loc, known)
    bounds = values.pop("bounds")
    reader.data(loc, values, "payload")
    reader.data(loc, values, "state")
    values["state"] = reader.mapping((*loc, "state"), values.get("state"), "`state`")
    values["env"] = _env(reader, (*loc, "env"), values.pop("env", None))
    values["send"] = _sent(reader, (*loc, "send"), values.pop("send", None))
    values["mocks"] = _mocks(reader, (*loc, "mock"), values.pop("mock", None))
    if values.get("expect") is not None:
        values["expect"] = _expect(reader, (*loc, "expect"), values["expect"], bounds)
    if values.get("chain") is None:
        values.pop("chain", None)
        way_out = f"write `test {shown(name)} of CHAIN:`, or add `chain:`"
        reader.missing(loc, "chain", what, way_out)
        return None
    return reader.build(Test, loc, {"name": name, **values}, what)


def _with_rows(reader: Reader, loc: Loc, values: dict[str, Any]) -> dict[str, Any]:
    """The keys of a test with those about rows read, and the `bounds` of its scores.

    What each row makes its own is kept as `template`, and read as far as it is known.
    """
    has_rows = "rows" in values
    data, score = values.pop("rows", None), values.pop("score", None)
    names = score_names(score)
    values["score"] = read_scores(reader, (*loc, "score"), score, has_rows=has_rows)
    values["bounds"] = ()
    if isinstance(values.get("expect"), dict):
        expect = dict(values["expect"])
        values["bounds"] = read_bounds(reader, (*loc, "expect"), expect, names)
        values["expect"] = expect
    values["template"] = row_parts(values)
    if not has_rows:
        return values
    values["rows"] = read_rows(reader, (*loc, "rows"), data)
    return with_standins(values)


def _env(reader: Reader, loc: Loc, data: Any) -> dict[str, str]:
    """Environment variables: names that a system has, and texts."""
    kept: dict[str, str] = {}
    for name, value in reader.mapping(loc, data, "`env`").items():
        if not isinstance(name, str) or not is_variable(name):
            label = reader.document.key_label((*loc, name))
            wanted = "letters, digits and underscores, the first no digit"
            given = f"`{shown(name)}`"
            reader.report(WrongType.of("a variable's name", wanted, given, label))
        elif not isinstance(value, str):
            label, way_out = reader.document.label((*loc, name)), None
            if isinstance(value, int | float):
                way_out = f'put it in quotes: `{name}: "{shown(value)}"`'
            given = described(value)
            what = f"`{name}`"
            reader.report(WrongType.of(what, "a text", given, label, way_out))
        elif "\0" in value:
            label = reader.document.label((*loc, name))
            message = f"`{name}` has a null character, which no variable can have"
            reader.report(WrongType.plainly(message, label))
        else:
            kept[name] = value
    return kept


def _sent(reader: Reader, loc: Loc, data: Any) -> dict[str, tuple[Any, ...]]:
    """The items for channels: a list for each."""
    kept: dict[str, tuple[Any, ...]] = {}
    items = reader.mapping(loc, data, "`send`")
    reader.data(loc[:-1], {"send": items}, "send")
    for name, values in items.items():
        if isinstance(values, list):
            kept[str(name)] = tuple(values)
            continue
        label = reader.document.label((*loc, name))
        what = f"`{shown(name)}`"
        reader.report(WrongType.of(what, "a list of items", described(values), label))
    return kept


def _mocks(reader: Reader, loc: Loc, data: Any) -> tuple[Mock, ...]:
    items = reader.mapping(loc, data, "`mock`")
    reader.data(loc[:-1], {"mock": items}, "mock")
    mocks = [_mock(reader, (*loc, step), step, items[step]) for step in items]
    return tuple(mock for mock in mocks if mock is not None)


def _mock(reader: Reader, loc: Loc, step: Any, data: Any) -> Mock | None:
    """What stands for a step: a mapping with keys of a mock alone, or else a result."""
    if not isinstance(step, str):
        return None
    if (
        not isinstance(data, dict)
        or not data
        or not data.keys() <= set(key_names(Mock.KEYS))
    ):
        return reader.build(Mock, loc, {"step": step, "value": data}, "a mock")
    values = {"step": step, **data}
    reader.duration(loc, values, "delay", zero=True)
    whole_number(reader, loc, values, "times")
    _check_error(reader, loc, values)
    if "times" in data and "error" not in data:
        why = "a value is given as often as the step asks"
        label = reader.document.key_label((*loc, "times"))
        reader.report(MisplacedKey.without("times", "error", label, why))
    elif "value" in data and "error" in data and "times" not in data:
        why = "say by `times` how often the error comes before the value"
        label = reader.document.key_label((*loc, "value"))
        reader.report(MisplacedKey.beside("value", "error", label, why))
    return reader.build(Mock, loc, values, "a mock")


def _check_error(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Drop an error that is neither a text nor a status of a failure."""
    error = values.get("error")
    if error is None or isinstance(error, str):
        return
    label = reader.document.label((*loc, "error"))
    if not is_int(error):
        wanted = "a text or a status"
        reader.report(WrongType.of("`error`", wanted, described(error), label))
    elif not 400 <= error <= 599:
        reader.report(OutOfRange.of("error", shown(error), "from 400 to 599", label))
    else:
        return
    del values["error"]


def _expect(
    reader: Reader, loc: Loc, data: Any, scores: tuple[ExpectedScore, ...]
) -> Expect | None:
    items = reader.mapping(loc, data, "`expect`")
    values = reader.known(loc, items, Expect.KEYS, "`expect`")
    reader.duration(loc, values, "elapsed_below")
    reader.duration(loc, values, "elapsed_above", zero=True)
    _outcome(reader, loc, values)
    values["steps"] = _steps(reader, (*loc, "steps"), values.get("steps"))
    values["scores"] = scores
    return reader.build(Expect, loc, values, "`expect`")


def _steps(reader: Reader, loc: Loc, data: Any) -> tuple[ExpectedStep, ...]:
    items = reader.mapping(loc, data, "`steps`")
    steps = [_step(reader, (*loc, step), step, items[step]) for step in items]
    return tuple(step for step in steps if step is not None)


def _step(reader: Reader, loc: Loc, step: Any, data: Any) -> ExpectedStep | None:
    """What is expected of a step: a mapping, or its status alone."""
    if not isinstance(step, str):
        label = reader.document.key_label(loc)
        reader.report(WrongType.of("a step", "a name", described(step), label))
        return None
    if isinstance(data, dict):
        values = reader.known(loc, data, ExpectedStep.KEYS, "an expected step")
    else:
        values = {"status": data}
    whole_number(reader, loc, values, "attempts")
    _outcome(reader, loc, values)
    return reader.build(ExpectedStep, loc, {"step": step, **values}, "an expected step")


def _outcome(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Check what a run and a step have in common: an error and a result."""
    values["has_result"] = "result" in values
    reader.data(loc, values, "result")
    if is_int(values.get("error")):
        values["error"] = shown(values["error"])
    if values.get("error") is not None and values.get("status") == "ok":
        why = "what ends `ok` has no error"
        label = reader.document.key_label((*loc, "error"))
        reader.report(MisplacedKey.beside("error", "status: ok", label, why))
