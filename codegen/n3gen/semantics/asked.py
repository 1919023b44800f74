"""Which model calls a step makes, and who says how often they are tried."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.spec.model import Connector, ModelStep, Step

__all__ = ["asked_by", "called_connector", "model_call"]


def called_connector(
    step: Step, connectors: Mapping[str, Connector]
) -> Connector | None:
    """Return the connector of the spec that a step calls; `None` for any other step."""
    return connectors.get(step.called or "")


def model_call(
    step: Step, connectors: Mapping[str, Connector]
) -> Connector | ModelStep | None:
    """Return the model call that a step makes: its connector's, or its own."""
    return step if isinstance(step, ModelStep) else called_connector(step, connectors)


def asked_by(
    step: Step, connectors: Mapping[str, Connector]
) -> list[Connector | ModelStep]:
    """Return the model calls that a step may make: its own, then those of its fallbacks."""
    call = model_call(step, connectors)
    own = step.fallback or (call.fallback if call is not None else ())
    names = [fallback.connector for fallback in own]
    first = [call] if call is not None else []
    return first + [connectors[name] for name in names if name in connectors]
