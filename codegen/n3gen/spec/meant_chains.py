"""Chains that steps were meant to run."""

from __future__ import annotations

from typing import Any

from n3gen.diagnostics import Label, nearest
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedKey

__all__ = ["reported_chain"]


def reported_chain(
    reader: Reader, key: Any, data: dict[str, Any], what: str, label: Label
) -> bool:
    """Report the `payload` of a step without a kind that was meant to run a chain.

    Returns whether its target is, or nearly is, the name of one of the file.
    """
    target, chains = data.get("target"), reader.document.data.get("chains")
    if key != "payload" or "kind" in data or not isinstance(chains, dict):
        return False
    if not isinstance(target, str):
        return False
    chain = target if target in chains else nearest(target, map(str, chains))
    if chain is not None:
        reader.report(MisplacedKey.of_chain(what, chain, label, target))
    return chain is not None
