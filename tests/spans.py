"""What modules report to OpenTelemetry, collected in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

__all__ = ["Collected", "collected", "facts", "processed", "provider"]


class Collected(SpanProcessor):
    """The spans of a test in the order of their ends; all that began have to end."""

    def __init__(self) -> None:
        self.open: dict[int, ReadableSpan] = {}
        self.ended: list[ReadableSpan] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.open[span.get_span_context().span_id] = span

    def on_end(self, span: ReadableSpan) -> None:
        self.open.pop(span.get_span_context().span_id, None)
        self.ended.append(span)

    def names(self) -> list[str]:
        return [span.name for span in self.ended]

    def one(self, name: str) -> ReadableSpan:
        """The only span of a name."""
        (found,) = [span for span in self.ended if span.name == name]
        return found

    def parent(self, span: ReadableSpan) -> str | None:
        """The name of the span that a span is in."""
        if span.parent is None:
            return None
        at = span.parent.span_id
        (found,) = [s.name for s in self.ended if s.get_span_context().span_id == at]
        return found

    def tree(self) -> list[str]:
        """Each span as `parent > name`, in the order of their starts."""
        ordered = sorted(self.ended, key=lambda span: span.start_time or 0)
        return [f"{self.parent(span) or ''} > {span.name}" for span in ordered]


def facts(span: ReadableSpan) -> dict[str, Any]:
    """The attributes of a span."""
    return dict(span.attributes or {})


def provider() -> TracerProvider:
    """The provider of this process, which can have only one."""
    found = trace.get_tracer_provider()
    if not isinstance(found, TracerProvider):
        found = TracerProvider()
        trace.set_tracer_provider(found)
    return found


@contextmanager
def processed(processor: SpanProcessor) -> Iterator[None]:
    """Have a processor see the spans of a block."""
    active = provider()._active_span_processor
    before = active._span_processors
    active._span_processors = (*before, processor)
    try:
        yield
    finally:
        active._span_processors = before


@contextmanager
def collected() -> Iterator[Collected]:
    """Collect the spans of a block; none is open at its end, and none is an orphan."""
    spans = Collected()
    with processed(spans):
        yield spans
    assert not spans.open, [span.name for span in spans.open.values()]
    assert len(spans.tree()) == len(spans.ended)
