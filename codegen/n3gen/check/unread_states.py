"""States of a run that steps change and nothing reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.unread_rules import UnreadState
from n3gen.check.unused import is_value_of_block, reads_all
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.read_entries import read_entries
from n3gen.semantics.reads import parsed, states_read
from n3gen.semantics.tree import Spot, Tree
from n3gen.semantics.walk import every_part
from n3gen.spec.model import Chain, Entry, StateStep, Step
from n3gen.spec.values import shown

__all__ = ["check_unread_states"]


@finder
def check_unread_states(known: Semantics) -> Iterator[Diagnostic]:
    """Find states whose cells end with their run, and that nothing looks into.

    Where an expression does not parse or an order could not be found, nobody knows
    what is read, and nothing is said.
    """
    spec = known.spec
    states = [one for one in spec.states if one.scope == "run"]
    if not states or spec.rejected or spec.lacks_files:
        return
    changed: set[str] = set()
    read: set[str] = set()
    for chain in spec.chains:
        found = _reads(known, chain)
        if found is None:
            return
        changed |= found[0]
        read |= found[1]
    for state in states:
        is_own = state.place.path == spec.path
        if is_own and state.name in changed - read:
            yield UnreadState.of(shown(state.name), known.places.key(state.place))


def _reads(known: Semantics, chain: Chain) -> tuple[set[str], set[str]] | None:
    """The states that a chain changes, and those that it reads, if that is known."""
    tree = known.trees[chain.name]
    parts = [*every_part(chain)]
    if any(block.order is None for block in tree.blocks) or any(
        parsed(text).faults for part in parts for text in part.texts()
    ):
        return None
    if any(isinstance(p, Step) and reads_all(p, known.connectors) for p in parts):
        return None
    read = {name for part in parts for name in states_read(part)}
    # What nothing gives is reported, and may have been meant as the state.
    read |= _unknown_names(parts, tree)
    read |= {p.memory for p in parts if isinstance(p, Step) and p.memory is not None}
    used, changed = read_entries(chain, tree), set[str]()
    for spot in tree.spots():
        if isinstance(spot.entry, StateStep):
            is_read = spot in used or _is_looked_at(chain, spot, spot.entry)
            (read if is_read else changed).add(spot.entry.state_name)
    return changed, read


def _unknown_names(parts: Iterable[Entry | Chain], tree: Tree) -> set[str]:
    texts = (text for part in parts for text in part.texts())
    found = {one.name for text in texts for one in parsed(text).references}
    return found - tree.names.keys()


def _is_looked_at(chain: Chain, spot: Spot, step: StateStep) -> bool:
    """Whether a step does no more than to read, or its value is that of its block."""
    return not step.operations or is_value_of_block(chain, spot)
