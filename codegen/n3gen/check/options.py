"""The options of model calls."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.meant_options import NUMBERS, meant_option, other_key
from n3gen.check.rules.model_rules import ApiCannot, NotAnOption, UnknownOption
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import parse_template
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps
from n3gen.spec.model import Connection, Connector, ModelStep, Spec
from n3gen.spec.rules import WrongType
from n3gen.spec.values import described, shown

__all__ = ["check_options"]

_SUGGESTED = 100
"""How many unknown options get a suggestion: each is compared with all that there are."""


@finder
def check_options(known: Semantics) -> Iterator[Diagnostic]:
    """Find options that a provider does not know, and calls of kinds that it does not have."""
    spec, places = known.spec, known.places
    connections = {connection.name: connection for connection in spec.connections}
    suggestions = iter(range(_SUGGESTED))
    for call, what in _calls(spec):
        yield from _messages(call, places)
        connection = connections.get(call.connection or "")
        if connection is None:
            continue
        yield from _abilities(call, what, connection, places)
        # What chooses a protocol may have been rejected.
        is_sure = not connection.PROTOCOLS or connection.name not in spec.rejected
        for option in _unknown(call, connection) if is_sure else ():
            options = connection.options(embeds=call.embed is not None)
            assert options is not None
            label = places.key(call.place / "options" / option)
            way_out = other_key(option, options)
            if way_out is not None:
                yield NotAnOption.of(option, label, way_out)
                continue
            has_more = next(suggestions, None) is not None
            meant = meant_option(option, options) if has_more else None
            yield UnknownOption.of(shown(option), _api(call, connection), label, meant)
        yield from _numbers(call, places)
        if "extra" in call.options and not isinstance(call.options["extra"], dict):
            given = described(call.options["extra"])
            label = places.value(call.place / "options" / "extra")
            yield WrongType.of("`extra`", "a mapping", given, label)


def _numbers(call: Connector | ModelStep, places: Places) -> Iterator[Diagnostic]:
    """Tell of options that are numbers by their names and something else by their value."""
    for name, value in call.options.items():
        is_open = value is None or (isinstance(value, str) and "{{" in value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name in NUMBERS and not is_open and not is_number:
            label = places.value(call.place / "options" / name)
            given = described(value)
            yield WrongType.of(f"`{shown(name)}`", "a number", given, label)


def _calls(spec: Spec) -> Iterator[tuple[Connector | ModelStep, str]]:
    for connector in spec.connectors:
        yield connector, f"connector `{shown(connector.name)}`"
    for step in all_steps(spec):
        if isinstance(step, ModelStep):
            yield step, f"step `{shown(step.name)}`"


def _messages(call: Connector | ModelStep, places: Places) -> Iterator[Diagnostic]:
    """Messages that are written as a text which is more than one expression."""
    if not isinstance(call.messages, str):
        return
    read = parse_template(call.messages)
    if not read.faults and not read.is_single:
        wanted = "a list of messages or one expression"
        label = places.value(call.place / "messages")
        yield WrongType.of("`messages`", wanted, "a text", label)


def _abilities(
    call: Connector | ModelStep, what: str, connection: Connection, places: Places
) -> Iterator[Diagnostic]:
    for key in connection.CANNOT:
        if call.has(key):
            named = (shown(connection.name), connection.api)
            at = places.value(connection.place / "api")
            is_own = bool(getattr(call, key))
            label = places.key(call.place / (key if is_own else "messages"))
            yield ApiCannot.of(key, what, named, label, at)


def _api(call: Connector | ModelStep, connection: Connection) -> str:
    """What knows the options of a call, in words."""
    if call.embed is not None:
        return f"`embed` of `api: {connection.api}`"
    return connection.about


def _unknown(call: Connector | ModelStep, connection: Connection) -> list[str]:
    known = connection.options(embeds=call.embed is not None)
    if known is None:
        return []
    return [name for name in call.options if name not in known and name != "extra"]
