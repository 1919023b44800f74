"""Streams of JSON by the line."""

from __future__ import annotations

import json

from .streams import LINE_END, EventDecoder, ServerEvent

__all__ = ["LineDecoder"]

LONGEST_LINE = 64 * 1024
"""Bytes of a first line that are looked at for whether an answer is a stream."""


class LineDecoder(EventDecoder):
    """Reads JSON by the line, each an event without a name."""

    def is_stream(self, start: bytes, *, is_labelled: bool) -> bool | None:
        """Say whether the first line is JSON, `None` where more of it has to come."""
        text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
        first, *others = LINE_END.split(text, 1)
        if not others:
            return None if len(first) < LONGEST_LINE else True
        try:
            json.loads(first)
        except (ValueError, RecursionError):
            return False
        return True

    def read_line(self, line: str) -> list[ServerEvent]:
        """Return the event that a line is, unless it is blank."""
        return [ServerEvent("", line)] if line.strip() else []
