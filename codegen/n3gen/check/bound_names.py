"""Names that an entry binds for its bodies, read elsewhere."""

from __future__ import annotations

from n3gen.check.pipelines import way_to_argument
from n3gen.check.rules.reference_rules import UnknownReference
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.walk import Places
from n3gen.spec.model import Entry, Stage
from n3gen.spec.values import shown

__all__ = ["bound_elsewhere"]


def bound_elsewhere(
    name: str, label: Label, owner: Entry, places: Places
) -> Diagnostic:
    """What is wrong with reading, at `label`, a name that `owner` binds for its own bodies."""
    if isinstance(owner, Stage):
        (found,) = (one for one in owner.parameters if one.name == name)
        return UnknownReference.parameter(
            (shown(name), shown(owner.step.name)),
            label,
            places.key(found.place, "the parameter"),
            way_to_argument(owner, found),
        )
    key = owner.binds[name]
    place = places.value(owner.place / key, f"this `{key}`")
    rule = UnknownReference.error if owner.is_ending else UnknownReference.variable
    return rule(name, label, place)
