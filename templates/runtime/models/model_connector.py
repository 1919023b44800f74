"""Connectors of the spec that ask a model, for which a run may be given a callable."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..limits.permit import Permit
from ..recovery.failures import ModelError
from ..run.callables import call_connector
from ..run.process import Limiter
from ..run.run import Step
from .models import OutputType

__all__ = ["ModelConnector"]


@dataclass(frozen=True)
class ModelConnector:
    """A connector that asks a model, unless its run is given a callable of its name."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def is_replaced(self, step: Step) -> bool:
        """Say whether the run of a step is given a callable for it."""
        return self.name in step.run.given

    def call(self, step: Step) -> Awaitable[Any]:
        """Call what takes its place."""
        return call_connector(step, self.name, dict(self.options))

    async def answer(
        self,
        step: Step,
        limiter: Limiter | None,
        timeout: float | None,
        output: OutputType | None,
    ) -> Any:
        """Call what takes its place, for a text or a value of the type `output`."""
        async with Permit(step, limiter, timeout):
            value = await self.call(step)
        if output is not None:
            return output.accept(value)
        if not isinstance(value, str):
            what = f"connector '{self.name}' must return a text"
            raise ModelError(f"{what}, not {type(value).__name__}")
        return value
