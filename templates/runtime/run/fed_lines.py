"""The lines that feed the channels of a run: which file, or standard input, for which."""

from __future__ import annotations

import difflib
import os
import sys
import threading
from collections.abc import Mapping, Sequence

from .feeding import Lines, LongLine
from .text_files import open_text

__all__ = ["SEND_HELP", "SEND_SOURCE", "fed_lines", "say_what_is_read"]

SEND_SOURCE = "CHANNEL=@FILE|-"
"""How `--send` is written."""

SEND_HELP = (
    "Feed a channel with the lines of a file or of standard input, each JSON or a text. "
    "The only channel that its caller feeds gets standard input by default."
)

LONGEST_SENT = 16 * 1024 * 1024
"""Characters of a line that are read at most."""

KEPT = "surrogateescape"
"""What becomes of bytes that are no text, as in standard input."""


def fed_lines(
    chain: str, channels: Mapping[str, bool], sent: Sequence[str], *, stdin: str | None
) -> Lines:
    """Return what feeds the channels of a chain: `sent` says it as `CHANNEL=@FILE` or `-`.

    `channels` says of each whether its caller alone feeds it. What nothing names then gets
    standard input where that is one channel, and `stdin`, the use that standard input has
    already, is none. Raises `ValueError` where that cannot be.
    """
    sources: dict[str, str] = {}
    for text in sent:
        name, source = source_in(text, chain, [*channels])
        if sources.setdefault(name, source) != source:
            raise ValueError(
                f"--send {text}: `{name}` is fed by {sources[name]} already"
            )
    left = [name for name, is_fed in channels.items() if is_fed and name not in sources]
    if len(left) == 1 and "-" not in sources.values():
        sources[left[0]] = "-"
    elif left:
        ways = " ".join(f"--send {name}=@FILE" for name in left)
        raise ValueError(f"`{chain}` needs items from its caller: give {ways}")
    named = [name for name, source in sources.items() if source == "-"]
    if len(named) > 1:
        raise ValueError("one channel alone can be fed with standard input")
    if named and stdin is not None:
        way_out = f"--send {named[0]}=@FILE"
        raise ValueError(f"standard input has {stdin}: give the items by {way_out}")
    return {name: reader(source) for name, source in sources.items()}


def source_in(text: str, chain: str, channels: Sequence[str]) -> tuple[str, str]:
    """Return the channel and the source in an option."""
    name, equals, source = text.partition("=")
    if not equals or not (source == "-" or source[:1] == "@"):
        ways = "CHANNEL=@FILE, or CHANNEL=-"
        if os.path.isfile(source):
            ways = f"{name}=@{source}"
        raise ValueError(f"--send {text}: write {ways}")
    if name not in channels:
        near = difflib.get_close_matches(name, channels, n=1)
        known = ", ".join(f"`{one}`" for one in channels)
        way_out = f"it has: {known}" if known else "it takes no items from outside"
        if near:
            way_out = f"did you mean `{near[0]}`?"
        raise ValueError(f"`{chain}` has no channel `{name}`; {way_out}")
    return name, source


def checked_line(line: str) -> str:
    """Return a line; raise `UnicodeError` or `LongLine` for one that cannot be an item."""
    if len(line) > LONGEST_SENT:
        raise LongLine
    line.encode()
    return line


class InputLines:
    """The lines of standard input, one for each call, and an empty text at their end.

    Raises what `checked_line` does.
    """

    def __call__(self) -> str:
        return checked_line(sys.stdin.readline(LONGEST_SENT + 1))

    def close(self) -> None:
        """Leave standard input open for others."""


class FileLines(InputLines):
    """The lines of a file, which is closed at their end or once nobody wants more."""

    def __init__(self, path: str) -> None:
        # Of a line that is no text it is said later which one it is.
        self.file = open_text(path, KEPT)
        self.is_wanted = True
        self.reading = threading.Lock()

    def __call__(self) -> str:
        with self.reading:
            line = self.file.readline(LONGEST_SENT + 1) if self.is_wanted else ""
        if not line or not self.is_wanted:
            self.close()
        return checked_line(line)

    def close(self) -> None:
        """Close the file, if need be when the line has come that a thread waits for."""
        self.is_wanted = False
        if self.reading.acquire(blocking=False):
            self.file.close()
            self.reading.release()


def reader(source: str) -> InputLines:
    """Return what reads the lines of a source."""
    if source == "-":
        return InputLines()
    try:
        return FileLines(source[1:])
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(f"cannot read `{source[1:]}`: {reason}") from None


def say_what_is_read(lines: Lines) -> None:
    """Tell somebody at a terminal that a channel takes what they type."""
    typed = [name for name, read in lines.items() if not isinstance(read, FileLines)]
    if typed and sys.stdin.isatty():
        notice = f"reading items of channel `{typed[0]}`, one a line, until Ctrl-D"
        print(notice, file=sys.stderr)
