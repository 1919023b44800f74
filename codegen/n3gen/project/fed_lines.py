"""The lines that feed the channels of a run, from files and from standard input."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from n3gen.project.errors import ProjectError
from n3gen.semantics.channels import channel_uses
from n3gen.semantics.tree import Tree
from n3gen.spec.model import Chain

__all__ = ["SEND_HELP", "SEND_SOURCE", "Lines", "lines_of"]

_SUPPORT = importlib.import_module("n3gen.templates.runtime.run.fed_lines")
"""What modules that are run as programs do, too."""

Lines = Mapping[str, Any]
"""What reads the lines for channels, by their names."""

SEND_SOURCE: str = _SUPPORT.SEND_SOURCE
SEND_HELP: str = _SUPPORT.SEND_HELP


def lines_of(
    chain: Chain, sent: Sequence[str], payload: str | None, *, asks: bool
) -> Lines:
    """Return what feeds the channels of a chain: `sent` says it as `CHANNEL=@FILE` or `-`.

    What the caller alone feeds, and nothing names, gets standard input where that is
    one channel; at a terminal a line says so. Raises `ProjectError` where that cannot
    be, or standard input has another use.
    """
    uses = channel_uses(Tree.of(chain, is_whole=False))
    channels = {name: not use.senders for name, use in uses.items()}
    stdin = "the payload" if payload == "-" else None
    if asks:
        stdin = "the answers of people"
    try:
        lines: Lines = _SUPPORT.fed_lines(chain.name, channels, sent, stdin=stdin)
    except ValueError as error:
        raise ProjectError(str(error)) from error
    _SUPPORT.say_what_is_read(lines)
    return lines
