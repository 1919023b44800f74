"""The actors of a spec, as constants of a module."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.code import constant, keyword, name
from n3gen.emit.module_nodes import ActorConstant
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.state_constants import OF_RUN
from n3gen.expressions import Code, data_to_python
from n3gen.spec.model import Actor

__all__ = ["actor_constants"]

_KINDS = {"loop": "LoopActor", "thread": "ThreadActor", "process": "ProcessActor"}
_CLASSES = {"run": "Actor", "process": "SharedActor"}


def actor_constants(module: ModuleScope) -> Iterator[ActorConstant]:
    """Yield the actors of a module."""
    for actor in module.spec.actors:
        given = data_to_python(actor.with_, OF_RUN) if actor.with_ else None
        called = _CLASSES[actor.scope]
        constant_name = module.actors.constants[actor.name]
        parts = tuple(_parts(actor, module.function(actor.target)))
        yield ActorConstant(constant_name, name(called, called), parts, given)


def _parts(actor: Actor, target: Code) -> Iterator[Code]:
    kind = _KINDS[actor.runs]
    yield constant(f"{actor.place.path}:{actor.name}")
    yield target
    yield name(kind, kind)
    yield keyword("mailbox", constant(actor.mailbox))
    if actor.restart is not None:
        yield keyword("restart", constant(actor.restart))
