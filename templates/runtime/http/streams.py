"""Takes the bytes of a streamed answer, cut anywhere; hands on its events."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["EventDecoder", "ServerEvent"]

LINE_END = re.compile(rb"\r\n|\n|\r")


class ServerEvent(NamedTuple):
    """One event of a stream; `name` is blank where it has none."""

    name: str
    data: str


class EventDecoder:
    """Reads server-sent events, or JSON by the line, in linear time.

    Lines end at CR and LF alone: what `str.splitlines` takes for the end of a line
    may stand inside of JSON.
    """

    def __init__(self, stream_format: Literal["sse", "ndjson"]) -> None:
        self.is_sse = stream_format == "sse"
        self.has_begun = False
        # The line that has not ended yet, and a carriage return that may be half an end.
        self.line: list[bytes] = []
        self.half_end = b""
        self.name = ""
        self.data: list[str] = []

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """The events that are whole now that `piece` has come."""
        piece = self.half_end + piece
        self.half_end = b"\r" if piece.endswith(b"\r") else b""
        first, *others = LINE_END.split(piece.removesuffix(b"\r"))
        events: list[ServerEvent] = []
        self.line.append(first)
        for start in others:
            events += self.end_line()
            self.line.append(start)
        return events

    def end(self) -> list[ServerEvent]:
        """The event that the stream ended with, without a blank line after it."""
        events = self.end_line()
        return [*events, *self.read_line("")] if self.is_sse else events

    def end_line(self) -> list[ServerEvent]:
        """The event that the end of a line ends, if it ends one."""
        line = b"".join(self.line).decode(errors="replace")
        self.line.clear()
        if not self.has_begun:
            self.has_begun = True
            line = line.removeprefix("\ufeff")
        return self.read_line(line)

    def read_line(self, line: str) -> list[ServerEvent]:
        """The event that a line ends, if it ends one."""
        if not self.is_sse:
            return [ServerEvent("", line)] if line.strip() else []
        if line:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                self.data.append(value)
            elif field == "event":
                self.name = value
            return []
        event = ServerEvent(self.name, "\n".join(self.data))
        has_data = bool(self.data)
        self.name, self.data = "", []
        return [event] if has_data else []
