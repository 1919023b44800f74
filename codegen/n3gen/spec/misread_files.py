"""Files that are no specs in YAML as a whole, and what is said of each, once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from n3gen.diagnostics import Diagnostic
from n3gen.diagnostics.suggest import nearest
from n3gen.spec.rules import UnknownKey
from n3gen.spec.sections import PLURALS, SECTIONS
from n3gen.spec.values import shown
from n3gen.syntax.document import Document

__all__ = ["misread"]

_FLOWS: Final = {
    ("nodes", "outputs"): "promptflow DIR",
    ("app", "workflow"): "dify FILE",
    ("app", "model_config"): "dify FILE",
}
"""The keys by which files of other tools are known, and what imports them."""

_NAMED: Final = re.compile(r"(\w+)[ \t]+(\w+)")
_FOREIGN: Final = (
    "a spec begins with `chain: NAME` or `chains:`; leave other files out of the "
    "`specs` of the configuration"
)


def misread(file: Document) -> Diagnostic | None:
    """What is wrong with a file as a whole, where nothing more is to be said of its keys."""
    data = file.data
    is_ai = file.source.path.endswith(".ai")
    if not is_ai and (slip := _first_line(file)):
        return slip
    if _is_foreign(data):
        keys, label = [*map(shown, data)], file.key_label((next(iter(data)),))
        flow = next((flow for keys, flow in _FLOWS.items() if {*keys} <= {*data}), None)
        way_out = f"`n3gen import {flow}` makes a spec of it" if flow else _FOREIGN
        return UnknownKey.file(keys, label, way_out)
    if {"pipeline", "stages"} <= {*data}:
        way_out = "write `pipelines: {some_name: {stages: [...]}}`"
        return UnknownKey.hinted(
            "pipeline", "a spec file", file.key_label(("pipeline",)), way_out
        )
    return None


def _first_line(file: Document) -> Diagnostic | None:
    """The first line of a block as `.ai` writes it."""
    for key in file.data:
        found = _NAMED.match(shown(key))
        if found is not None and found[1] in PLURALS:
            label = file.key_label((key,))
            way_out = f"write `{PLURALS[found[1]]}: {{{found[2]}: ...}}`"
            if not file.source.path.endswith(".json"):
                way_out = f"give the file the ending `.ai`, or {way_out}"
            return UnknownKey.hinted(shown(key), "a spec file", label, way_out)
    return None


def _is_foreign(data: Mapping[Any, Any]) -> bool:
    """Whether a file has several keys, none of which is, or is meant for, a section."""
    return len(data) > 1 and not any(
        key in SECTIONS or key == "use" or nearest(shown(key), (*SECTIONS, "use"))
        for key in data
    )
