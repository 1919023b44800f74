"""Actors' classes: whether they are there, and have the methods that messages call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.check.finders import finder
from n3gen.check.functions import Called, argument_faults, find_module
from n3gen.check.rules.function_rules import NoSuchMethod
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.names import target_parts
from n3gen.semantics.functions import Class
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import all_steps
from n3gen.spec.model import MessageStep
from n3gen.spec.values import shown

__all__ = ["check_methods"]


@finder
def check_methods(known: Semantics) -> Iterator[Diagnostic]:
    """Find actors without a class, methods that this lacks, and arguments that do not fit."""
    sources, places = known.python, known.places
    if sources is None:
        return
    classes: dict[str, Class] = {}
    for actor in known.spec.actors:
        place, name = actor.place / "target", target_parts(actor.target)[1]
        found = yield from find_module(
            actor.target, place, sources, places, what="class"
        )
        if found is None:
            continue
        made = found.function(name)
        if name in found.classes:
            classes[actor.name] = found.classes[name]
        if made is not None:
            called = Called(f"`{shown(name)}`", actor.place, places.value(place))
            yield from argument_faults(called, actor.with_ or {}, made, places)
    for step in all_steps(known.spec):
        if isinstance(step, MessageStep):
            yield from _message(known, step, classes)


def _message(
    known: Semantics, step: MessageStep, classes: Mapping[str, Class]
) -> Iterator[Diagnostic]:
    """Find what is wrong in a message to an actor whose class is known."""
    found = classes.get(step.actor)
    if found is None or step.method.startswith("_"):
        return
    places, at = known.places, step.message_at
    start = len(step.message) - len(step.method)
    label = places.part(at, start, len(step.message))
    if step.method not in found.names:
        methods = sorted(name for name in found.methods if not name.startswith("_"))
        meant = nearest(step.method, methods)
        names = shown(step.method), shown(step.actor)
        yield NoSuchMethod.of(*names, label, meant, methods)
    elif step.method in found.methods:
        called = Called(f"method `{step.method}`", step.place, label)
        method = found.methods[step.method]
        yield from argument_faults(called, step.with_ or {}, method, places)
