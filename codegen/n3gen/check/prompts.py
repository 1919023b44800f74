"""What model calls lack: a connection, a model, a prompt."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import EmptyPrompt, NoConnection, NoModel
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps
from n3gen.spec.model import Connector, ModelStep, Spec
from n3gen.spec.values import shown

__all__ = ["check_prompts"]


@finder
def check_prompts(known: Semantics) -> Iterator[Diagnostic]:
    """Find model calls that lack a connection, a model or a prompt."""
    spec, places = known.spec, known.places
    calls: list[tuple[str, Connector | ModelStep]] = [
        *((f"connector `{shown(one.name)}`", one) for one in spec.connectors),
        *(
            (f"step `{shown(step.name)}`", step)
            for step in all_steps(spec)
            if isinstance(step, ModelStep)
        ),
    ]
    homeless = [what for what, call in calls if not call.connection]
    for what, call in calls:
        # without any connection in the file, one message is enough
        if call.connection or spec.connections or what == homeless[0]:
            yield from _call(spec, call, what, places)


def _call(
    spec: Spec, call: Connector | ModelStep, what: str, places: Places
) -> Iterator[Diagnostic]:
    written = places.data(call.place / "prompt")
    if isinstance(written, str) and not written.strip():
        yield EmptyPrompt.of(what, places.value(call.place / "prompt"))
    if not call.connection and spec.lacks_files:
        return
    if not call.connection:
        yield NoConnection.of(what, _named(spec), places.name(call.place))
        return
    for connection in spec.connections:
        needs_model = connection.needs_model and connection.model is None
        if connection.name == call.connection and needs_model and call.model is None:
            label = places.name(call.place)
            yield NoModel.of(what, shown(connection.name), label)


def _named(spec: Spec) -> list[str]:
    return [shown(connection.name) for connection in spec.connections]
