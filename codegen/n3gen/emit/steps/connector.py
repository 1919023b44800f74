"""A `connector` step: a connector of the spec, or a callable that the run is given."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Ask, CallConnector, CallFunction
from n3gen.spec.model import ConnectorStep

__all__ = ["connector"]


@STEP_FORMS.of(ConnectorStep)
def connector(
    step: ConnectorStep, asking: Asking
) -> Ask | CallConnector | CallFunction:
    if asking.target is None:
        return asking.given(step, asking.permit(is_model_call=True))
    summary = f"Connector `{step.target}`."
    return asking.model(asking.called(asking.target), asking.target.connector, summary)
