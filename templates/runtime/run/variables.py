"""Takes the names of environment variables; says which of them a run lacks."""

from __future__ import annotations

from ..http.secrets import missing_variables
from .inputs import InputError
from .run import Run

__all__ = ["require_variables"]


def require_variables(run: Run, *names: str) -> None:
    """Raises `InputError` that names all variables which are not set."""
    missing = missing_variables(names)
    if missing:
        raise InputError(
            f"Chain '{run.chain}' needs environment variables that are not set:"
            f" {', '.join(missing)}"
        )
