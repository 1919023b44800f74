"""The types of the results of chains, none included where steps may be skipped."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.semantics.depth import Depth
from n3gen.semantics.field_types import with_none
from n3gen.semantics.flow_types import Flow
from n3gen.semantics.skipped import (
    ChainEnds,
    has_no_round,
    maybe_absent,
    maybe_replaced,
    maybe_skipped,
)
from n3gen.spec.model import Chain, Entry, Spec, TypeRef, While

__all__ = ["result_types"]


def result_types(spec: Spec) -> dict[str, TypeRef | None]:
    """The type of what each chain comes to; `None` where it is open."""
    flows: dict[str, Flow] = {}
    ends = ChainEnds(spec.chains)
    depth = Depth()
    for chain in spec.chains:
        flows[chain.name] = _ResultFlow(chain, spec, flows, depth, ends)
    return {name: flow.result for name, flow in flows.items()}


class _ResultFlow(Flow):
    """What the entries of a chain give, or none where they do not run."""

    def __init__(
        self,
        chain: Chain,
        spec: Spec,
        flows: Mapping[str, Flow],
        depth: Depth,
        ends: ChainEnds,
    ) -> None:
        super().__init__(chain, spec, flows, depth)
        self._none = {*maybe_skipped(chain, ends), *maybe_absent(chain)}
        self._none |= maybe_replaced(chain)

    def of_name(self, name: str) -> TypeRef | None:
        """The type of a name, with none where that is what it may read as."""
        found = super().of_name(name)
        return with_none(found) if name in self._none else found

    def given_by(self, entry: Entry) -> TypeRef | None:
        """The type of what an entry gives, with none where it may be skipped."""
        found = super().given_by(entry)
        is_none = entry.may_be_skipped
        is_none |= isinstance(entry, While) and has_no_round(entry)
        return with_none(found) if is_none else found
