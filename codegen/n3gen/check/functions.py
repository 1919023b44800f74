"""Python targets: whether the functions are there, and take what they are given."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes

from n3gen.check.file_targets import module_meant
from n3gen.check.finders import finder
from n3gen.check.rules.function_rules import (
    BadArguments,
    NoSuchFunction,
    UnseenModule,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.expressions import parse_expression
from n3gen.names import is_name, target_parts
from n3gen.semantics.functions import (
    Function,
    PythonModule,
    PythonSources,
    defining_module,
    read_module,
    syntax_fault,
)
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps, every_entry
from n3gen.spec.model import Connector, For, ModelStep, Place, PythonStep
from n3gen.spec.values import shown

__all__ = ["Called", "argument_faults", "check_functions", "find_module"]

_CONTEXT: Final = ("context", "ctx", "options")
"""What functions call the context."""


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
                target = entry.stream, place, sources, known.places, at
                found = yield from _function(*target)
                if found is not None:
                    yield from _items(entry, found, known.places)


def _items(loop: For, function: Function, places: Places) -> Iterator[Diagnostic]:
    """Find arguments that the function of a stream does not take, and those that it lacks."""
    place, target = loop.place / "in", loop.stream or ""
    written, tree = str(places.data(place)), parse_expression(loop.items).tree
    if not isinstance(tree, nodes.Call) or tree.dyn_kwargs is not None:
        return
    title = f"{function.word} `{target_parts(target)[1]}`"
    at = written.find(target)
    called = Called(title, place, places.part(place, at, at + len(target)), "stream")
    given = {argument.key: argument.value for argument in tree.kwargs}
    yield from argument_faults(called, given, function, places)


def _function(
    target: str, place: Place, sources: PythonSources, places: Places, at: int = 0
) -> Generator[Diagnostic, None, Function | None]:
    """Look for a function; returns what is sure of its parameters.

    The target begins `at` so many characters in the text at `place`.
    """
    found = yield from find_module(target, place, sources, places, at)
    if found is None:
        return None
    module, path = target_parts(target)
    name, _, attribute = path.partition(".")
    defined_at = defining_module(sources, module, name)
    if defined_at is None:
        return None
    defined, own = defined_at
    start = at + len(target) - len(path)
    label = places.part(place, start, start + len(name))
    if name in found.names and own not in defined.names:
        yield NoSuchFunction.of(shown(name), shown(module), label, None)
    if attribute:
        method = attribute.partition(".")[0]
        start += len(name) + 1
        label = places.part(place, start, start + len(method))
        yield from _method(defined, own, method, (shown(name), shown(module)), label)
    elif own in defined.values:
        yield NoSuchFunction.value(shown(name), shown(module), label)
    return defined.function(own, attribute)


def _method(
    defined: PythonModule, own: str, method: str, names: tuple[str, str], label: Label
) -> Iterator[Diagnostic]:
    """Find a method that a class, or the class of an object, has not.

    `names` are what the target calls its owner, and the module.
    """
    found = defined.classes.get(defined.instances.get(own, own))
    if found is None or method in found.names or method.startswith("__"):
        return
    meant = nearest(method, [one for one in found.methods if one[:1] != "_"])
    yield NoSuchFunction.method(shown(method), *names, label, meant)


def find_module(
    target: str,
    place: Place,
    sources: PythonSources,
    places: Places,
    at: int = 0,
    what: str = "function",
) -> Generator[Diagnostic, None, PythonModule | None]:
    """Look for the module of a target, and in it for `what` the target names."""
    module, path = target_parts(target)
    name = path.partition(".")[0]
    parts = *module.split("."), *path.split(".")
    if not all(map(is_name, parts)) or module_meant(target, sources):
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
    if found is None and (fault := syntax_fault(text)):
        label = places.part(place, at, at + len(module))
        yield UnseenModule.broken(shown(module), *fault, label)
    if found is not None and name not in found.names:
        start = at + len(target) - len(path)
        label = places.part(place, start, start + len(name))
        meant = nearest(name, found.names)
        yield NoSuchFunction.of(shown(name), shown(module), label, meant, what)
    return found


def _arguments(
    step: PythonStep, function: Function, places: Places
) -> Iterator[Diagnostic]:
    """Find arguments of a step that its function does not take, and those that it lacks."""
    target = step.place / "target"
    module, name = target_parts(step.target or "")
    if _is_unbound(function, name, step):
        owner, _, method = name.rpartition(".")
        names = shown(module), shown(owner), shown(method)
        yield BadArguments.unbound(*names, places.value(target))
        return
    if step.with_ is None:
        fits_place = function.at_once is None or function.at_once >= 1
        named = len(function.needed) - function.needed_by_place
        is_other = _takes_no_context(function, step)
        if not fits_place or function.needed_by_place > 1 or named or is_other:
            yield BadArguments.context(
                f"{function.word} `{shown(name)}`",
                places.value(target),
                is_bare=function.at_once == 0 and not function.needed,
                has_options=bool(step.options),
            )
        return
    title = f"{function.word} `{shown(name)}`"
    called = Called(title, step.place, places.value(target))
    yield from argument_faults(called, step.with_, function, places)


def _is_unbound(function: Function, name: str, step: PythonStep) -> bool:
    """Whether a method of a class is called without the object that it needs."""
    if function.first != "self" or "." not in name or "self" not in function.needed:
        return False
    given = step.with_
    return function.needed_by_place > 1 if given is None else "self" not in given


def _takes_no_context(function: Function, step: PythonStep) -> bool:
    """Whether the only argument of a function is plain data, or one of the step's options."""
    name = function.first or ""
    annotation = function.types.get(name)
    is_plain = annotation is not None and "an object" not in annotation.kinds
    return is_plain or (name in step.options and name not in _CONTEXT)


@dataclass(frozen=True, slots=True)
class Called:
    """What is called by a part of the spec, and the label of its name.

    Its arguments are those of the key `with` at `place`, or of a `stream` in the text there.
    """

    title: str
    place: Place
    label: Label
    key: str = "with"

    def argument(self, name: str, places: Places) -> Label:
        """Return the label of an argument that is given."""
        if self.key == "with":
            return places.key(self.place / "with" / name)
        found = re.search(rf"\b{name}\s*=", str(places.data(self.place)))
        start = found.start() if found else 0
        return places.part(self.place, start, start + len(name))


def argument_faults(
    called: Called, given: Mapping[str, Any], function: Function, places: Places
) -> Iterator[Diagnostic]:
    """Find arguments that a function does not take by name, and those that it lacks."""
    known = given if function.takes_any_name else function.names
    odd = [argument for argument in given if argument not in known]
    missing = [argument for argument in function.needed if argument not in given]
    for argument in odd:
        label = called.argument(argument, places)
        if argument in function.needed:
            yield BadArguments.by_place(called.title, shown(argument), label)
            continue
        free = [one for one in function.names if one not in given]
        meant = nearest(argument, free)
        yield BadArguments.unknown(called.title, shown(argument), label, meant, free)
        if meant is not None:
            return
    if len(missing) > len(odd):  # else these are what was meant by other names
        yield BadArguments.missing(called.title, missing, called.key, called.label)
