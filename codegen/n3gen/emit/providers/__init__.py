"""The providers of models, a file each: what modules call to ask one."""

from __future__ import annotations

from typing import Final

from n3gen.emit.provider import Provider
from n3gen.spec.forms import load_forms

__all__ = ["PROVIDERS"]

load_forms(__name__, __path__)

PROVIDERS: Final = {
    provider.protocol: provider for provider in Provider.__subclasses__()
}
"""The providers by the protocols of connections."""
