"""What an earlier run has left to one that goes on from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..values.json_data import json_data, plain_json
from .records import written_json
from .run import Step, chain_logger

if TYPE_CHECKING:
    from .chain import Chain

RENEWED: ContextVar[list[bool]] = ContextVar("renewed")
"""Whether a step has run again that what comes next in this context may depend on."""


class Earlier:
    """The steps of an earlier run by path and version, each of which is used once.

    One is kept that ended well, unless the spec now says something else of it or one
    before it has run again. An event may come twice. Raises `ValueError` for another run.
    """

    def __init__(self, resumed: Any, chain: Chain, payload: Any) -> None:
        self.kept, self.changed = 0, list[str]()
        self.left = left = dict[tuple[str, str | None], Any]()
        try:
            if hasattr(resumed, "keys"):
                about, steps = resumed["metadata"], resumed["steps"]
                digest = about.get("payload_digest")
            else:
                events = list(resumed)
                kept = [e["record"] for e in events if "record" in e]
                about, steps = events[0], {written_json(k): k for k in kept}.values()
                if any(event["run_id"] != about["run_id"] for event in events):
                    raise ValueError(
                        "resume has the events of several runs, not of one"
                    )
                given = about["input" if "input" in about else "payload"]
                digest = payload_digest(chain, given)
            self.run_id, name = about["run_id"], about["chain"]
            for step in steps:
                key = step.get("path", step["name"]), step.get("version")
                # Two of one key are ambiguous: rounds of one name, a chain tried twice.
                is_clear = key not in left and "result" in step
                left[key] = step if is_clear else {"status": ""}
            self.ended_well = {p for (p, _), s in left.items() if s["status"] == "ok"}
            dots = ((p, at) for p, _ in left for at, c in enumerate(p) if c == ".")
            self.callers = {path[:at] for path, at in dots}
        except (LookupError, TypeError, AttributeError):
            raise ValueError("resume must be a run's record or its events") from None
        if name != chain.name:
            raise ValueError(f"resume is of chain '{name}', not '{chain.name}'")
        if digest not in (None, payload_digest(chain, payload)):
            raise ValueError(f"resume is of a run of '{name}' with another payload")

    def find(self, step: Step) -> None:
        """Keep what a step that starts came to; else what comes after it is renewed."""
        renewed = RENEWED.get()
        found = self.left.pop((step.path, step.version), None)
        status = found["status"] if found and step.version and not renewed[0] else ""
        if status == "ok":
            step.is_kept, step.permit, step.result = True, None, found["result"]
            if found["version"].endswith("t"):
                step.result = plain_json(step.result)  # for its type to read
        elif status != "skipped" and step.path not in self.callers:
            renewed[0] = True
        if found is None and step.path in self.ended_well:
            self.changed.append(step.path)
            why = "the spec has changed, or JSON could not hold its result"
            log = chain_logger(step.run.chain).warning
            log("Step '%s' runs again: %s", step.path, why)
        self.ended_well.discard(step.path)


def payload_digest(chain: Chain, payload: Any) -> str | None:
    """Return a digest of a payload that has not been checked."""
    with suppress(Exception):
        return digest_of(chain.check(payload) if chain.check else payload)
    return None


def digest_of(checked: Any) -> str | None:
    """Return a digest of an input, `None` where JSON has no form for it."""
    with suppress(Exception):
        text = json.dumps(checked, sort_keys=True, default=json_data)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
    return None


def apart(work: Callable[..., Any], cell: list[bool], *later: list[bool]) -> Any:
    """Return `work` with a cell of its own of what is renewed, which `later` ones join."""

    async def call(*args: Any) -> Any:
        token = RENEWED.set(cell)
        try:
            return await work(*args)
        finally:
            RENEWED.reset(token)
            for one in later:
                one[0] |= cell[0]

    return call
