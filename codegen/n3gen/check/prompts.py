"""What model calls lack: a connection, a model, a prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import EmptyPrompt, NoConnection, NoModel
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps
from n3gen.spec.load import reachable
from n3gen.spec.model import Connector, ModelStep, Spec, Step
from n3gen.spec.spilled_keys import first_spilled
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
    reported: set[str] = set()
    for what, call in calls:
        path = call.place.path
        seen = () if call.connection else _seen(known, path)
        # of a file that sees no connection, one message is enough
        if call.connection or seen or path not in reported:
            yield from _call(spec, call, what, places, seen)
        if not call.connection and not seen:
            reported.add(path)


def _seen(known: Semantics, path: str) -> Sequence[str]:
    """The connections of a file and of those that it uses, one of which its calls mean."""
    files = {
        file.source.path for file in reachable(known.documents[path], known.documents)
    }
    found = known.spec.connections
    return [shown(one.name) for one in found if one.place.path in files]


def _spilled(call: Connector | ModelStep, places: Places) -> bool:
    """Whether the lines of a prompt were read as keys, which is reported there."""
    document, loc = places.documents[call.place.path], call.place.loc
    known = (*call.KEYS, *(Step.COMMON if isinstance(call, Step) else ()))
    data = places.data(call.place)
    return first_spilled(document, loc, data, "prompt", known) is not None


def _call(
    spec: Spec,
    call: Connector | ModelStep,
    what: str,
    places: Places,
    seen: Sequence[str],
) -> Iterator[Diagnostic]:
    """Find what a call lacks, whose file has `seen` several connections or none."""
    written = places.data(call.place / "prompt")
    if isinstance(written, str) and not written.strip() and not _spilled(call, places):
        yield EmptyPrompt.of(what, places.value(call.place / "prompt"))
    if not call.connection and spec.lacks_files:
        return
    if not call.connection:
        yield NoConnection.of(what, [*seen], places.name(call.place))
        return
    for connection in spec.connections:
        needs_model = connection.needs_model and connection.model is None
        if connection.name == call.connection and needs_model and call.model is None:
            label = places.name(call.place)
            yield NoModel.of(what, shown(connection.name), label)
