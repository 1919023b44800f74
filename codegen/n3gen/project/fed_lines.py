"""The lines that feed the channels of a run, from files and from standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from n3gen.diagnostics import nearest
from n3gen.project.errors import ProjectError
from n3gen.semantics.channels import channel_uses
from n3gen.semantics.tree import Tree
from n3gen.spec.model import Chain

__all__ = ["Lines", "lines_of", "read_input"]

Lines = Mapping[str, Callable[[], str]]
"""What reads the next line for a channel, by the channels' names."""


def lines_of(
    chain: Chain, sent: Sequence[str], payload: str | None, *, asks: bool
) -> Lines:
    """Return what feeds the channels of a chain: `sent` says it as `CHANNEL=@FILE` or `-`.

    What the caller alone feeds, and nothing names, gets standard input where that is
    one channel. Raises `ProjectError` where that cannot be, or has another use.
    """
    uses = channel_uses(Tree.of(chain, is_whole=False))
    fed = [name for name, use in uses.items() if not use.senders]
    sources = dict(_source(text, chain, [*uses]) for text in sent)
    left = [name for name in fed if name not in sources]
    if len(left) == 1 and "-" not in sources.values():
        sources[left[0]] = "-"
    elif left:
        ways = " ".join(f"--send {name}=@FILE" for name in left)
        raise ProjectError(f"`{chain.name}` needs items from its caller: give {ways}")
    named = [name for name, source in sources.items() if source == "-"]
    if len(named) > 1:
        raise ProjectError("one channel alone can be fed with standard input")
    other = "the answers of people" if asks else "the payload"
    if named and (asks or payload == "-"):
        way_out = f"--send {named[0]}=@FILE"
        raise ProjectError(f"standard input has {other}: give the items by {way_out}")
    return {name: _reader(source) for name, source in sources.items()}


def read_input() -> str:
    """Read the next line of standard input."""
    return sys.stdin.readline()


def _source(text: str, chain: Chain, channels: list[str]) -> tuple[str, str]:
    """Return the channel and the source in an option."""
    name, equals, source = text.partition("=")
    if not equals or not (source == "-" or source[:1] == "@"):
        raise ProjectError(f"--send {text}: write CHANNEL=@FILE, or CHANNEL=-")
    if name not in channels:
        meant = nearest(name, channels)
        known = f"did you mean `{meant}`?" if meant else f"it has: {_listed(channels)}"
        raise ProjectError(f"`{chain.name}` has no channel `{name}`; {known}")
    return name, source


def _listed(channels: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in channels) or "none"


def _reader(source: str) -> Callable[[], str]:
    """Return what reads the next line of a source, an empty text at its end."""
    if source == "-":
        return read_input
    try:
        file = open(source[1:], encoding="utf-8")  # noqa: SIM115  # read to its end
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProjectError(f"cannot read `{source[1:]}`: {reason}") from None

    def read_line() -> str:
        line = file.readline()
        if not line:
            file.close()
        return line

    return read_line
