"""How often a step is tried, what is done where it fails, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.module_scope import ModuleScope
from n3gen.semantics.asked import called_connector
from n3gen.semantics.reads import references_of
from n3gen.spec.model import (
    Cache,
    ChainStep,
    Connector,
    Fallback,
    ModelStep,
    Retry,
    Step,
)

__all__ = ["Tries", "asked_of", "passes_payload", "tries_of"]


@dataclass(frozen=True, slots=True)
class Tries:
    """How a step is tried, as it, its connector or its connection says: the first to say so."""

    retry: Retry | None = None
    fallbacks: tuple[Fallback, ...] = ()
    cache: Cache | None = None

    def __bool__(self) -> bool:
        """Whether there is more to do than to try once."""
        return self.calls_again or self.cache is not None

    @property
    def calls_again(self) -> bool:
        """Whether another call may follow one that has failed."""
        is_retried = self.retry is not None and self.retry.max > 0
        return is_retried or bool(self.fallbacks)


def tries_of(module: ModuleScope, asked: Step | Connector) -> Tries:
    """The tries of a step, or of a connector that is a fallback."""
    known: list[Step | Connector] = [asked]
    if isinstance(asked, Step):
        target = called_connector(asked, module.connectors)
        known += [target] if target is not None else []
    retry = next((item.retry for item in known if item.retry is not None), None)
    last = known[-1]
    if retry is None and (isinstance(last, Connector | ModelStep)):
        retry = next(
            connection.retry
            for connection in module.spec.connections
            if last.connection in (None, connection.name)
        )
    return Tries(
        retry,
        next((item.fallback for item in known if item.fallback), ()),
        next((item.cache for item in known if item.cache is not None), None),
    )


def asked_of(module: ModuleScope, step: Step) -> list[ModelStep | Connector]:
    """All in a step that may ask a connection: itself, its connector, its fallbacks."""
    names = [fallback.connector for fallback in tries_of(module, step).fallbacks]
    names += [] if step.called is None else [step.called]
    asked: list[ModelStep | Connector] = [step] if isinstance(step, ModelStep) else []
    return asked + [
        module.connectors[name] for name in names if name in module.connectors
    ]


def passes_payload(module: ModuleScope, step: Step) -> bool:
    """Whether a step passes the payload to what it calls, though no text of it reads it."""
    if isinstance(step, ChainStep) and step.payload is None:
        return True
    connectors = [asked for asked in asked_of(module, step) if asked is not step]
    return any(references_of(asked) & {"payload", "input"} for asked in connectors)
