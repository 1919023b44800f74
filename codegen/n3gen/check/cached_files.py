"""Caches that stand around pictures and files, whose bytes their keys do not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from n3gen.check.finders import finder
from n3gen.check.rules.cache_rules import FileInCache
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.asked import asked_by
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import all_steps, parts_inside
from n3gen.spec.model import ChainStep, Connector, ModelStep, Place, StageStep, Step
from n3gen.spec.values import shown

__all__ = ["check_cached_files"]

KEYS = ("files", "images")
ADDRESSES = ("http://", "https://", "data:")
"""How a text begins that is no path, and all of which is in the key."""


@finder
def check_cached_files(known: Semantics) -> Iterator[Diagnostic]:
    """Find caches without a `key` of what reads pictures and files inside."""
    for step in all_steps(known.spec):
        if step.cache is None or step.cache.has_key:
            continue
        if not isinstance(step, ChainStep | StageStep):
            continue
        inside = [p for p in parts_inside(step, known.chains) if isinstance(p, Step)]
        calls = [call for part in inside for call in asked_by(part, known.connectors)]
        found = [one for call in calls for one in _paths_in(call)]
        if found:
            key, place = found[0]
            labels = known.places.key(step.place / "cache"), known.places.key(place)
            yield FileInCache.of(shown(step.name), key, *labels)


def _paths_in(call: Connector | ModelStep) -> Iterator[tuple[str, Place]]:
    """The keys under which a call may have paths of pictures or files, and where."""
    owners: list[tuple[Any, Place]] = [
        ({key: getattr(call, key) for key in KEYS}, call.place)
    ]
    if isinstance(call.messages, list):
        at = call.place / "messages"
        owners += [(message, at / i) for i, message in enumerate(call.messages)]
    for owner, place in owners:
        for key in KEYS if isinstance(owner, dict) else ():
            given = cast("dict[str, Any]", owner).get(key) or ()
            texts = given if isinstance(given, list | tuple) else (given,)
            if any(map(_may_be_path, cast("Iterable[Any]", texts))):
                yield key, place / key


def _may_be_path(given: object) -> bool:
    """Whether a text may be the path of a file, as one that an expression begins may."""
    return isinstance(given, str) and not given.startswith(ADDRESSES)
