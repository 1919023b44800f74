"""Takes a chain; hands on what is wrong with its order: what waits for, reads and uses what."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.check.blocks import Tree
from n3gen.check.dependencies import check_dependencies
from n3gen.check.references import check_references
from n3gen.check.unused import check_unused
from n3gen.check.walk import Places
from n3gen.diagnostics import Diagnostic, Severity
from n3gen.spec.model import Chain, Spec
from n3gen.syntax.document import Document

__all__ = ["check_graph"]


def check_graph(
    chain: Chain, spec: Spec, documents: Mapping[str, Document]
) -> list[Diagnostic]:
    """What is wrong with the `depends_on`, the references and the parallel steps of a chain.

    A name that is nowhere is told once. Warnings and notes are not given for a
    chain of a file that is only used, as that file has them, nor where there are
    errors: what seems idle or unused may then only be misspelt. Of a chain that has
    lost parts in loading only the names are checked, not the order.
    """
    is_whole = chain.name not in spec.rejected
    places = Places(documents)
    tree = Tree.of(chain, is_whole=is_whole)
    told: set[str] = set()
    found = [
        *check_dependencies(tree, places, told),
        *check_references(chain, tree, places, told),
    ]
    has_errors = any(problem.severity is Severity.ERROR for problem in found)
    if is_whole and not has_errors and not chain.used:
        found += check_unused(chain, spec, tree, places)
    return found
