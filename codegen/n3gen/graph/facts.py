"""What a spec says of a step or a block, in words for a picture and its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from n3gen.diagnostics.cells import plain
from n3gen.semantics.asked import called_connector, model_call
from n3gen.spec.limits import LLM
from n3gen.spec.model import (
    Block,
    Connector,
    Entry,
    ModelStep,
    RateLimit,
    Retry,
    Spec,
    Step,
)
from n3gen.spec.texts import Text
from n3gen.spec.values import duration

__all__ = ["StepFacts"]

_TEXT: Final = 600
"""The letters of a prompt, or of another text, that are shown."""


class StepFacts:
    """What is known of the steps of a spec."""

    def __init__(self, spec: Spec) -> None:
        self._connectors = {one.name: one for one in spec.connectors}
        self._connections = {one.name: one for one in spec.connections}

    def marks(self, entry: Entry) -> tuple[str, ...]:
        """What bounds an entry: its time, the permits that it takes, its rate."""
        if not isinstance(entry, Step):
            return ("background",) if entry.background else ()
        found = [] if (time := self._timeout(entry)) is None else [f"≤{duration(time)}"]
        found += self._limits(entry)
        found += self._rates(entry)
        if (retry := self._retry(entry)) is not None and retry.max:
            found.append(f"retry {retry.max}")
        if entry.background:
            found.append("background")
        return tuple(found)

    def of(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield what is known of an entry, each with a word for it."""
        if entry.description:
            yield "description", plain(" ".join(entry.description.split()))
        if isinstance(entry, Block):
            yield from _texts(entry.outer_texts())
            return
        call = model_call(entry, self._connectors)
        yield from _texts(entry.own_texts())
        if isinstance(call, Connector):
            yield from _texts(call.texts())
        if call is not None and (model := self._model(call)) is not None:
            yield "model", plain(model)
        if call is not None and call.connection is not None:
            yield "connection", call.connection
        if entry.when is not None:
            yield "when", plain(entry.when)
        if (time := self._timeout(entry)) is not None:
            yield "timeout", duration(time)
        if limits := (*self._limits(entry), *self._rates(entry)):
            yield "limits", ", ".join(limits)
        yield from self._recovery(entry)

    def _recovery(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield what happens where a step fails."""
        call = model_call(step, self._connectors)
        if (retry := self._retry(step)) is not None:
            tries = f"{retry.max}, {retry.backoff} from {duration(retry.delay)}"
            yield "retry", tries if retry.max else "none"
        fallback = step.fallback or (call.fallback if call is not None else ())
        if fallback:
            yield "fallback", ", ".join(one.connector for one in fallback)
        if step.on_error != "stop":
            yield "on_error", step.on_error

    def _timeout(self, step: Step) -> float | None:
        asked = called_connector(step, self._connectors)
        if step.timeout is None and asked is not None:
            return asked.timeout
        return step.timeout

    def _retry(self, step: Step) -> Retry | None:
        asked = called_connector(step, self._connectors)
        return asked.retry if step.retry is None and asked is not None else step.retry

    def _model(self, call: Connector | ModelStep) -> str | None:
        connection = self._connections.get(call.connection or "")
        return call.model or (connection.model if connection is not None else None)

    def _limits(self, step: Step) -> list[str]:
        """The permits that a step takes."""
        call = model_call(step, self._connectors)
        uses = (*step.limits, *(call.limits if isinstance(call, Connector) else ()))
        found = [
            use.name if use.number == 1 else f"{use.number} of {use.name}"
            for use in uses
        ]
        is_asking = call is not None or step.called is not None
        if is_asking and step.limited:
            found.insert(0, LLM)
        return [f"limit {', '.join(found)}"] if found else []

    def _rates(self, step: Step) -> Iterator[str]:
        """The rates of the connection that a step asks."""
        call = model_call(step, self._connectors)
        name = "" if call is None else call.connection or ""
        connection = self._connections.get(name)
        if connection is not None and connection.rate_limit is not None:
            yield from _rates(connection.rate_limit)


def _rates(rate: RateLimit) -> Iterator[str]:
    if rate.requests_per_minute is not None:
        yield f"{rate.requests_per_minute:,}/min"
    if rate.tokens_per_minute is not None:
        yield f"{rate.tokens_per_minute:,} tokens/min"
    if rate.concurrent_requests is not None:
        yield f"{rate.concurrent_requests} at once"


def _texts(texts: Iterator[Text]) -> Iterator[tuple[str, str]]:
    """Yield expressions and templates, each under the keys where it stands."""
    for text in texts:
        words = text.text.strip()
        if len(words) > _TEXT:
            words = f"{words[: _TEXT - 1]}…"
        words = "\n".join(map(plain, words.split("\n")))
        yield ".".join(map(str, text.keys)), words
