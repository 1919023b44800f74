"""States: what steps do with them, what they get, and whose cells they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import UnknownName
from n3gen.check.rules.state_rules import StateOutOfReach, UnfitStateValue
from n3gen.check.state_changes import (
    LIST,
    StateChange,
    may_be,
    unfit_change,
    unfit_value,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.expressions import Reference, field_faults
from n3gen.semantics.asked import model_call
from n3gen.semantics.known import Semantics
from n3gen.semantics.reached import states_of
from n3gen.semantics.reads import Written, parsed
from n3gen.semantics.walk import every_part
from n3gen.spec.model import For, Place, State, StateStep, Step, TypeRef
from n3gen.spec.rules import MisplacedKey, MissingKey
from n3gen.spec.test_nodes import Test
from n3gen.spec.texts import Text
from n3gen.spec.type_fit import fits
from n3gen.spec.types import TYPE_WORDS, spelled
from n3gen.spec.values import shown

__all__ = ["check_states"]


@finder
def check_states(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of states and of the steps that use them."""
    states = {state.name: state for state in known.spec.states}
    users = {chain.name: states_of(chain) for chain in known.spec.chains}
    for state in states.values():
        yield from _definition(known, state, users)
    for chain in known.spec.chains:
        for part in every_part(chain):
            yield from _read(known, states, part)
            if isinstance(part, StateStep):
                yield from _step_keys(known, states, part)
                if part.state_name in states:
                    state = states[part.state_name]
                    yield from StateChange(known, chain, part, state).faults()
            if isinstance(part, Step):
                yield from _memory(known, states, part)
    for test in known.spec.tests:
        yield from _first_values(known, states, test)


def _definition(
    known: Semantics, state: State, users: Mapping[str, Set[str]]
) -> Iterator[Diagnostic]:
    places, name = known.places, shown(state.name)
    if state.required:
        wanted = shown(spelled(state.type))
        yield UnfitStateValue.first(name, wanted, places.key(state.place))
    if state.keep is not None and not may_be(state.type, LIST):
        yield unfit_change("keep", LIST, state, places.key(state.place / "keep"), known)
    for text in state.texts():
        read = parsed(text)
        document = known.documents[state.place.path]
        for fault in read.faults:
            yield fault.diagnostic(document, (*state.place.loc, *text.keys))
        for reference in read.references:
            if reference.root not in ("payload", "run", "env"):
                label = _label(known, state, text, reference)
                yield StateOutOfReach.by(shown(reference.spelled), name, label)
    yield from _fields_of_by(known, state, users)


def _fields_of_by(
    known: Semantics, state: State, users: Mapping[str, Set[str]]
) -> Iterator[Diagnostic]:
    """Find a chain that uses a state, and whose input lacks what its `by` reads.

    `users` are the states that chains use, by the chains' names.
    """
    for chain in known.spec.chains:
        shape = known.shapes[chain.name].get("payload")
        if shape is None or state.name not in users[chain.name]:
            continue
        for text in state.texts():
            for fault in field_faults(parsed(text), {"payload": shape}):
                place = state.place / "by"
                label = known.places.part(place, fault.start, fault.end)
                used = known.places.key(chain.place, "it uses the state")
                name = shown(chain.name)
                yield StateOutOfReach.field(fault.message, name, label, used)
                return


def _read(
    known: Semantics, states: Mapping[str, State], part: Written
) -> Iterator[Diagnostic]:
    """Find names of states that nothing has, and stored ones where none can be read."""
    for text in part.texts():
        for reference in parsed(text).references:
            if reference.root != "state":
                continue
            label = _label(known, part, text, reference)
            state = states.get(reference.name)
            if state is None:
                yield from _unknown(known, states, reference.name, label)
            elif (
                isinstance(part, For)
                and text.keys[:1] == ("key",)
                and state.scope == "stored"
            ):
                yield StateOutOfReach.key(shown(state.name), label)
    if isinstance(part, StateStep) and {*part.named_states} - {*states}:
        label = known.places.value(part.named_state_at)
        if _is_operation(part, states):
            way_out = f"write `state: {shown(part.target)}`, and remove `target`"
            yield UnknownName.of("state", shown(part.state), label, None, way_out)
            return
        yield from _unknown(known, states, part.state_name, label)


def _is_operation(step: StateStep, states: Mapping[str, State]) -> bool:
    """Whether a step names its state as the target, and says what it does as the state."""
    return step.target in states and step.state is not None and step.state not in states


def _unknown(
    known: Semantics, states: Mapping[str, State], name: str, label: Label
) -> Iterator[Diagnostic]:
    if name not in known.spec.rejected and not known.spec.lacks_files:
        meant = nearest(name, states)
        yield UnknownName.of("state", shown(name), label, meant and shown(meant))


def _step_keys(
    known: Semantics, states: Mapping[str, State], step: StateStep
) -> Iterator[Diagnostic]:
    """No state, or two, and several changes at once."""
    places = known.places
    if not step.state_name:
        what = f"the state step `{shown(step.name)}`"
        yield MissingKey.of("state", what, places.name(step.place))
    elif step.state and step.target and not _is_operation(step, states):
        label = places.key(step.place / "target")
        yield MisplacedKey.beside("target", "state", label, "remove one of them")
    for other in step.operations[1:]:
        label, first = places.key(step.place / other), step.operations[0]
        yield MisplacedKey.beside(other, first, label, "a step makes one change")


def _memory(
    known: Semantics, states: Mapping[str, State], step: Step
) -> Iterator[Diagnostic]:
    """Find what cannot remember, or cannot be remembered in."""
    if step.memory is None:
        return
    place = step.place / "remember"
    label = known.places.key(place)
    asked = model_call(step, known.connectors)
    if asked is None and step.called not in known.spec.rejected:
        why = "what a given callable says and answers is not known"
        yield MisplacedKey.on_given("remember", label, why)
    elif asked is not None and asked.prompt is None:
        why = "it is the prompt that is remembered, with its answer"
        yield MisplacedKey.without("remember", "prompt", label, why)
    state = states.get(step.memory)
    if state is None:
        yield from _unknown(known, states, step.memory, known.places.value(place))
    elif not _holds_turns(state.type):
        wanted = "a list of any"
        yield unfit_change("remember", wanted, state, known.places.value(place), known)


def _first_values(
    known: Semantics, states: Mapping[str, State], test: Test
) -> Iterator[Diagnostic]:
    """Find states of a test that are none, or begin with a value of another type."""
    for name, value in test.state.items():
        place = test.place / "state" / name
        state = states.get(name)
        if state is None:
            yield from _unknown(known, states, name, known.places.key(place))
        elif not (
            test.has_rows or _has_declared(state.type) or fits(value, state.type)
        ):
            yield unfit_value(value, state, place, known)


def _has_declared(type_: TypeRef) -> bool:
    """Whether values of a type may be of one that the spec declares."""
    is_declared = type_.name not in (*TYPE_WORDS, "union", "one of")
    return is_declared or any(map(_has_declared, type_.args))


def _holds_turns(type_: TypeRef) -> bool:
    """Whether a type is that of a list with turns, which are mappings."""
    return type_.name == "any" or (
        type_.name == "list" and type_.args[0].name in ("any", "dict")
    )


def _label(known: Semantics, part: Written, text: Text, reference: Reference) -> Label:
    place = Place(part.place.path, (*part.place.loc, *text.keys))
    return known.places.part(place, reference.start, reference.end)
