"""All that is known of one spec, worked out once and read by every later room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from n3gen.expressions import Shape
from n3gen.prices import Price
from n3gen.semantics.by_chain import ByChain
from n3gen.semantics.chain_texts import ChainTexts
from n3gen.semantics.flow_types import flow_types
from n3gen.semantics.functions import PythonSources
from n3gen.semantics.open_types import with_open_types
from n3gen.semantics.python_calls import PythonCalls
from n3gen.semantics.shapes import shapes_of
from n3gen.semantics.skipped import ChainEnds
from n3gen.semantics.tree import Tree
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places
from n3gen.spec.model import Chain, Connection, Connector, Spec
from n3gen.syntax.document import Document

__all__ = ["Semantics"]


@dataclass(frozen=True)
class Semantics:
    """A spec with what follows from it.

    `documents` are those that the spec was read from, by their shown paths; `prices`
    are the configuration's, by the model's name; `python` are the project's modules.
    Where it `is_durable`, a run may go on in another process. `chain_timeout` are the
    seconds after which a chain ends that states none. `alone` is the chain that is
    looked at, where it is not all of them.
    """

    spec: Spec
    documents: Mapping[str, Document]
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    python: PythonSources | None = None
    is_durable: bool = False
    chain_timeout: float = 300.0
    alone: Chain | None = None

    def within(self, chain: Chain, python: PythonSources | None) -> Semantics:
        """The same, where one chain is looked at, with what is worked out already."""
        one = replace(self, alone=chain, python=python)
        shared = ("places", "chains", "connectors", "connections", "ends")
        for name in (*shared, "calls", "trees", "shapes", "texts", "types"):
            one.__dict__[name] = getattr(self, name)
        return one

    @property
    def checked(self) -> tuple[Chain, ...]:
        """The chains in which a `chain_finder` looks for problems."""
        return self.spec.chains if self.alone is None else (self.alone,)

    @cached_property
    def places(self) -> Places:
        """The labels of places."""
        return Places(self.documents)

    @cached_property
    def chains(self) -> Mapping[str, Chain]:
        """The chains by name."""
        return {chain.name: chain for chain in self.spec.chains}

    @cached_property
    def connectors(self) -> Mapping[str, Connector]:
        """The connectors by name."""
        return {connector.name: connector for connector in self.spec.connectors}

    @cached_property
    def connections(self) -> Mapping[str, Connection]:
        """The connections by name."""
        return {connection.name: connection for connection in self.spec.connections}

    @cached_property
    def trees(self) -> ByChain[Tree]:
        """The blocks of each chain; of one that lost a part in loading without orders."""
        rejected = self.spec.rejected
        return ByChain(
            self.chains, lambda one: Tree.of(one, is_whole=one.name not in rejected)
        )

    @cached_property
    def shapes(self) -> Mapping[str, Mapping[str, Shape]]:
        """By chain, the shapes of the payload and of steps' results where they are known."""
        return ByChain(self.chains, lambda one: shapes_of(one, self.spec))

    @cached_property
    def ends(self) -> ChainEnds:
        """What makes the results of chains none."""
        return ChainEnds(self.spec.chains)

    @cached_property
    def texts(self) -> Mapping[str, ChainTexts]:
        """By chain, its texts that have no fault."""
        return ByChain(
            self.chains,
            lambda one: ChainTexts(one, self.types[one.name], self.places),
        )

    @cached_property
    def types(self) -> Mapping[str, ValueTypes]:
        """By chain, the types of all values that are known, those that follow included."""
        return flow_types(with_open_types(self.spec), self.calls)

    @cached_property
    def calls(self) -> PythonCalls:
        """The Python functions that steps call, and what these give."""
        return PythonCalls(self.spec, self.python)
