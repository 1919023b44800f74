"""The environment variables that a run needs."""

from __future__ import annotations

from ..http.secrets import missing_variables
from .inputs import InputError
from .run import Run

__all__ = ["require_variables"]


def require_variables(run: Run, *names: str) -> None:
    """Raise `InputError` that names all variables which are not set."""
    missing = missing_variables(names)
    if missing:
        raise InputError(
            f"Chain '{run.chain}' needs environment variables that are not set:"
            f" {', '.join(missing)}"
        )
