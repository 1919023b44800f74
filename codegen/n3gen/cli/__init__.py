"""The command line: one file per command, loaded when it is asked for."""

from n3gen.cli.app import main

__all__ = ["main"]
