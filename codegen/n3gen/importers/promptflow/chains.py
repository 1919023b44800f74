"""The chains that a flow becomes: one for a line of data, one for all lines."""

from __future__ import annotations

from typing import Any

from n3gen.importers.literals import quoted
from n3gen.importers.model import Became, Draft
from n3gen.importers.naming import free_name
from n3gen.importers.promptflow.flow import Activate, Node
from n3gen.importers.promptflow.inputs import input_fields
from n3gen.importers.promptflow.kinds.kind import Made, step_of
from n3gen.importers.promptflow.references import (
    Reference,
    reference,
    references_in,
)
from n3gen.importers.promptflow.scope import Importing, Scope, skippable
from n3gen.syntax.ai_comments import entry_text

__all__ = ["Aggregation", "line_chain", "named_steps"]


def named_steps(
    importing: Importing, nodes: tuple[Node, ...], taken: tuple[str, ...] = ()
) -> dict[str, str]:
    """The names of the steps of nodes; those that had to be changed are reported."""
    names: dict[str, str] = {}
    for node in nodes:
        name = free_name(node.name, (*names.values(), *taken))
        names[node.name] = name
        if name != node.name:
            label = importing.flow.node_label(node)
            what = f"{importing.named(node)} is step `{name}`"
            importing.changed(what, label)
    return names


def line_chain(scope: Scope, extra: dict[str, Reference]) -> dict[str, Made]:
    """Define the chain for one line; `extra` are results that aggregations read."""
    importing = scope.importing
    flow = importing.flow
    made = _steps(scope, flow.lines)
    result = {
        output.name: scope.value(output.value) for output in flow.outputs.values()
    }
    for key, read in extra.items():
        result[key] = f"{{{{ {scope.safe(read)} }}}}"
    chain: dict[str, Any] = {"schedule": "dag"}
    description = flow.document.data.get("description")
    if isinstance(description, str) and description.strip():
        chain = {"description": description.strip(), **chain}
    fields = input_fields(importing)
    if fields:
        chain["input"] = fields
    chain["result"] = result
    chain["steps"] = [
        entry for one in made.values() for entry in (*one.before, one.step) if entry
    ]
    importing.draft.define("chains", scope.chain, chain)
    return made


def _steps(scope: Scope, nodes: tuple[Node, ...]) -> dict[str, Made]:
    made: dict[str, Made] = {}
    for node in nodes:
        name = scope.steps[node.name]
        if node.name in scope.inlined:
            made[node.name] = Made({}, "the prompt of the call that reads it")
            continue
        one = step_of(scope, node, name)
        _conditions(scope, node, one)
        made[node.name] = one
        _comment(scope, node, one)
    return made


def _conditions(scope: Scope, node: Node, made: Made) -> None:
    """Give a step what skips it, as Prompt Flow would."""
    step, read = made.step, node.read_nodes
    activate = node.activate
    if activate is not None and _never_equal(scope, activate):
        step["when"] = "false"
        label = scope.importing.flow.node_label(node, "activate", "is")
        what = f"`{activate.when.name}`"
        if scope.is_list(activate.when):
            what = f"{what}, here the list of all lines,"
        elif activate.when.is_input:
            what = f"input {what}"
        scope.importing.lost(f"{what} is never equal to this: it never runs", label)
    elif activate is not None:
        found = scope.safe(activate.when)
        if " | " in found:
            found = f"({found})"
        step["when"] = f"{found} == {quoted(activate.value)}"
    elif read and all(name in scope.skipped for name in read):
        if made.before:  # which it reads as well, and which are never skipped
            statuses = (f"steps.{scope.steps[name]}.status" for name in read)
            step["when"] = " or ".join(f"{one} != 'skipped'" for one in statuses)
        else:
            step["on_skip"] = "skip"


def _never_equal(scope: Scope, activate: Activate) -> bool:
    """Whether a type rules the value out, which no comparison may ask."""
    if scope.is_list(activate.when) and not isinstance(activate.value, list):
        return True
    if not activate.when.is_input:
        return False
    kind = scope.importing.flow.inputs[activate.when.name].type
    is_text = isinstance(activate.value, str)
    return kind in ("string", "int", "double", "bool") and is_text != (kind == "string")


