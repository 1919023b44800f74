"""Conditions, items and subjects that are texts instead of expressions."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.rules.condition_rules import ConstantText
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Place
from n3gen.spec.values import shown

__all__ = ["check_conditions"]


@finder
def check_conditions(known: Semantics) -> Iterator[Diagnostic]:
    """Find bare expressions that are nothing but a text."""
    for chain in known.spec.chains:
        for entry in every_entry(chain.steps):
            for text in entry.texts():
                tree = parsed(text).tree if text.form == "expression" else None
                if not isinstance(tree, nodes.Const) or not isinstance(tree.value, str):
                    continue
                place = Place(entry.place.path, (*entry.place.loc, *text.keys))
                label = known.places.value(place)
                key = str(text.keys[-1])
                if "{{" in tree.value:
                    yield ConstantText.mixed(key, label)
                else:
                    yield ConstantText.of(key, shown(tree.value), label)
