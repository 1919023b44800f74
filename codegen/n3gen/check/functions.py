"""Python targets: whether the functions are there, and take what they are given."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from n3gen.check.finders import finder
from n3gen.check.rules.function_rules import (
    BadArguments,
    NoSuchFunction,
    UnseenModule,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.names import is_name, target_parts
from n3gen.semantics.functions import Function, PythonModule, PythonSources, read_module
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps, every_entry
from n3gen.spec.model import Connector, For, ModelStep, Place, PythonStep
from n3gen.spec.values import shown

__all__ = ["Called", "argument_faults", "check_functions", "find_module"]


@finder
def check_functions(known: Semantics) -> Iterator[Diagnostic]:
    """Find targets without a function, and arguments that a function does not take."""
    sources = known.python
    if sources is None:
        return
    yield from _streams(known, sources)
    calls: list[Connector | ModelStep] = [*known.spec.connectors]
    for step in all_steps(known.spec):
        if isinstance(step, ModelStep):
            calls.append(step)
        if isinstance(step, PythonStep) and step.target is not None:
            place = step.place / "target"
            found = yield from _function(step.target, place, sources, known.places)
            if found is not None:
                yield from _arguments(step, found, known.places)
    for call in calls:
        for tool in call.tools:
            place = tool.place
            if isinstance(known.places.data(place), dict):
                place = place / "target"
            yield from _function(tool.target, place, sources, known.places)


def _streams(known: Semantics, sources: PythonSources) -> Iterator[Diagnostic]:
    """Find streams without a function."""
    for chain in known.spec.chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, For) and entry.stream is not None:
                place = entry.place / "in"
                at = str(known.places.data(place)).find(entry.stream)
                yield from _function(entry.stream, place, sources, known.places, at)


def _function(
    target: str, place: Place, sources: PythonSources, places: Places, at: int = 0
) -> Generator[Diagnostic, None, Function | None]:
    """Look for a function; returns what is sure of its parameters.

    The target begins `at` so many characters in the text at `place`.
    """
    found = yield from find_module(target, place, sources, places, at)
    return None if found is None else found.functions.get(target_parts(target)[1])


def find_module(
    target: str,
    place: Place,
    sources: PythonSources,
    places: Places,
    at: int = 0,
    what: str = "function",
) -> Generator[Diagnostic, None, PythonModule | None]:
    """Look for the module of a target, and in it for `what` the target names."""
    module, name = target_parts(target)
    if not module or not is_name(name) or not all(map(is_name, module.split("."))):
        return None
    text = sources.text(module)
    if text is None:
        if sources.lacks(module):
            label = places.part(place, at, at + len(module))
            yield NoSuchFunction.module(shown(module), label)
        elif not sources.knows(module):
            label = places.part(place, at, at + len(module))
            yield UnseenModule.of(shown(module), label)
        return None
    found: PythonModule | None = read_module(text)
    if found is not None and name not in found.names:
        label = places.part(place, at + len(target) - len(name), at + len(target))
        meant = nearest(name, found.names)
        yield NoSuchFunction.of(shown(name), shown(module), label, meant, what)
    return found


def _arguments(
    step: PythonStep, function: Function, places: Places
) -> Iterator[Diagnostic]:
    """Find arguments of a step that its function does not take, and those that it lacks."""
    target = step.place / "target"
    _, name = target_parts(step.target or "")
    if step.with_ is None:
        fits_place = function.at_once is None or function.at_once >= 1
        named = len(function.needed) - function.needed_by_place
        if not fits_place or function.needed_by_place > 1 or named:
            yield BadArguments.context(name, places.value(target))
        return
    called = Called(f"function `{name}`", step.place, places.value(target))
    yield from argument_faults(called, step.with_, function, places)


@dataclass(frozen=True, slots=True)
class Called:
    """What is called with the `with` of a part of the spec, and the label of its name."""

    title: str
    place: Place
    label: Label


def argument_faults(
    called: Called, given: Mapping[str, Any], function: Function, places: Places
) -> Iterator[Diagnostic]:
    """Find arguments that a function does not take by name, and those that it lacks."""
    if not function.takes_any_name:
        for argument in given:
            if argument not in function.names:
                label = places.key(called.place / "with" / argument)
                free = [one for one in function.names if one not in given]
                meant = nearest(argument, free)
                yield BadArguments.unknown(called.title, shown(argument), label, meant)
                if meant is not None:
                    return
    for argument in function.needed:
        if argument not in given:
            yield BadArguments.missing(called.title, argument, called.label)