def _comment(scope: Scope, node: Node, made: Made) -> None:
    """Put what has to be said of a node above its step, other variants included."""
    lines = list(made.comments)
    if node.data.get("enable_cache"):
        label = scope.importing.flow.node_label(node, "enable_cache")
        what = "nothing is cached: `cache:` on the step says for how long to keep it"
        scope.importing.changed(what, label)
    if node.text("comment"):
        lines = [node.text("comment"), *lines]
    for variant in node.variants:
        lines.append(f"Variant {variant.name}:")
        lines += [f"    {line}" for line in _variant_lines(scope, variant.node)]
    if lines:
        first = made.before[0] if made.before else made.step
        word = next((key for key in ("for", "if") if key in first), "step")
        scope.importing.draft.remark((word, scope.chain, first["name"]), *lines)


def _variant_lines(scope: Scope, node: Node) -> list[str]:
    """The lines of a variant, which leaves nothing else behind in the spec."""
    importing, names = scope.importing, scope.extra
    kept, importing.draft, scope.extra = importing.draft, Draft(), set()
    made = step_of(scope, node, scope.steps[node.name])
    importing.draft, scope.extra = kept, names
    _conditions(scope, node, made)
    entries = (*made.before, made.step)
    return [line for entry in entries for line in entry_text(entry)]


class Aggregation:
    """The chain for all lines: the chain for one runs for each, then the aggregations."""

    def __init__(self, line: Scope, chain: str) -> None:
        self.line = line
        self.importing = line.importing
        self.nodes = self.importing.flow.aggregations
        self.chain = chain
        self.extra: dict[str, Reference] = {}
        self.keys = self._keys()

    def _keys(self) -> dict[Reference, str]:
        """The key in the result of a line for each reference that leads into lines."""
        flow = self.importing.flow
        known = {
            read: output.name
            for output in flow.outputs.values()
            if (read := reference(output.value)) is not None
        }
        keys: dict[Reference, str] = {}
        for node in self.nodes:
            reads = [read for _, read in references_in(node.inputs)]
            if node.activate is not None:
                reads.append(node.activate.when)
            for read in reads:
                if read in keys or not self._is_of_line(read):
                    continue
                if read not in known:
                    taken = {*flow.outputs, *self.extra}
                    name = "_".join([read.name, *(str(part) for part in read.path)])
                    known[read] = free_name(name, taken, "value")
                    self.extra[known[read]] = read
                keys[read] = known[read]
        return keys

    def _is_of_line(self, read: Reference) -> bool:
        return read.is_input or not self.importing.flow.nodes[read.name].aggregation

    def define(self) -> tuple[Scope, dict[str, Made]]:
        """Define the chain; give the scope of its steps, and what nodes have become."""
        scope = _AllLines(
            self.importing,
            self.chain,
            named_steps(self.importing, self.nodes, ("lines", "line")),
            skippable(self.nodes),
            {"lines", "line"},
        )
        scope.keys = self.keys
        made = _steps(scope, self.nodes)
        lines: dict[str, Any] = {
            "for": "row",
            "in": "payload.rows",
            "parallel": "max",
            "name": "lines",
            "steps": [
                {
                    "name": "line",
                    "kind": "chain",
                    "target": self.line.chain,
                    "payload": "{{ row }}",
                }
            ],
        }
        steps = [entry for one in made.values() for entry in (*one.before, one.step)]
        result = {name: self._result(scope, name) for name in scope.steps.values()}
        chain = {
            "schedule": "dag",
            "input": {"rows": "list[any]"},
            "result": {"lines": "{{ lines }}", **result},
            "steps": [lines, *steps],
        }
        self.importing.draft.define("chains", self.chain, chain)
        self.importing.draft.remark(
            ("chain", self.chain),
            "What Prompt Flow runs over all lines. A line that fails fails this chain;",
            "Prompt Flow leaves it out.",
        )
        return scope, made

    def _result(self, scope: Scope, name: str) -> str:
        is_skipped = any(scope.steps[one] == name for one in scope.skipped)
        return f"{{{{ {name}{' | default(none)' if is_skipped else ''} }}}}"

    def became(self, made: dict[str, Made]) -> list[Became]:
        """What the aggregations have become."""
        flow = self.importing.flow
        return [
            Became(
                node.name,
                node.type,
                flow.document.line((*node.loc, "name")),
                f"{made[node.name].what}, in {self.chain}",
            )
            for node in self.nodes
        ]


class _AllLines(Scope):
    """A scope in which the values of lines are lists."""

    keys: dict[Reference, str]

    def expression(self, read: Reference) -> str:
        key = self.keys.get(read)
        if key is None:
            return super().expression(read)
        return f"lines | map(attribute={quoted(key)}) | list"

    def is_list(self, read: Reference) -> bool:
        return read in self.keys

    def may_be_none(self, read: Reference) -> bool:
        return read not in self.keys and super().may_be_none(read)
