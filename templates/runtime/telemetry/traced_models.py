"""Requests to models that are spans, by the conventions for generative AI."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..http.secrets import read_setting
from ..limits.spending import ANSWER_LIMITS
from ..models.embed import TextVectors
from ..models.models import (
    Connection,
    ModelAnswer,
    ModelRequest,
    Progress,
    TokenUsage,
    UsageMeter,
)
from .around_connections import AroundConnection, innermost_connection
from .contents import (
    answered_message,
    asked_messages,
    captures_content,
    finish_reason,
    system_instructions,
)
from .servers import address_of
from .spans import Traced, carried_context

__all__ = ["TracedConnection", "traced", "traced_vectors"]

ConnectionType = TypeVar("ConnectionType", bound=Connection)

SETTINGS = {
    "temperature": ("temperature",),
    "top_p": ("top_p", "topP"),
    "top_k": ("top_k", "topK"),
    "frequency_penalty": ("frequency_penalty", "frequencyPenalty"),
    "presence_penalty": ("presence_penalty", "presencePenalty"),
    "seed": ("seed",),
    "max_tokens": ANSWER_LIMITS,
}
"""The attributes of a request that say how it is answered, and the options that they are."""


@dataclass(frozen=True, kw_only=True)
class TracedConnection(AroundConnection):
    """A connection of which each request is a span; all else is the `inner` one's."""

    provider: str

    async def send(
        self,
        request: ModelRequest,
        progress: Progress | None,
        meter: UsageMeter | None = None,
    ) -> ModelAnswer:
        """Send one request, which is a span; with `progress` its text is streamed."""
        meter = meter or UsageMeter()
        asked = innermost_connection(self.inner)
        span = model_span("chat", asked, self.provider, request.model)
        span.attributes |= settings_of(request, asked, progress)
        with span:
            captures = captures_content() and span.span.is_recording()
            if captures:
                span.set(
                    gen_ai__system_instructions=system_instructions(request),
                    gen_ai__input__messages=asked_messages(request),
                )
            noted = progress and first_noted(span, progress)
            try:
                inner = propagating(self.inner)
                answer = await inner.send(request, noted, meter)
            finally:
                note_usage(span, meter.usage, meter.model)
            span.set(gen_ai__response__finish_reasons=[finish_reason(answer)])
            if captures:
                span.set(gen_ai__output__messages=answered_message(answer))
        return answer


def traced(connection: Connection, provider: str) -> TracedConnection:
    """Return a connection of which each request is a span."""
    return TracedConnection(
        connection.name,
        model=connection.model,
        prices=connection.prices,
        inner=connection,
        provider=provider,
    )


def traced_vectors(
    fetch: Callable[
        [Any, str | None, Sequence[str], Mapping[str, Any]], Awaitable[TextVectors]
    ],
    provider: str,
) -> Callable[..., Awaitable[TextVectors]]:
    """Return a function that asks for vectors as `fetch` does; each request is a span."""

    async def fetched(
        connection: Any,
        model: str | None,
        texts: Sequence[str],
        options: Mapping[str, Any],
    ) -> TextVectors:
        with model_span("embeddings", connection, provider, model) as span:
            vectors = await fetch(propagating(connection), model, texts, options)
            note_usage(span, vectors.usage, None)
            length = len(vectors.vectors[0]) if vectors.vectors else None
            span.set(gen_ai__embeddings__dimension__count=length)
        return vectors

    return fetched


def model_span(
    operation: str, connection: Connection, provider: str, model: str | None
) -> Traced:
    """Return the span of one request to a model."""
    address, port = server_of(connection)
    attributes = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "server.address": address,
        "server.port": port,
    }
    name = operation if model is None else f"{operation} {model}"
    return Traced(name, attributes, is_client=address is not None)


def server_of(connection: Any) -> tuple[str | None, int | None]:
    """Return the host and the port of a connection; none where it asks no server."""
    base_url = getattr(connection, "base_url", None)
    return address_of(read_setting(base_url, is_secret=False) or "")


def settings_of(
    request: ModelRequest, connection: Any, progress: Progress | None
) -> dict[str, Any]:
    """Return the attributes of what a request asks for."""
    found: dict[str, Any] = {}
    for name, keys in SETTINGS.items():
        given = (request.options.get(key) for key in keys)
        value = next((v for v in given if type(v) in (int, float)), None)
        if value is not None:
            found[f"gen_ai.request.{name}"] = value
    if request.schema is not None:
        found["gen_ai.output.type"] = "json"
    timeouts = getattr(connection, "timeouts", None)
    needs_stream = timeouts is not None and timeouts.need_a_stream
    if getattr(connection, "can_stream", True) and (progress or needs_stream):
        found["gen_ai.request.stream"] = True
    return found


def first_noted(span: Traced, progress: Progress) -> Progress:
    """Return what passes on an answer's text, and notes when the first of it came."""
    started, has_begun = time.perf_counter(), False

    async def note(text: str) -> None:
        nonlocal has_begun
        if not has_begun:
            has_begun = True
            seconds = time.perf_counter() - started
            span.set(gen_ai__response__time_to_first_chunk=seconds)
        await progress(text)

    return note


def note_usage(span: Traced, usage: TokenUsage | None, model: str | None) -> None:
    """Set the tokens that a provider counted, and the model that it says has answered."""
    span.set(gen_ai__response__model=model)
    if usage is not None:
        span.set(
            gen_ai__usage__input_tokens=usage.input,
            gen_ai__usage__output_tokens=usage.output,
            gen_ai__usage__cache_read__input_tokens=usage.cached or None,
        )


def propagating(connection: ConnectionType) -> ConnectionType:
    """Return a connection whose requests carry the current span."""
    changed: Any
    if isinstance(connection, AroundConnection):
        changed = {"inner": propagating(connection.inner)}
    else:
        headers = getattr(connection, "headers", None)
        if headers is None or not (carrier := carried_context()):
            return connection
        changed = {"headers": {**carrier, **headers}}
    return replace(connection, **changed)
