"""The order of a chain: what waits for, reads and uses what."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.dependencies import check_dependencies
from n3gen.check.finders import chain_finder
from n3gen.check.references import check_references
from n3gen.check.unused import check_unused
from n3gen.diagnostics import Diagnostic, Severity
from n3gen.semantics.known import Semantics

__all__ = ["check_graph"]


@chain_finder
def check_graph(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of `depends_on`, of references and of parallel steps.

    A name that is nowhere is reported once. Warnings and notes are not given for a
    chain of a file that is only used, as that file has them, nor where there are
    errors: what seems idle or unused may then only be misspelt. Of a chain that has
    lost parts in loading only the names are checked, not the order.
    """
    for chain in known.checked:
        tree = known.trees[chain.name]
        reported: set[str] = set()
        found = [
            *check_dependencies(tree, known.places, reported),
            *check_references(chain, tree, known, reported),
        ]
        yield from found
        has_errors = any(problem.severity is Severity.ERROR for problem in found)
        if tree.is_whole and not has_errors and not chain.used:
            yield from check_unused(chain, known.spec, tree, known.places)
