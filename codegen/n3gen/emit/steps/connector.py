"""A `connector` step: a connector of the spec, or a callable that the run is given."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Ask, CallConnector
from n3gen.spec.model import Step

__all__ = ["connector"]


@STEP_FORMS.of("connector")
def connector(step: Step, asking: Asking) -> Ask | CallConnector:
    if asking.target is None:
        return asking.given(step.target or "")
    summary = f"Connector `{step.target}`."
    return asking.model(asking.called(asking.target), asking.target.connector, summary)
