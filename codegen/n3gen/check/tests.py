"""The chains and steps that tests name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import UnknownName
from n3gen.check.rules.mock_rules import NothingToMock, UnknownTestedStep
from n3gen.diagnostics import Diagnostic
from n3gen.diagnostics.suggest import nearest
from n3gen.semantics.channels import channel_uses
from n3gen.semantics.known import Semantics
from n3gen.semantics.step_paths import StepPath, UnknownStep, find_step, with_part
from n3gen.semantics.tree import Tree
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, For, SendStep, StateStep, ValueStep
from n3gen.spec.test_nodes import ExpectedStep, Mock, Test
from n3gen.spec.values import shown

__all__ = ["check_tests"]

_LISTED = 8
"""How many steps are listed where none is near."""

_SUGGESTED = 100
"""How many unknown names get a suggestion: each one is compared with all that there are."""


@finder
def check_tests(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of the tests of a spec."""
    spec, places = known.spec, known.places
    chains = {chain.name: chain for chain in spec.chains}
    reported = 0
    for test in spec.tests:
        chain = chains.get(test.chain)
        found = [] if chain is None else list(_steps(test, chain, chains, places))
        if chain is not None:
            found = [*_sent(test, chain, known), *found]
        if chain is None and test.chain not in spec.rejected and not spec.lacks_files:
            meant = nearest(test.chain, chains) if reported < _SUGGESTED else None
            label = places.value(test.place / "chain")
            found = [UnknownName.of("chain", shown(test.chain), label, meant)]
        reported += len(found)
        yield from found


def _sent(test: Test, chain: Chain, known: Semantics) -> Iterator[Diagnostic]:
    """Find channels that the caller does not feed, but for those of misspelt loops."""
    if not test.send:
        return
    uses = channel_uses(Tree.of(chain, is_whole=False))
    if not uses.keys() <= {channel.name for channel in known.spec.channels}:
        return
    fed = {name for name, use in uses.items() if not use.senders}
    fed |= {
        one.items.strip() for one in every_entry(chain.steps) if isinstance(one, For)
    }
    for channel in test.send:
        if channel not in fed:
            label = known.places.key(test.place / "send" / channel)
            yield UnknownName.fed(shown(channel), shown(chain.name), label)


def _steps(
    test: Test, chain: Chain, chains: Mapping[str, Chain], places: Places
) -> Iterator[Diagnostic]:
    for mock in test.mocks:
        found = find_step(mock.step, chain, chains)
        if isinstance(found, UnknownStep):
            yield _unknown(found, mock, test.mocks, places)
        elif isinstance(found, StepPath) and isinstance(found.step, ValueStep):
            # Of a step that says no kind that there is, it is reported already.
            if _computes(found.step, places):
                yield NothingToMock.of(shown(found.step.name), places.key(mock.place))
        elif isinstance(found, StepPath) and isinstance(found.step, SendStep):
            yield NothingToMock.sent(shown(found.step.name), places.key(mock.place))
        elif isinstance(found, StepPath) and isinstance(found.step, StateStep):
            yield NothingToMock.state(shown(found.step.name), places.key(mock.place))
    expected = test.expect.steps if test.expect is not None else ()
    for step in expected:
        found = find_step(step.step, chain, chains)
        if isinstance(found, UnknownStep):
            yield _unknown(found, step, expected, places)


def _computes(step: ValueStep, places: Places) -> bool:
    data: Any = places.data(step.place)
    return "value" in data or data.get("kind") == step.kind


def _unknown(
    found: UnknownStep,
    named: Mock | ExpectedStep,
    beside: Sequence[Mock | ExpectedStep],
    places: Places,
) -> Diagnostic:
    label, name = places.key(named.place), shown(found.name)
    match found.why:
        case "loop":
            return UnknownTestedStep.loop(name, label)
        case "outside":
            return UnknownTestedStep.outside(name, label)
        case "no_chain":
            return UnknownTestedStep.no_chain(name, label)
        case "unknown":
            meant = nearest(found.name, found.known)
            known = [shown(one) for one in found.known[:_LISTED]]
            path = meant and with_part(named.step, found.name, meant)
            is_free = path and all(one.step != path for one in beside)
            meant = shown(path) if path and is_free else None
            return UnknownTestedStep.of(name, shown(found.chain), label, meant, known)
