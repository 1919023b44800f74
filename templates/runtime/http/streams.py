"""Events of streamed answers, from bytes that are cut anywhere."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["EventDecoder", "ServerEvent"]

LINE_END = re.compile(rb"\r\n|\n|\r")

EVENT_START = re.compile(rb"(data|event|id|retry|error)?[:\r\n]")
"""The first field of server-sent events, or a comment."""


class ServerEvent(NamedTuple):
    """One event of a stream; `name` is blank where it has none."""

    name: str
    data: str


class EventDecoder:
    """Reads server-sent events in linear time.

    Lines end at CR and LF alone: what `str.splitlines` takes for the end of a line
    may stand inside of JSON.
    """

    def __init__(self) -> None:
        self.has_begun = False
        # The line that has not ended yet, and a carriage return that may be half an end.
        self.line: list[bytes] = []
        self.half_end = b""
        self.name = ""
        self.data: list[str] = []

    def is_stream(self, start: bytes, *, is_labelled: bool) -> bool | None:
        """Say whether an answer that begins so is a stream, `None` where more has to come.

        JSON, a page and events are known by their first line, whatever the header calls
        them; anything else is a stream if it `is_labelled` one.
        """
        text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text.startswith((b"{", b"[", b'"', b"<")):
            return False
        first, *others = LINE_END.split(text, 1)
        if not text or not (others or len(first) > len("retry")):
            return None
        return is_labelled or bool(EVENT_START.match(text))

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Return the events that are whole now that `piece` has come."""
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
        """Return the event that the stream ended with, without a blank line after it."""
        return [*self.end_line(), *self.read_line("")]

    def end_line(self) -> list[ServerEvent]:
        """Return the event that the end of a line ends, if it ends one."""
        line = b"".join(self.line).decode(errors="replace")
        self.line.clear()
        if not self.has_begun:
            self.has_begun = True
            line = line.removeprefix("\ufeff")
        return self.read_line(line)

    def read_line(self, line: str) -> list[ServerEvent]:
        """Return the event that a line ends, if it ends one."""
        if line:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line.startswith("{"):
                # No field, but how some servers say of a failure in a stream.
                field, value = "data", line
            if field == "data":
                self.data.append(value)
            elif field == "event":
                self.name = value
            elif field == "error":
                # A field of llama.cpp's own, which stands for an event of this name.
                self.name = field
                self.data.append(value)
            return []
        event = ServerEvent(self.name, "\n".join(self.data))
        has_data = bool(self.data)
        self.name, self.data = "", []
        return [event] if has_data else []
