"""Takes the bytes of a streamed answer, cut anywhere; hands on its events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = ["EventDecoder", "ServerEvent"]

LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")
"""What ends a line; a carriage return at the end of a piece may be half of one."""


class ServerEvent(NamedTuple):
    """One event of a stream; `name` is blank where it has none."""

    name: str
    data: str


class EventDecoder:
    """Reads server-sent events, or JSON by the line.

    Lines end at CR and LF alone: what `str.splitlines` takes for the end of a line
    may stand inside of JSON.
    """

    def __init__(self, stream_format: Literal["sse", "ndjson"]) -> None:
        self.is_sse = stream_format == "sse"
        self.rest = b""
        self.name = ""
        self.data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """The events that are whole now that `piece` has come."""
        *lines, self.rest = LINE_END.split(self.rest + piece)
        for line in lines:
            yield from self.read_line(line.decode(errors="replace"))

    def end(self) -> Iterator[ServerEvent]:
        """The event that the stream ended with, without a line of its own after it."""
        rest, self.rest = self.rest.rstrip(b"\r"), b""
        if rest:
            yield from self.read_line(rest.decode(errors="replace"))
        if self.is_sse:
            yield from self.read_line("")

    def read_line(self, line: str) -> Iterator[ServerEvent]:
        """The event that a line ends, if it ends one."""
        if not self.is_sse:
            if line.strip():
                yield ServerEvent("", line)
        elif not line:
            if self.data:
                yield ServerEvent(self.name, "\n".join(self.data))
            self.name, self.data = "", []
        else:
            field, _, value = line.removeprefix("\ufeff").partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                self.data.append(value)
            elif field == "event":
                self.name = value
