"""Steps that wait for answers: their names, their types, their defaults."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.payloads import unfit
from n3gen.check.rules.wait_rules import (
    DifferentAnswers,
    SignalIsChannel,
    UnfitDefault,
)
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.semantics.known import Semantics
from n3gen.semantics.signals import signals_of
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import all_steps, every_entry
from n3gen.spec.model import Place, TypeDef, TypeRef, WaitStep
from n3gen.spec.types import spelled
from n3gen.spec.values import boolean_meant, described, shown

__all__ = ["check_waits"]


@finder
def check_waits(known: Semantics) -> Iterator[Diagnostic]:
    """Find answers that could not be distinguished, and defaults that are none."""
    yield from _names(known)
    for chain in known.spec.chains:
        types = known.types[chain.name]
        for entry in every_entry(chain.steps):
            if isinstance(entry, WaitStep) and entry.has_default and entry.output:
                place = entry.place / "default"
                yield from _Default(known, types).faults(
                    entry.default, entry.output, place
                )


def _names(known: Semantics) -> Iterator[Diagnostic]:
    """Find names that several steps, or a step and a channel, mean differently."""
    if not any(isinstance(step, WaitStep) for step in all_steps(known.spec)):
        return  # what each of thousands of chains runs is much to go through
    channels = {channel.name: channel for channel in known.spec.channels}
    reported: set[int] = set()
    for chain in known.spec.chains:
        for signal, (first, *others) in signals_of(chain, known.chains).items():
            label = known.places.value(first.signal_at)
            if signal in channels and id(first) not in reported:
                reported.add(id(first))
                defined = known.places.key(channels[signal].place, "the channel")
                yield SignalIsChannel.of(shown(signal), label, defined)
            for other in others:
                if other.answer == first.answer or id(other) in reported:
                    continue
                reported.add(id(other))
                types = _answer(first), _answer(other)
                there = known.places.value(first.signal_at, "the first step")
                here = known.places.value(other.signal_at)
                yield DifferentAnswers.of(shown(signal), types, here, there)


def _answer(step: WaitStep) -> str:
    """The type of a step's answers, in words."""
    return "anything" if step.answer is None else spelled(step.answer)


class _Default:
    """A default beside the type that it has to have."""

    def __init__(self, known: Semantics, types: ValueTypes) -> None:
        self.known = known
        self.types = types

    def faults(
        self, value: object, wanted: TypeRef, place: Place
    ) -> Iterator[Diagnostic]:
        """Find what no answer could be, in a value that is written out."""
        record = self.types.records.get(wanted.name)
        label = self.known.places.value(place)
        if record is not None and isinstance(value, dict):
            yield from self._fields(value, record, place)
        elif wanted.name == "list" and isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.faults(item, wanted.args[0], place / index)
        elif record is not None and not isinstance(value, str):
            name = f"a `{shown(record.name)}`"
            yield UnfitDefault.wrong(name, described(value), label)
        elif wanted.name == "list" and not isinstance(value, str):
            yield UnfitDefault.wrong("a list", described(value), label)
        elif (given := unfit(value, wanted, self.types)) is not None:
            meant = boolean_meant(value) if wanted.name == "bool" else None
            yield UnfitDefault.wrong(spelled(wanted), given, label, meant)

    def _fields(
        self, value: dict[str, object], record: TypeDef, place: Place
    ) -> Iterator[Diagnostic]:
        fields = {field.key: field for field in record.fields}
        places, name = self.known.places, shown(record.name)
        unknown = [key for key in value if key not in fields]
        for key in unknown:
            meant = nearest(key, fields)
            label = places.key(place / key)
            yield UnfitDefault.unknown(name, shown(key), label, meant and shown(meant))
        for key, field in fields.items():
            if key in value:
                yield from self.faults(value[key], field.type, place / key)
            elif field.required and not unknown:
                label = places.value(place)
                yield UnfitDefault.missing(name, shown(key), label)
