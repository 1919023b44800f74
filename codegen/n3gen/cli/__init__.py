"""The command line: one file per command, loaded when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process, and return its exit code."""
    try:
        from n3gen.cli.app import main as app
    except KeyboardInterrupt:  # before there is anything that could end it well
        print("interrupted", file=sys.stderr)
        return 130
    return app(arguments)
