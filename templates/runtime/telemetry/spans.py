"""Spans that are current while a block runs, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import Token
from typing import Any, Self, cast

from opentelemetry import context as otel_context
from opentelemetry import propagate as otel_propagate
from opentelemetry import trace as otel_trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from ..recovery.failures import failure_of
from ..run.records import ChainStopped, RunCancelled, StepError, describe_error
from ..run.run import Step

__all__ = [
    "STEP",
    "Traced",
    "carried_context",
    "error_type",
    "in_carried_context",
    "told_words",
    "without_http_spans",
]

SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
"""The conventions that the names of attributes are of."""

TRACER = otel_trace.get_tracer("n3gen", schema_url=SCHEMA)
"""The tracer of whatever provider the process has, or comes to have."""

STEP = otel_context.create_key("n3gen-step")
"""The key of the step that a context is in."""

SUPPRESSED: str = getattr(
    otel_context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", "suppress_http_instrumentation"
)
"""The key by which instrumentations of HTTP clients know that a request has its span."""

QUOTING = ("invalid_output", "refusal")
"""The kinds of failure whose words may be those of a model."""


class Traced:
    """A span that is current in a `with` block and ends with it.

    An error that ends the block is the span's status and `error.type`. Being cancelled
    is no error, unless a timeout of the step did it.
    """

    span: Span
    token: Token[otel_context.Context]

    def __init__(
        self, name: str, attributes: Mapping[str, Any], *, is_client: bool = False
    ) -> None:
        self.name = exportable(name)
        self.attributes = {
            k: exportable(v) for k, v in attributes.items() if v is not None
        }
        self.kind = SpanKind.CLIENT if is_client else SpanKind.INTERNAL

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        if error is not None:
            self.fail_by(error)
        self.close()

    def open(self, step: Step | None = None) -> None:
        """Start the span, and make it and its `step` what the context is in."""
        self.span = TRACER.start_span(
            self.name, kind=self.kind, attributes=self.attributes
        )
        current = otel_trace.set_span_in_context(self.span)
        if step is not None:
            current = otel_context.set_value(STEP, step, current)
        self.token = otel_context.attach(current)

    def close(self) -> None:
        """End the span, and go back to the context before it."""
        otel_context.detach(self.token)
        self.span.end()

    def set(self, **attributes: Any) -> None:
        """Set attributes, those that have a value; `__` in a name is a dot."""
        for name, value in attributes.items():
            if value is not None:
                self.span.set_attribute(name.replace("__", "."), exportable(value))

    def fail(self, kind: str, words: str | None = None) -> None:
        """Set the status and the `error.type` of a span that has failed."""
        self.span.set_attribute("error.type", kind)
        self.span.set_status(StatusCode.ERROR, exportable(words))

    def fail_by(self, error: BaseException) -> None:
        """Do so for an error that has ended the span, unless it is no failure."""
        found = error_type(error)
        if found is None:
            return
        words = None if found in QUOTING else told_words(error, describe_error(error))
        if found == "timeout" and isinstance(error, asyncio.CancelledError):
            words = None
        self.fail(found, words)


def exportable(value: Any) -> Any:
    """Return a value of a span with the halves of surrogate pairs in its texts escaped.

    Models answer with such texts, and one of them fails the export of all spans in hand.
    """
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case [*items]:
            return [exportable(item) for item in items]
        case _:
            return value


def error_type(error: BaseException) -> str | None:
    """Return the kind of an error in one word, `None` where it is no failure.

    A status is its number; what n3gen knows no kind of is the name of its class.
    """
    if isinstance(error, asyncio.CancelledError):
        return "timeout" if is_timed_out() else None
    if isinstance(error, ChainStopped | GeneratorExit | RunCancelled):
        return None
    found = failure_of(error)
    if found.kind == "status":
        return str(found.status)
    if found.kind != "error":
        return found.kind
    while isinstance(error, StepError) and error.__cause__ is not None:
        error = error.__cause__
    kind = type(error)
    is_plain = kind.__module__ == "builtins"
    return kind.__qualname__ if is_plain else f"{kind.__module__}.{kind.__qualname__}"


def told_words(error: BaseException, words: str | None) -> str | None:
    """Return the words of an error; those of a wrong payload without what stands in it."""
    while isinstance(error, StepError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, BaseExceptionGroup):
        inner = cast("tuple[BaseException, ...]", cast("Any", error).exceptions)
        told = [told_words(one, None) for one in inner]
        return "; ".join(filter(None, told)) or words
    return getattr(error, "logged", words)


def is_timed_out() -> bool:
    """Say whether the step of this context is being cut off by its own timeout."""
    step = cast("Step | None", otel_context.get_value(STEP))
    return step is not None and step.timeout is not None and step.timeout.expired()


def carried_context() -> dict[str, str]:
    """Return what tells another process of the current span, as headers."""
    carrier: dict[str, str] = {}
    otel_propagate.inject(carrier)
    return carrier


@contextmanager
def in_carried_context(carrier: Mapping[str, str]) -> Generator[None, None, None]:
    """Be in the trace context of another process.

    What spans are made there are exported at once, as a worker may be killed at any time.
    """
    token = otel_context.attach(otel_propagate.extract(carrier))
    try:
        yield
    finally:
        otel_context.detach(token)
        flush = getattr(otel_trace.get_tracer_provider(), "force_flush", None)
        if flush is not None:
            flush()


@contextmanager
def without_http_spans() -> Generator[None, None, None]:
    """Keep instrumentations of HTTP clients from making spans of requests."""
    token = otel_context.attach(otel_context.set_value(SUPPRESSED, True))
    try:
        yield
    finally:
        otel_context.detach(token)
