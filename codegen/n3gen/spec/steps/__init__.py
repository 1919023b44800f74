"""The kinds of steps, a file each."""

from __future__ import annotations

from n3gen.spec.entries import Step
from n3gen.spec.forms import forms_of, load_forms

__all__ = ["KINDS"]

load_forms(__name__, __path__)

_NAMED = {kind.kind: kind for kind in forms_of(Step) if "kind" in vars(kind)}

KINDS = dict(sorted(_NAMED.items()))
"""The classes of steps by what a spec calls them."""
