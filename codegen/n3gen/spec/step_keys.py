"""The keys that steps of every kind have, and those that say how work is done."""

from __future__ import annotations

from n3gen.spec.joins import Join
from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    Expression,
    Flag,
    ListOf,
    Mapping,
    Name,
    Number,
    OneOf,
    Prose,
    Steps,
    TypeText,
    Whole,
)
from n3gen.spec.keys import MODEL_OPTIONS, Key, Record
from n3gen.spec.limits import LIMIT_SHAPE
from n3gen.spec.nodes import MOST_TRIES, Cache, Fallback, Retry

__all__ = ["BACKGROUND", "DESCRIPTION", "PARALLEL", "RETRY", "STEP_KEYS", "TRIES"]

_FALLBACK = OneOf(
    Name("connectors"),
    Record("fallback", Fallback.KEYS, "a connector asked after a failure"),
    called="a connector",
)

RETRY = Key(
    "retry",
    OneOf(
        Whole(0, MOST_TRIES),
        Choice("none"),
        Record("retry", Retry.KEYS, "how often and when work is tried again"),
    ),
    "how often and when it is tried again: a number of further tries, or a mapping",
    also=("retries", "attempts", "max_retries"),
)

TRIES = (
    RETRY,
    Key(
        "fallback",
        OneOf(_FALLBACK, ListOf(_FALLBACK)),
        "connectors, as names or `{connector, on}`, that are asked one after another "
        "when all tries have failed",
    ),
    Key(
        "cache",
        OneOf(
            Duration(),
            Choice(True),
            Record("cache", Cache.KEYS, "what is kept of results"),
        ),
        "how long its result is kept",
    ),
)
"""The keys that say how often work is tried, what replaces it, and what is kept."""

DESCRIPTION = Key("description", Prose(), "the docstring of its function")
PARALLEL = Key("parallel", Flag(), "may run beside its neighbours", False)
BACKGROUND = Key(
    "background",
    Flag(),
    "what comes after it does not wait for it, but for a reference to it; it is awaited "
    "at the end of its body",
    False,
    also=("detach", "async"),
)

STEP_KEYS = (
    Key("name", Name(), "the name of its result", needed=True, also=("id",)),
    Key(
        "kind",
        Name(),
        "what it does: see below; its keys imply it",
        also=("type",),
    ),
    DESCRIPTION,
    PARALLEL,
    BACKGROUND,
    Key(
        "depends_on",
        OneOf(
            Name("steps"),
            ListOf(Name("steps")),
            Record("join", Join.KEYS, "some of several steps, or their ends"),
        ),
        "the steps it runs after, or some of them: see [joins](#joins)",
        also=("needs", "after", "depends", "requires"),
    ),
    Key(
        "when",
        Expression(),
        "a condition: where it is false, the step is `skipped` and its value is none",
        also=("if",),
    ),
    Key(
        "timeout",
        Duration(),
        "from its permit to its end, for each try; time in the queue does not count",
    ),
    Key(
        "limit",
        LIMIT_SHAPE,
        "the permits that it needs: see [limits](#limits); `none` runs a model call "
        "without one",
    ),
    Key(
        "priority",
        Number(),
        "in the queue for permits: so many seconds ahead of others; below 0 behind them",
    ),
    Key(
        "output",
        TypeText(),
        "a type: a model is asked for it, and any result is checked against it",
    ),
    Key(
        "options",
        Mapping(),
        "data for the callable; for an `llm` step, what goes to the model's provider",
        also=("parameters",),
        holds=MODEL_OPTIONS,
    ),
    Key(
        "on_error",
        OneOf(Choice("stop", "continue", "skip"), Steps()),
        "what a failure does: it ends the body, leaves its error record as the "
        "value, or counts as skipped; or steps that run instead",
        "stop",
    ),
    Key("finally", Steps(), "steps that run last, whatever became of it"),
    Key(
        "on_skip",
        Choice("run", "skip"),
        "`skip`: it is skipped too where all that it needs was",
        "run",
    ),
)
"""The keys of every step."""
