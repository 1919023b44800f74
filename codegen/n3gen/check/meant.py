"""Targets, times and values that were meant as something else than they are read as."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final, TypeGuard

from n3gen.check.data_fits import misfits
from n3gen.check.finders import chain_finder, finder
from n3gen.check.rules.meant_rules import MeantKind, Milliseconds, UnfitValue
from n3gen.diagnostics import Diagnostic
from n3gen.names import is_name, target_parts
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import (
    Chain,
    ConnectorStep,
    EmitStep,
    Place,
    Step,
    ValueStep,
    WaitStep,
    Within,
)
from n3gen.spec.values import shown

__all__ = [
    "are_milliseconds",
    "check_meant_kinds",
    "check_milliseconds",
    "check_unfit_values",
]


@finder
def check_meant_kinds(known: Semantics) -> Iterator[Diagnostic]:
    """Find targets that are functions or chains, of steps that say no kind."""
    for chain in known.spec.chains:
        for step in every_entry(chain.steps):
            if isinstance(step, ConnectorStep) and step.target:
                yield from _kind(step, step.target, chain, known)


def _kind(
    step: Step, target: str, chain: Chain, known: Semantics
) -> Iterator[Diagnostic]:
    data = known.places.data(step.place)
    if target in known.connectors or (isinstance(data, dict) and "kind" in data):
        return
    label = known.places.value(step.place / "target")
    # A chain does not run itself, so in it its name is that of a connector.
    if target in known.chains and target != chain.name:
        yield MeantKind.of(shown(target), "a chain", "chain", label)
    elif target not in known.chains and _is_function(target, known):
        yield MeantKind.of(shown(target), "a Python function", "python", label)


def _is_function(target: str, known: Semantics) -> bool:
    """Whether a target is `module:function`, with a module that is sure to be there.

    `package.module:function` is no name of a connector, which another finder reports.
    """
    module, function = target_parts(target)
    parts = [*module.split("."), function]
    if not module or not all(map(is_name, parts)):
        return False
    if ":" in target and "." in module:
        return False
    if module.partition(".")[0] in sys.stdlib_module_names:
        return True
    return known.python is not None and known.python.text(module) is not None


_MEANT: Final = (10_000, 10**12)
"""Seconds from and below which a bare number looks like milliseconds."""


@finder
def check_milliseconds(known: Semantics) -> Iterator[Diagnostic]:
    """Find times whose bare numbers are far too many seconds."""
    places = known.places
    for connection in known.spec.connections:
        yield from _times(connection.place / "timeout", places)
    for chain in known.spec.chains:
        yield from _times(chain.place / "timeout", places)
        for entry in every_entry(chain.steps):
            if isinstance(entry, Step) and not isinstance(entry, WaitStep):
                yield from _times(entry.place / "timeout", places)
            elif isinstance(entry, Within):
                yield from _times(entry.place / "within", places)


def are_milliseconds(data: Any) -> TypeGuard[float]:
    """Whether a time, as it is written, is a bare number of milliseconds, to all looks."""
    least, most = _MEANT
    is_far = isinstance(data, int | float) and least <= data < most
    return is_far and bool(data % 3600)


def _times(place: Place, places: Places) -> Iterator[Diagnostic]:
    """Tell a bare number of a time, or of each in a mapping; whole hours are meant."""
    data: Any = places.data(place)
    if isinstance(data, dict):
        for key in data:
            yield from _times(place / key, places)
        return
    if are_milliseconds(data):
        label, key = places.value(place), shown(str(place.loc[-1]))
        yield Milliseconds.of(key, f"{data:.12g}", f"{data / 1000:g}s", label)


@chain_finder
def check_unfit_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find values that are written out and are not of the type of their step."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        records = known.types[chain.name].records
        for step in every_entry(chain.steps):
            if not isinstance(step, ValueStep | EmitStep) or step.output is None:
                continue
            key = "value" if isinstance(step, ValueStep) else "emit"
            data = step.value if isinstance(step, ValueStep) else step.emit
            for misfit in misfits(
                data,
                step.output,
                records,
                has_rows=True,
                is_read=True,
                is_closed=True,
            ):
                place = Place(step.place.path, (*step.place.loc, key, *misfit.keys))
                label = known.places.key(place) if misfit.is_key else None
                yield UnfitValue.of(
                    shown(step.name or ""),
                    misfit.words,
                    misfit.way_out,
                    misfit.meant,
                    label or known.places.value(place),
                )
