"""The kinds of steps, a file each."""

from __future__ import annotations

from n3gen.spec.entries import Step, load_forms

__all__ = ["KINDS"]

load_forms(__name__, __path__)

KINDS = {kind.kind: kind for kind in Step.__subclasses__()}
"""The classes of steps by what a spec calls them."""
