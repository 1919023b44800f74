"""Names that expressions of other languages read, and do not exist here."""

from __future__ import annotations

__all__ = ["FOREIGN_NAMES"]

FOREIGN_NAMES = {
    **dict.fromkeys(("null", "Null", "NULL", "nil", "undefined"), "none"),
    **dict.fromkeys(("TRUE", "yes"), "true"),
    **dict.fromkeys(("FALSE", "no"), "false"),
    **dict.fromkeys(("os", "process", "environ", "ENV", "secrets"), "env.NAME"),
    **dict.fromkeys(("results", "outputs"), "steps"),
    **dict.fromkeys(("inputs", "args", "params", "context", "ctx"), "payload"),
}
"""What other languages call what every expression knows here."""
