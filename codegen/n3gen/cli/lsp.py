"""`n3gen lsp`: what the compiler knows, in an editor."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import click

from n3gen.project.errors import ProjectError

__all__ = ["command"]


@click.command("lsp")
def command() -> int:
    """Serve an editor over standard input and output, by the language server protocol.

    Diagnostics with their fixes, completion, hover, definitions, references,
    renaming, formatting, outline, folding, code lenses and semantic tokens, for .ai
    files and for specs in YAML. Needs `pip install 'n3gen[lsp]'`. How editors are set
    up says docs/editors.md.

    \b
    Examples:
      n3gen lsp
    """
    if find_spec("pygls") is None:
        raise ProjectError(
            "the language server needs pygls; install it with `pip install 'n3gen[lsp]'`"
        )
    from n3gen.lsp.features import made

    # Answers are given while a file is checked in a thread beside them.
    sys.setswitchinterval(0.001)
    made().start_io()
    return 0
