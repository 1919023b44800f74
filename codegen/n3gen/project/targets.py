"""Functions of the user that a module calls, where they cannot be imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from n3gen.names import target_parts
from n3gen.project.user_imports import place_in_words
from n3gen.semantics.walk import all_steps, every_entry
from n3gen.spec.model import For, LlmStep, PythonStep, Spec

__all__ = ["MissingFunction", "Refused", "replaced_targets", "streams_of", "targets_of"]


class Refused(Exception):
    """A call that a test does not make."""


class MissingFunction:
    """What replaces a missing function; `missing` says what a step does."""

    def __init__(self, missing: str) -> None:
        self.missing = missing

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise Refused(self.missing)


def targets_of(spec: Spec) -> frozenset[str]:
    """The functions that the steps, the tools and the loops of a spec import."""
    found = set(streams_of(spec))
    for step in all_steps(spec):
        if isinstance(step, PythonStep) and step.target is not None:
            found.add(step.target)
        if isinstance(step, LlmStep):
            found.update(tool.target for tool in step.tools)
    found.update(actor.target for actor in spec.actors)
    for connector in spec.connectors:
        found.update(tool.target for tool in connector.tools)
    # A bare name is a callable that the run is given.
    return frozenset(target for target in found if "." in target or ":" in target)


def streams_of(spec: Spec) -> frozenset[str]:
    """The functions that make the items of loops."""
    entries = (entry for chain in spec.chains for entry in every_entry(chain.steps))
    return frozenset(
        entry.stream
        for entry in entries
        if isinstance(entry, For) and entry.stream is not None
    )


@contextmanager
def replaced_targets(targets: Iterable[str]) -> Iterator[None]:
    """Replace those functions that cannot be imported, for as long as the block lasts."""
    with ExitStack() as undo:
        for target in sorted(targets):
            _replace(target, undo)
        yield


def _replace(target: str, undo: ExitStack) -> None:
    path, attribute = target_parts(target)
    why, way_out = f"`{path}` has no `{attribute}`", "add it to `mock`"
    try:
        owner: Any = importlib.import_module(path)
    except Exception as error:
        is_gone = isinstance(error, ModuleNotFoundError)
        way_out = "add it to `mock`" if is_gone else "mend it, or add it to `mock`"
        why = f"{type(error).__name__}: {error}{place_in_words(error)}"
        owner = _empty_module(path, undo)
    *classes, name = attribute.split(".")
    for inner in classes:
        if not hasattr(owner, inner):
            _set(owner, inner, ModuleType(inner), undo)
        owner = getattr(owner, inner)
    if not hasattr(owner, name):
        missing = f"calls `{target}`, which cannot be imported ({why}): {way_out}"
        _set(owner, name, MissingFunction(missing), undo)


def _empty_module(path: str, undo: ExitStack) -> ModuleType:
    """An importable module of that path, in packages that are made where need be."""
    parent, _, name = path.rpartition(".")
    if parent:
        try:
            package = importlib.import_module(parent)
        except Exception:
            package = _empty_module(parent, undo)
    module = ModuleType(path)
    module.__path__ = []
    sys.modules[path] = module
    undo.callback(sys.modules.pop, path, None)
    if parent:
        _set(package, name, module, undo)
    return module


def _set(owner: Any, name: str, value: object, undo: ExitStack) -> None:
    setattr(owner, name, value)
    undo.callback(_forget, owner, name)


def _forget(owner: Any, name: str) -> None:
    if hasattr(owner, name):
        delattr(owner, name)
