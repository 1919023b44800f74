"""The environment variables that a run needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..http.secrets import missing_variables
from .inputs import InputError
from .run import Run

__all__ = ["require_variables"]


def require_variables(
    run: Run, *names: str, asked_by: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Raise `InputError` that names all variables which are not set.

    Those of `asked_by` are not needed where the run is given a callable for each of
    the connectors that use them.
    """
    needed = [
        name
        for name, connectors in (asked_by or {}).items()
        if not run.given.keys() >= {*connectors}
    ]
    missing = missing_variables([*names, *needed])
    if missing:
        raise InputError(
            f"Chain '{run.chain}' needs environment variables that are not set:"
            f" {', '.join(missing)}"
        )
