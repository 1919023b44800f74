"""Comparison of what a test expects with the record of its run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from n3gen.diagnostics import Label
from n3gen.semantics.step_paths import StepPath
from n3gen.source import Loc
from n3gen.spec.test_nodes import Expect, ExpectedStep, Test

__all__ = [
    "Fault",
    "duration_text",
    "ended_as_expected",
    "faults_of",
    "json_form",
    "plain",
    "shown_data",
]

_DIFFERENCES = 5
"""How many differences of one result are reported."""

_SHOWN = 200
"""Characters of a value that a message shows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One outcome of a run that should not be.

    `loc` is the place of the expectation in its document, `label` the few words that
    belong under it. A fault that is elsewhere has a `place` of its own.
    """

    message: str
    loc: Loc
    label: str = ""
    place: Label | None = None


def faults_of(
    test: Test, record: Mapping[str, Any], steps: Mapping[str, StepPath]
) -> Iterator[Fault]:
    """All that is not as the test expects it; `steps` are the expected ones by path."""
    expect = test.expect or Expect(place=test.place)
    is_other = list(_status(expect, record, test))
    yield from is_other
    yield from _error(expect, record["error"], "the run", expect.place.loc)
    if expect.has_result and not is_other:
        loc = (*expect.place.loc, "result")
        yield from _results(expect.result, record["result"], loc, "result")
    yield from _elapsed(expect, record["metadata"]["elapsed_ms"] / 1000)
    for step in expect.steps:
        if step.step in steps:
            yield from _steps(step, record["steps"], steps[step.step])


def ended_as_expected(test: Test, record: Mapping[str, Any]) -> bool:
    """Whether the run ended `ok`, or as the test expects."""
    expect = test.expect or Expect(place=test.place)
    return not any(_status(expect, record, test))


def _status(expect: Expect, record: Mapping[str, Any], test: Test) -> Iterator[Fault]:
    status = record["status"]
    wanted = expect.status or ("ok" if expect.error is None else None)
    if status == wanted or (wanted is None and status != "ok"):
        return
    why = f": {record['error']}" if record["error"] else ""
    should = f"not `{wanted}`" if wanted else "and an error was expected"
    loc = (*expect.place.loc, "error" if wanted is None else "status")
    if expect.status is None and wanted is not None:
        loc = (*test.place.loc, "chain")
    yield Fault(f"the run ended `{status}`, {should}{why}", loc, f"ended `{status}`")


def _error(
    expect: Expect | ExpectedStep, error: str | None, what: str, loc: Loc
) -> Iterator[Fault]:
    if expect.error is None or error is None or expect.error in error:
        return
    message = f'the error of {what} has no "{expect.error}": {error}'
    yield Fault(message, (*loc, "error"), "not in the error")


def _elapsed(expect: Expect, elapsed: float) -> Iterator[Fault]:
    took, loc = _exact(elapsed), expect.place.loc
    below, above = expect.elapsed_below, expect.elapsed_above
    if below is not None and elapsed >= below:
        message = f"the run took {took}, which is not below {_exact(below)}"
        yield Fault(message, (*loc, "elapsed_below"), f"took {took}")
    if above is not None and elapsed <= above:
        message = f"the run took {took}, which is not above {_exact(above)}"
        yield Fault(message, (*loc, "elapsed_above"), f"took {took}")


def _steps(
    expected: ExpectedStep, records: Sequence[Mapping[str, Any]], path: StepPath
) -> Iterator[Fault]:
    pattern = path.pattern()
    found = [r for r in records if pattern.fullmatch(r.get("path", r["name"]))]
    if not found and expected.status != "pending":
        message = f"step `{expected.step}` never started"
        yield Fault(message, expected.place.loc, "never started")
    for record in found:
        yield from _step(expected, record)


def _step(expected: ExpectedStep, record: Mapping[str, Any]) -> Iterator[Fault]:
    name, loc = record.get("path", record["name"]), expected.place.loc
    what, status = f"step `{name}`", record["status"]
    why = f": {record['error']}" if record["error"] else ""
    if expected.status not in (None, status):
        message = f"{what} is `{status}`, not `{expected.status}`{why}"
        yield Fault(message, (*loc, "status"), f"is `{status}`")
    attempts, cached = record["attempts"], record.get("cached", False)
    if expected.attempts not in (None, attempts):
        tries = f"{attempts:,} attempt" + ("" if attempts == 1 else "s")
        message = f"{what} had {tries}, not {expected.attempts:,}"
        yield Fault(message, (*loc, "attempts"), f"had {attempts:,}")
    if expected.cached not in (None, cached):
        word = "came" if cached else "did not come"
        message = f"the result of {what} {word} out of a cache"
        yield Fault(message, (*loc, "cached"), f"{word} out of one")
    if expected.error is not None and record["error"] is None:
        message = f"{what} is `{status}`, and an error was expected"
        yield Fault(message, (*loc, "error"), f"is `{status}`")
    yield from _error(expected, record["error"], what, loc)
    if expected.has_result:
        given = record["result"]
        yield from _results(expected.result, given, (*loc, "result"), f"{name}.result")


def _results(expected: Any, given: Any, loc: Loc, path: str) -> Iterator[Fault]:
    faults = _differences(expected, plain(given), loc, path)
    yield from islice(faults, _DIFFERENCES)
    left = sum(1 for _ in faults)
    if left:
        yield Fault(f"`{path}` differs in {left:,} more places", loc)


def _differences(expected: Any, given: Any, loc: Loc, path: str) -> Iterator[Fault]:
    """Where plain data is not what it should be, each at its place in the spec."""
    if isinstance(expected, dict) and isinstance(given, dict):
        for key, value in expected.items():
            if key in given:
                inner = f"{path}.{key}"
                yield from _differences(value, given[key], (*loc, key), inner)
            else:
                yield Fault(f"`{path}` has no `{key}`", (*loc, key), "missing")
        for key in [key for key in given if key not in expected]:
            message = f"`{path}` also has `{key}`: {shown_data(given[key])}"
            yield Fault(message, loc, f"has also `{key}`")
    elif isinstance(expected, list) and isinstance(given, list):
        if len(expected) != len(given):
            message = f"`{path}` has {_items(given)}, not {_items(expected)}"
            yield Fault(f"{message}: {shown_data(given)}", loc, f"has {_items(given)}")
        for index, (value, other) in enumerate(zip(expected, given, strict=False)):
            at = f"{path}[{index}]"
            yield from _differences(value, other, (*loc, index), at)
    elif not _is_same(expected, given):
        message = f"`{path}` is {shown_data(given)}, not {shown_data(expected)}"
        yield Fault(message, loc, f"is {shown_data(given, 40)}")


def _is_same(expected: Any, given: Any) -> bool:
    """Whether two values are the same, numbers to the last digits of a float."""
    if isinstance(expected, bool) or isinstance(given, bool):
        return expected is given
    if isinstance(expected, float) and isinstance(given, float):
        return math.isclose(expected, given, rel_tol=1e-9, abs_tol=1e-12)
    return bool(expected == given)


def _items(values: Sequence[Any]) -> str:
    return f"{len(values):,} item" + ("" if len(values) == 1 else "s")


def shown_data(value: Any, length: int = _SHOWN) -> str:
    """Plain data as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= length else f"{text[: length - 3]}..."


def plain(value: Any) -> Any:
    """The value as data that a spec can hold; what is none becomes its text."""
    if callable(getattr(value, "model_dump", None)):
        return plain(json_form(value))
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    is_data = value is None or isinstance(value, str | int | float)
    return value if is_data else json_form(value)


def json_form(value: Any) -> Any:
    """A model, a date, a duration or a UUID as JSON data; anything else as its text."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    if isinstance(value, date | timedelta | UUID):
        return to_jsonable_python(value)
    return str(value)


def duration_text(seconds: float) -> str:
    """A duration in its two largest units: `2 h 5 min`, `1 min 30 s`, `2.5 s`, `40 ms`."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def _exact(seconds: float) -> str:
    """A duration to the millisecond: `2 h 1.5 s`."""
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    parts = [f"{hours:,} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0)
    parts += [f"{rest / 1000:g} s"] * (rest > 0 or not parts)
    return " ".join(parts)
