"""How often calls fail, and in what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from n3gen.diagnostics.suggest import nearest
from n3gen.spec.values import Fault, seconds

__all__ = ["CallFailure", "failure_at", "parse_failures"]

_KINDS: Final = ("timeout", "connection", "invalid_output", "refusal", "context_length")
_FAILURE: Final = re.compile(
    r"(\d+(?:\.\d+)?)\s*%\s+(\S.*?)(?:\s+after\s+(\d\S*(?:\s+\w+)?))?"
)
_STATUS: Final = re.compile(r"\d{3}")
_FORM: Final = "write how often and in what: `1% timeout`, `0.5% 503 after 30s`"


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A share of calls that end in an error, `after` so many seconds.

    Without `after` they take as long as calls that succeed.
    """

    share: float
    error: str | int
    after: float | None = None

    @property
    def words(self) -> str:
        """The failure as a report says it."""
        return f"{self.share * 100:g}% {self.error}"


def parse_failures(text: str) -> tuple[CallFailure, ...]:
    """Return the failures that a text lists; raise `Fault`."""
    found = tuple(_parse(part.strip()) for part in text.split(","))
    if sum(failure.share for failure in found) > 1 + 1e-9:
        raise Fault("more than 100% of the calls fail", "lower the shares")
    return found


def _parse(text: str) -> CallFailure:
    found = _FAILURE.fullmatch(text)
    if found is None:
        raise Fault(f"`{text}` is no failure", _FORM)
    share, error, after = found.groups()
    waited = None if after is None else seconds(after, zero=True)
    return CallFailure(float(share) / 100, _error(error), waited)


def _error(text: str) -> str | int:
    if _STATUS.fullmatch(text):
        if not 400 <= int(text) <= 599:
            raise Fault(f"{text} is no status of a failure", "it is from 400 to 599")
        return int(text)
    meant = nearest(text, _KINDS) if text not in _KINDS and " " not in text else None
    if meant is not None:
        raise Fault(f"`{text}` is no kind of failure", f"did you mean `{meant}`?")
    return text


def failure_at(failures: Sequence[CallFailure], share: float) -> CallFailure | None:
    """Return the failure that a share of all calls falls to, from 0 up to 1."""
    for failure in failures:
        if share < failure.share:
            return failure
        share -= failure.share
    return None
