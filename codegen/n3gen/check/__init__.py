"""What is wrong with a spec as a whole, beyond the shape of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics

if TYPE_CHECKING:
    from n3gen.check.kept import KeptProblems

__all__ = ["check"]


def check(known: Semantics, kept: KeptProblems | None = None) -> list[Diagnostic]:
    """Return all problems of names, order, expressions, types, limits and model calls.

    Where those of an earlier text are `kept`, only what has changed is looked at.
    """
    from n3gen.check.finders import all_finders

    if kept is not None:
        return kept.problems(known)
    return [problem for found in all_finders() for problem in found(known)]
