"""Latencies and failures of calls as recordings have measured them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.regular import read_regular
from n3gen.project.simulation.call_failures import CallFailure
from n3gen.project.simulation.call_profiles import CallProfile
from n3gen.project.simulation.latencies import Measured

__all__ = ["RecordedCalls", "read_recorded"]


class _Answer(NamedTuple):
    """One recorded answer: where it came from, which model was asked, how long it took."""

    method: str
    url: str
    model: str | None
    seconds: float
    status: int


@dataclass(frozen=True, slots=True)
class RecordedCalls:
    """The answers in a folder of recordings.

    What is known of calls comes with words for where from, or that it is nothing.
    """

    answers: tuple[_Answer, ...] = ()
    folder: str = ""

    def of_connection(self, address: str, model: str | None) -> tuple[CallProfile, str]:
        """Return what is known of a connection; that of its model, where that was asked."""
        base = address.rstrip("/")
        found = [one for one in self.answers if one.url.startswith(base)]
        asked = [one for one in found if model is not None and one.model == model]
        return _profile(asked or found, base)

    def of_request(self, method: str, url: str) -> tuple[CallProfile, str]:
        """Return what is known of requests to a server by a method."""
        origin = _origin(url)
        if not all(origin):
            return CallProfile(), "none, as its address is not known"
        found = [
            one
            for one in self.answers
            if one.method == method and _origin(one.url) == origin
        ]
        return _profile(found, f"{method} {'://'.join(origin)}")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]


def _profile(known: Sequence[_Answer], what: str) -> tuple[CallProfile, str]:
    """The distribution of answers, and the share of those that are failures."""
    if not known:
        return CallProfile(), f"none, as there is none of {what}"
    good = [one.seconds for one in known if one.status < 400]
    times = tuple(sorted(good or [one.seconds for one in known]))
    statuses = Counter(one.status for one in known if one.status >= 400)
    failures = tuple(
        CallFailure(count / len(known), status)
        for status, count in sorted(statuses.items())
    )
    number = f"{len(known):,} answer{'s' * (len(known) != 1)}"
    return CallProfile(Measured(times), failures), f"{number} of {what}"


def read_recorded(folder: str) -> RecordedCalls:
    """Return the answers in a folder of recordings; raise `ProjectError` without any."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError as error:
        raise disk_error("read", folder, error) from error
    answers: list[_Answer] = []
    for name in names:
        answers += _answers(os.path.join(folder, name))
    if not answers:
        raise ProjectError(
            f"`{folder}` has no recording; make some by running with N3GEN_RECORD={folder}"
        )
    return RecordedCalls(tuple(answers), folder)


_LARGEST: Final = 256 * 1024 * 1024
"""Bytes of one recording."""


def _answers(path: str) -> list[_Answer]:
    try:
        data = read_regular(path, path, _LARGEST) or b""
        text = data.decode(errors="surrogateescape")
        recording: Mapping[str, Any] = json.loads(text)
        body = recording.get("json")
        model = body.get("model") if isinstance(body, dict) else None
        return [
            _Answer(
                recording["method"],
                recording["url"],
                model,
                answer["elapsed_ms"] / 1000,
                answer["status"],
            )
            for answer in recording["answers"]
        ]
    except OSError as error:
        raise disk_error("read", path, error) from error
    except KeyError as error:
        if error.args == ("elapsed_ms",):
            raise ProjectError(
                f"`{path}` does not say how long answers took, as it was recorded by an "
                "earlier version; record it again"
            ) from error
        raise ProjectError(f"`{path}` is not a recording that can be read") from error
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ProjectError(f"`{path}` is not a recording that can be read") from error
