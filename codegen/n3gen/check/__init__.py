"""What is wrong with a spec as a whole, beyond the shape of its parts."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics

__all__ = ["check"]


def check(known: Semantics) -> list[Diagnostic]:
    """Return all problems of names, order, expressions, types, limits and model calls."""
    from n3gen.check.finders import all_finders

    return [problem for found in all_finders() for problem in found(known)]
