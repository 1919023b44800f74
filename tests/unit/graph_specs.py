"""What the checks of order and expressions say of short texts of chains."""

from __future__ import annotations

from n3gen.check.expressions import check_connectors, check_expressions
from n3gen.check.graph import check_graph
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.spec.load import load_spec

from tests.unit.spec_documents import document, marked

__all__ = [
    *["DAG", "LOCAL", "PA", "PB", "A", "B"],
    *["chain", "codes", "found", "only", "places", "step", "value"],
]


def found(text: str) -> list[Diagnostic]:
    """What the checks of this module's rooms say of a YAML text."""
    main = document(text)
    spec, _ = load_spec(main, {})
    assert spec is not None
    known = Semantics(spec, {main.source.path: main})
    return [
        *check_connectors(known),
        *check_expressions(known),
        *check_graph(known),
    ]


def chain(*steps: str, head: str = "", keys: str = "") -> str:
    return f"{head}chains: {{c: {{{keys}steps: [{', '.join(steps)}]}}}}"


def codes(text: str) -> list[str]:
    return sorted(fault.rule.code for fault in found(text))


def only(text: str) -> Diagnostic:
    faults = found(text)
    assert len(faults) == 1, [fault.message for fault in faults]
    return faults[0]


def places(fault: Diagnostic) -> list[str]:
    """The texts under the carets, with the words below them."""
    return [
        f"{marked(fault, index)}: {label.text}" if label.text else marked(fault, index)
        for index, label in enumerate(fault.labels)
    ]


LOCAL = "connections: {m: {api: local}}\n"
A, B = "{name: a, target: f}", "{name: b, target: f}"
PA, PB = "{name: a, target: f, parallel: true}", "{name: b, target: f, parallel: true}"
DAG = "schedule: dag, "


def step(name: str, keys: str) -> str:
    return f"{{name: {name}, target: f, {keys}}}"


def value(name: str, text: str, keys: str = "") -> str:
    return f"{{name: {name}, target: f, options: {{o: '{text}'}}{keys}}}"
