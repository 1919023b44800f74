"""Documents with exact spans from YAML text, independent of the front ends."""

from __future__ import annotations

from typing import Any

import yaml
from n3gen.check.expressions import check_expressions
from n3gen.check.finders import all_finders
from n3gen.check.graph import check_graph
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.source import Loc, SourceFile, Span
from n3gen.spec.load import load_spec
from n3gen.spec.model import Spec
from n3gen.syntax.document import Document, TextMap

__all__ = ["codes", "document", "found", "loaded", "marked"]


def document(text: str, path: str = "specs/a.yaml") -> Document:
    """The document of a YAML text in the canonical shape."""
    source = SourceFile.of(path, text)
    made = Document(source, {}, {}, {}, {})
    made.data.update(_read(yaml.compose(text, yaml.SafeLoader), (), made))
    return made


def _read(node: Any, loc: Loc, made: Document) -> Any:
    values: Any = made.values
    keys: Any = made.keys
    texts: Any = made.texts
    values[loc] = Span(node.start_mark.index, node.end_mark.index)
    if isinstance(node, yaml.MappingNode):
        items = {}
        for key_node, value_node in node.value:
            key = yaml.SafeLoader("").construct_object(key_node)
            start, end = key_node.start_mark.index, key_node.end_mark.index
            keys[(*loc, key)] = Span(start, end)
            items[key] = _read(value_node, (*loc, key), made)
        return items
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, (*loc, at), made) for at, item in enumerate(node.value)]
    value = yaml.SafeLoader("").construct_object(node)
    if isinstance(value, str):
        quote = node.style in ("'", '"')
        texts[loc] = TextMap(((0, node.start_mark.index + quote),))
    return value


def loaded(text: str, **used: str) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec of a text; `used` are texts by file names without their ending."""
    others = {
        f"specs/{k}.yaml": document(v, f"specs/{k}.yaml") for k, v in used.items()
    }
    return load_spec(document(text), others)


OF_CHAINS = (check_expressions, check_graph)
"""What has tests of its own, in `graph_specs`."""


def found(text: str, **used: str) -> list[Diagnostic]:
    """All that loading and checking say of a text, order and expressions aside."""
    main = document(text)
    others = {
        f"specs/{k}.yaml": document(v, f"specs/{k}.yaml") for k, v in used.items()
    }
    spec, faults = load_spec(main, others)
    if spec is not None:
        known = Semantics(spec, {main.source.path: main, **others})
        finders = [one for one in all_finders() if one not in OF_CHAINS]
        faults = [*faults, *(fault for one in finders for fault in one(known))]
    return faults


def codes(text: str, **used: str) -> list[str]:
    """The codes of all that is wrong, sorted."""
    return sorted(fault.rule.code for fault in found(text, **used))


def marked(fault: Diagnostic, label: int = 0) -> str:
    """The source text under a label of a diagnostic."""
    at = fault.labels[label]
    return at.file.text[at.span.start : at.span.end]
