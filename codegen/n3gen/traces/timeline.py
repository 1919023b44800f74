"""A trace as a picture that does not move: where its bars, its ticks and its charts stand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from n3gen.diagnostics import cells
from n3gen.traces.compare import time_text
from n3gen.traces.model import Series, Span, Trace

__all__ = ["timeline"]

_WIDTH: Final = 1160
_LEFT: Final = 12
_LANE: Final = 21
_CHART: Final = 48
_LETTER: Final = 7.25
_SMALL: Final = 6.65
"""How wide a letter is in the lines at the top."""

_TICKS: Final = 10


class BarPart(NamedTuple):
    """A stretch of a bar."""

    style: str
    x: float
    width: float


class Tick(NamedTuple):
    """A time on the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a span."""

    span: Span
    x: float
    y: float
    width: float
    parts: Sequence[BarPart]
    label: str
    about: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A series over time."""

    text: str
    y: float
    bottom: float
    end: float
    points: Sequence[tuple[float, float]]
    most: float | None


def timeline(trace: Trace, words: Sequence[str]) -> dict[str, Any]:
    """Return what the template of a picture needs, with `words` at its top."""
    scale = (_WIDTH - 2 * _LEFT) / max(trace.elapsed, 1)
    top = 60 + 17 * len(words)
    below = top + trace.lanes * _LANE + 10
    return {
        "trace": trace,
        "words": [_fitted(line, int((_WIDTH - 2 * _LEFT) / _SMALL)) for line in words],
        "width": _WIDTH,
        "left": _LEFT,
        "top": top,
        "height": below + len(trace.series) * _CHART + 10,
        "ticks": list(_ticks(trace.elapsed, scale)),
        "bars": [_bar(span, top, scale) for span in trace.spans],
        "charts": [
            _chart(one, below + number * _CHART, trace.elapsed, scale)
            for number, one in enumerate(trace.series)
        ],
    }


def _ticks(elapsed: float, scale: float) -> Iterator[Tick]:
    rough = max(elapsed, 1) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(by * power for by in (1, 2, 5, 10) if by * power >= rough)
    # The last one would stick out.
    for number in range(int(elapsed * 0.95 / step) + 1):
        at = number * step
        text = f"{at:,.0f} ms" if step < 1000 else f"{at / 1000:,.0f} s"
        yield Tick(_LEFT + at * scale, text)


def _bar(span: Span, top: float, scale: float) -> Bar:
    x = _LEFT + span.start * scale
    width = max((span.end - span.start) * scale, 1.5)
    last = len(span.parts) - 1
    parts = [
        BarPart(
            (span.status if at == last else "error") if p.kind == "work" else p.kind,
            _LEFT + p.start * scale,
            max((p.end - p.start) * scale, 1.5),
        )
        for at, p in enumerate(span.parts)
    ]
    letters = int((width - 9) / _LETTER)
    label = _fitted(span.path, letters)
    return Bar(
        span,
        x,
        top + span.lane * _LANE,
        width,
        parts,
        label if letters >= 3 else "",
        ", ".join(_about(span)),
    )


def _fitted(text: str, letters: int) -> str:
    """What of a text fits into the width of so many letters; wide ones take two."""
    used = 0
    for at, char in enumerate(text):
        used += cells.width(char)
        if used > letters or (used == letters and at + 1 < len(text)):
            return f"{text[:at]}…"
    return text


def _about(span: Span) -> Iterator[str]:
    yield f"work {time_text(span.total('work'))}"
    if span.total("queued"):
        yield f"queued {time_text(span.total('queued'))}"
    if span.total("sleep"):
        yield f"pauses {time_text(span.total('sleep'))}"
    if span.attempts > 1:
        yield f"{span.attempts} tries"
    if span.tokens is not None:
        yield f"{span.tokens:,} tokens"
    if span.cost:
        yield f"cost {span.cost:.4f}"
    if span.critical:
        yield "on the critical path"


def _chart(series: Series, y: float, elapsed: float, scale: float) -> Chart:
    bottom = y + _CHART - 8
    highest = max(series.highest, series.most or 0)
    rise = (_CHART - 26) / highest
    most = "" if series.most is None else f" of {series.most}"
    return Chart(
        text=f"{series.name}: at most {series.highest}{most}",
        y=y,
        bottom=bottom,
        end=_LEFT + elapsed * scale,
        points=[(_LEFT + at * scale, bottom - n * rise) for at, n in series.points],
        most=None if series.most is None else bottom - series.most * rise,
    )
