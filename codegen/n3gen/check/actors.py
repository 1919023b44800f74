"""Actors: what their messages name, and what they are made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.check.file_targets import module_meant
from n3gen.check.finders import finder
from n3gen.check.rules.actor_rules import ActorOutOfReach, NotAMessage
from n3gen.check.rules.call_rules import UnknownName
from n3gen.check.rules.target_rules import BadTarget
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.expressions import Reference, field_faults
from n3gen.names import is_name, target_parts
from n3gen.semantics.actors import actors_of
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import all_steps
from n3gen.spec.model import Actor, MessageStep
from n3gen.spec.rules import MisplacedKey, MissingKey
from n3gen.spec.values import shown

__all__ = ["check_actors"]

_READABLE = {"run": ("payload", "run", "env"), "process": ("env",)}


@finder
def check_actors(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of actors and of the messages to them."""
    actors = {actor.name: actor for actor in known.spec.actors}
    for actor in actors.values():
        module, name = target_parts(actor.target)
        label = known.places.value(actor.place / "target")
        if meant := module_meant(actor.target, known.python):
            yield BadTarget.file(shown(actor.target), label, meant)
        elif not module or not all(
            map(is_name, (*module.split("."), *name.split(".")))
        ):
            yield BadTarget.actor(shown(actor.target), label)
        yield from _made_with(known, actor)
    for step in all_steps(known.spec):
        if isinstance(step, MessageStep):
            yield from _message(known, step, actors)


def _made_with(known: Semantics, actor: Actor) -> Iterator[Diagnostic]:
    """Find what the arguments of an actor read that they cannot know."""
    is_shared = actor.scope == "process"
    document = known.documents[actor.place.path]
    for text in actor.texts():
        read = parsed(text)
        loc = (*actor.place.loc, *text.keys)
        for fault in read.faults:
            yield fault.diagnostic(document, loc)
        for reference in read.references:
            if reference.root not in _READABLE[actor.scope]:
                label = document.text_label(loc, reference.start, reference.end)
                name, spelled = shown(actor.name), _spelled(reference)
                yield ActorOutOfReach.of(spelled, name, label, is_shared=is_shared)
    if not is_shared:
        yield from _fields(known, actor)


def _fields(known: Semantics, actor: Actor) -> Iterator[Diagnostic]:
    """Find a chain that uses an actor, and whose input lacks what that is made with."""
    document = known.documents[actor.place.path]
    for chain in known.spec.chains:
        shape = known.shapes[chain.name].get("payload")
        if shape is None or actor.name not in actors_of(chain):
            continue
        for text in actor.texts():
            for fault in field_faults(parsed(text), {"payload": shape}):
                loc = (*actor.place.loc, *text.keys)
                label = document.text_label(loc, fault.start, fault.end)
                used = known.places.key(chain.place, "it uses the actor")
                name = shown(chain.name)
                yield ActorOutOfReach.field(fault.message, name, label, used)
                return


def _message(
    known: Semantics, step: MessageStep, actors: Mapping[str, Actor]
) -> Iterator[Diagnostic]:
    """Find a message to nobody, or to two, and one that is no message."""
    places, word = known.places, step.word
    if not step.message:
        what = f"the {word} step `{shown(step.name)}`"
        yield MissingKey.of(word, what, places.name(step.place))
        return
    if step.named is not None and step.target is not None:
        label = places.key(step.place / "target")
        yield MisplacedKey.beside("target", word, label, "remove one of them")
    label = places.value(step.message_at)
    if "{{" in step.message:
        # Its first dot is that of an expression.
        yield NotAMessage.of(shown(step.message), next(iter(actors), "actor"), label)
        return
    if not step.actor or not is_name(step.method):
        named = step.actor or step.message
        example = nearest(named, actors) or next(iter(actors), "actor")
        yield NotAMessage.of(shown(step.message), shown(example), label)
    elif step.method.startswith("_"):
        yield NotAMessage.private(shown(step.method), label)
    is_reported = step.actor in known.spec.rejected or known.spec.lacks_files
    if step.actor and step.actor not in actors and not is_reported:
        meant = nearest(step.actor, actors)
        label = places.part(step.message_at, 0, len(step.actor))
        yield UnknownName.of("actor", shown(step.actor), label, meant and shown(meant))


def _spelled(reference: Reference) -> str:
    """What was read, as the spec writes it."""
    prefix = {"state": "state.", "step": "steps.", "loop": "loop."}
    return shown(prefix.get(reference.root, "") + reference.name)
