"""The data of tests: payloads that chains do not take, results that steps do not give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from n3gen.check.data_fits import Misfit, misfits
from n3gen.check.finders import finder
from n3gen.check.rules.payload_rules import UnfitPayload
from n3gen.check.rules.test_data_rules import MistakenMockKey, UnfitMock
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.semantics.asked import model_call
from n3gen.semantics.known import Semantics
from n3gen.semantics.step_paths import StepPath, find_step
from n3gen.semantics.value_types import given_type
from n3gen.spec.keys import key_names
from n3gen.spec.model import Chain, Place, Step, TypeRef, WaitStep
from n3gen.spec.nodes import FAILURES
from n3gen.spec.test_nodes import Mock, Test
from n3gen.spec.types import spelled
from n3gen.spec.values import described, shown

__all__ = ["check_test_data"]

_STR: Final = TypeRef(name="str")
_KEYS: Final = tuple(key_names(Mock.KEYS))


@finder
def check_test_data(known: Semantics) -> Iterator[Diagnostic]:
    """Find payloads and mocks of tests that do not fit what they are for."""
    for test in known.spec.tests:
        chain = known.chains.get(test.chain)
        if chain is None or chain.name in known.spec.rejected:
            continue
        fails = _expects_failure(test)
        if not fails and chain.input is not None:
            yield from _payload(known, test, chain)
        for mock in test.mocks:
            found = find_step(mock.step, chain, known.chains)
            if isinstance(found, StepPath):
                yield from _mock(known, test, mock, found.step, fails=fails)


def _expects_failure(test: Test) -> bool:
    """Whether a test is there to see something fail."""
    expect = test.expect
    if expect is None:
        return False
    if expect.error is not None or expect.status not in (None, "ok"):
        return True
    return any(
        step.error is not None or step.status == "error" or step.attempts is not None
        for step in expect.steps
    )


def _payload(known: Semantics, test: Test, chain: Chain) -> Iterator[Diagnostic]:
    """Find what the input of the chain rules out."""
    places, name, place = known.places, shown(chain.name), test.place / "payload"
    data = places.data(place)
    if data is None and not test.has_rows:
        data, place = {}, test.place / "chain"
    if not isinstance(data, dict):
        return
    fields = {field.key: field for field in chain.input or ()}
    missing = {one: field for one, field in fields.items() if one not in data}
    for key in data:
        if key not in fields:
            near = nearest(str(key), missing)
            missing = {one: f for one, f in missing.items() if one != near}
            label = places.key(place / key)
            yield UnfitPayload.unknown(name, shown(str(key)), label, near)
    for key, field in missing.items():
        if field.required:
            defined = places.key(field.place, "needed here")
            yield UnfitPayload.missing(name, shown(key), places.value(place), defined)
            break
    records = known.types[chain.name].records
    for key in (one for one in data if one in fields):
        given, wanted = (data[key], fields[key].type), (name, shown(key))
        for misfit in misfits(*given, records, has_rows=test.has_rows):
            if misfit.keys:
                label = _label(known, place / key, misfit)
                yield UnfitPayload.within(*wanted, misfit, label)
            else:
                type_, words = shown(spelled(given[1])), described(data[key])
                label = places.value(place / key)
                yield UnfitPayload.wrong(*wanted, type_, words, label, data[key])


def _label(known: Semantics, place: Place, misfit: Misfit) -> Label:
    at = Place(place.path, (*place.loc, *misfit.keys))
    return known.places.key(at) if misfit.is_key else known.places.value(at)


def _mock(
    known: Semantics, test: Test, mock: Mock, step: Step, *, fails: bool
) -> Iterator[Diagnostic]:
    """Find what is wrong with what stands for one step."""
    data, place = known.places.data(mock.place), mock.place
    records = {one.name: one for one in known.spec.types}
    wanted = _wanted(step, known)
    if turns := _in_turn(data, wanted):
        index, key, error, times = turns
        label = known.places.key(place / index / key)
        yield UnfitMock.in_turn(shown(step.name), key, error, times, label)
        return
    fields = records[wanted.name].fields if wanted and wanted.name in records else ()
    own = {name for field in fields for name in (field.key, field.name)}
    if isinstance(data, dict) and data.keys() <= {*_KEYS}:
        if "value" not in data:
            return
        data, place = data["value"], place / "value"
    elif isinstance(data, dict) and data.keys().isdisjoint(own):
        found = {key: nearest(str(key), _KEYS) for key in data if key not in _KEYS}
        is_near, has_keys = None not in found.values(), len(found) < len(data)
        # A text or a record of other fields is no such mapping, whatever its keys are.
        is_other = wanted == _STR or bool(own)
        if (is_near or has_keys) if is_other else (is_near and has_keys):
            for key, meant in found.items():
                label = known.places.key(place / key)
                yield MistakenMockKey.of(shown(str(key)), label, meant, _KEYS)
            return
    asked = model_call(step, known.connectors) is not None
    is_object = wanted is not None and wanted.name in records
    is_read = isinstance(data, str) and ("{" in data or not is_object)
    is_answer = asked and (is_read or wanted == _STR)
    if wanted is None or fails or data is None or is_answer:
        return
    rows = test.has_rows
    for misfit in misfits(data, wanted, records, has_rows=rows, is_read=True):
        label = _label(known, place, misfit)
        yield UnfitMock.of(shown(step.name), misfit, label)


def _in_turn(data: Any, wanted: TypeRef | None) -> tuple[int, str, str, int] | None:
    """Where a list is what calls come to one after another: the index and key of the first.

    Then what its error is, and of how many calls. A list may be the result of a step of
    which nothing is known, unless a failure that runs know is in it.
    """
    is_list = wanted is not None and wanted.name in ("list", "union", "any")
    if not isinstance(data, list) or is_list:
        return None
    mocks = [
        (index, one)
        for index, one in enumerate(data)
        if isinstance(one, dict) and one and one.keys() <= {*_KEYS}
        if one.keys() != {"value"}
    ]
    errors = [one["error"] for _, one in mocks if "error" in one]
    is_sure = any(isinstance(one, int) or one in FAILURES for one in errors)
    if not mocks or (wanted is None and not is_sure):
        return None
    index, first = mocks[0]
    key = next(iter(first))
    return index, key, shown(errors[0] if errors else 503), max(len(errors), 1)


def _wanted(step: Step, known: Semantics) -> TypeRef | None:
    """The type of what stands for a step, where the step says one."""
    if isinstance(step, WaitStep):
        return step.answer
    if step.output is None and model_call(step, known.connectors) is None:
        return None
    return given_type(step, known.connectors)
