"""The Python functions that entries of chains call, and the types of what these give."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from n3gen.names import target_parts
from n3gen.semantics.functions import (
    Class,
    Function,
    PythonSources,
    defining_module,
    read_module,
)
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    AskStep,
    Chain,
    Entry,
    For,
    MessageStep,
    PythonStep,
    Spec,
    TypeRef,
)

__all__ = ["PythonCalls", "actor_class", "function_of_target"]


def function_of_target(target: str, sources: PythonSources) -> Function | None:
    """The function, the class or the method of a target, where its source is sure."""
    module, path = target_parts(target)
    name, _, attribute = path.partition(".")
    defined = defining_module(sources, module, name) if module else None
    return defined[0].function(defined[1], attribute) if defined is not None else None


def actor_class(target: str, sources: PythonSources) -> Class | None:
    """The class of an actor, where its source is sure."""
    module, name = target_parts(target)
    text = sources.text(module) if module else None
    found = read_module(text) if text is not None else None
    return found.classes.get(name) if found is not None else None


class PythonCalls:
    """The functions that the entries of a spec call; each is looked up once."""

    def __init__(self, spec: Spec, sources: PythonSources | None) -> None:
        self.spec = spec
        self.sources = sources
        self._functions: dict[str, Function | None] = {}
        self._classes: dict[str, Class | None] = {}

    @cached_property
    def _actors(self) -> Mapping[str, str]:
        return {actor.name: actor.target for actor in self.spec.actors}

    def of(self, entry: Entry | Chain) -> Function | None:
        """The function that an entry calls; `None` for any other, and where none is sure."""
        if self.sources is None:
            return None
        match entry:
            case PythonStep(target=str(target)) | For(stream=str(target)):
                if target not in self._functions:
                    found = function_of_target(target, self.sources)
                    self._functions[target] = found
                return self._functions[target]
            case MessageStep():
                target = self._actors.get(entry.actor, "")
                if target not in self._classes:
                    self._classes[target] = actor_class(target, self.sources)
                owner = self._classes[target]
                return None if owner is None else owner.methods.get(entry.method)
            case _:
                return None

    def constructor(self, target: str) -> Function | None:
        """What makes an actor; `None` where it is not sure."""
        if self.sources is None:
            return None
        made = function_of_target(target, self.sources)
        return made if made is not None and made.is_class else None

    def returned(self, entry: Entry) -> TypeRef | None:
        """The type of what an entry has of its function; `None` where it is open.

        Of a loop it is that of all items.
        """
        if isinstance(entry, PythonStep) and entry.fallback:
            return None
        found = (
            self.of(entry) if isinstance(entry, PythonStep | AskStep | For) else None
        )
        return None if found is None else found.returns

    def all_of(self, chain: Chain) -> tuple[Function | None, ...]:
        """The functions that the entries of a chain call."""
        return tuple(self.of(entry) for entry in every_entry(chain.steps))
