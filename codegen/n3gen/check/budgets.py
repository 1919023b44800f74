"""Budgets of cost that could not be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.check.finders import finder
from n3gen.check.rules.limit_rules import NoPrice
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.prices import Price
from n3gen.semantics.asked import asked_by
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, every_entry, with_called
from n3gen.spec.environment import looks_like_env
from n3gen.spec.model import Chain, Connector, ModelStep, Spec, Step
from n3gen.spec.values import shown

__all__ = ["check_budgets"]


@finder
def check_budgets(known: Semantics) -> Iterator[Diagnostic]:
    """Find models without a price that a chain with a budget of cost may ask.

    A model that the environment names is not known before the run, and what asks no
    server costs nothing.
    """
    spec, places, prices = known.spec, known.places, known.prices
    for chain in spec.chains:
        if chain.budget is not None and chain.budget.cost is not None:
            yield from _unpriced(chain, spec, places, prices)


def _unpriced(
    chain: Chain, spec: Spec, places: Places, prices: Mapping[str, Price]
) -> Iterator[Diagnostic]:
    connections = {connection.name: connection for connection in spec.connections}
    reported: set[str | None] = set()
    label = places.value(chain.place / "budget" / "cost")
    for call in _calls(chain, spec):
        connection = connections.get(call.connection or "")
        if connection is None or not connection.asks_server:
            continue
        model = call.model or connection.model
        if model in reported or (model and (_varies(model) or model in prices)):
            continue
        reported.add(model)
        if model:
            owner = call if call.model else connection
            at = places.value(owner.place / "model", "the model")
            yield NoPrice.of(shown(model), label, at, nearest(model, prices))
        elif not connection.needs_model:
            what = f"`{shown(call.name)}`"
            yield NoPrice.unnamed(what, label, places.name(call.place))


def _varies(model: str) -> bool:
    """Whether a model is known only when a run asks it."""
    return looks_like_env(model) or "{{" in model


def _calls(chain: Chain, spec: Spec) -> Iterator[Connector | ModelStep]:
    """The model calls that a run of a chain may make, in the chains that it runs too."""
    chains = {found.name: found for found in spec.chains}
    connectors = {connector.name: connector for connector in spec.connectors}
    for found in with_called([chain], chains):
        for entry in every_entry(found.steps):
            if isinstance(entry, Step):
                yield from asked_by(entry, connectors)
