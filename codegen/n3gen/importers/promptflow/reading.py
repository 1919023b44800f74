"""Reading `flow.dag.yaml`, and every fault for which Prompt Flow would refuse it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from n3gen.diagnostics import Problems
from n3gen.importers.import_rules import FaultyFlow, NotImported
from n3gen.importers.promptflow.checking import check_flow
from n3gen.importers.promptflow.flow import (
    Activate,
    Flow,
    FlowInput,
    FlowOutput,
    Node,
    Variant,
)
from n3gen.importers.promptflow.references import reference
from n3gen.source import Loc, SourceFile
from n3gen.syntax.document import Document
from n3gen.syntax.nodes import build
from n3gen.syntax.yaml_reader import read_yaml

__all__ = ["read_flow"]

_TYPES: Final = ("llm", "python", "prompt", "custom_llm")
_FLOW_KEYS: Final = frozenset(
    [
        "$schema",
        "version",
        "id",
        "name",
        "display_name",
        "type",
        "description",
        "tags",
        "path",
        "inputs",
        "outputs",
        "nodes",
        "node_variants",
        "environment",
        "additional_includes",
        "language",
        "is_chat_flow",
        "toolReferences",
    ]
)
_NODE_KEYS: Final = frozenset(
    [
        "name",
        "type",
        "source",
        "inputs",
        "connection",
        "api",
        "provider",
        "module",
        "activate",
        "aggregation",
        "reduce",
        "use_variants",
        "tool",
        "enable_cache",
        "comment",
        "description",
    ]
)


def read_flow(source: SourceFile, problems: Problems) -> Flow | None:
    """Return the flow of a file; `None` where it has a fault, which is reported."""
    root = read_yaml(source, problems, FaultyFlow.no_flow)
    if root is None or problems.has_errors:
        return None
    document = build(source, root, problems)
    if problems.has_errors:
        return None
    return _Reader(document, problems).flow()


def _is_late(flow: Flow, output: FlowOutput) -> bool:
    """Whether an output reads what is there after all lines only."""
    read = reference(output.value)
    return read is not None and not read.is_input and flow.nodes[read.name].aggregation


@dataclass(slots=True)
class _Reader:
    document: Document
    problems: Problems
    nodes: dict[str, Node] = field(default_factory=dict)

    def fault(self, message: str, loc: Loc, way_out: str | None = None) -> None:
        self.problems.add(FaultyFlow.of(message, self.document.label(loc), way_out))

    def flow(self) -> Flow | None:
        data = self.document.data
        if data.get("language", "python") != "python":
            what = f"a flow in {data['language']} has no code that a chain can call"
            self.fault(what, ("language",), "only flows in Python are imported")
            return None
        self._top(data)
        self._nodes(data.get("nodes"))
        inputs = self._mapping(data, "inputs")
        outputs = self._mapping(data, "outputs")
        flow = Flow(
            self.document,
            {name: self._input(name, one) for name, one in inputs.items()},
            {name: self._output(name, one) for name, one in outputs.items()},
            self.nodes,
        )
        check_flow(flow, self.problems)
        if self.problems.has_errors:
            return None
        kept = {
            name: one for name, one in flow.outputs.items() if not _is_late(flow, one)
        }
        return replace(flow, outputs=kept)

    def _top(self, data: dict[str, Any]) -> None:
        """Report the keys of the file that no chain has."""
        for key in data:
            if key == "environment_variables":
                what = (
                    "`environment_variables` are to be set where the process is started"
                )
            elif key not in _FLOW_KEYS:
                what = f"`{key}` says nothing that a chain could"
            else:
                continue
            self.problems.add(NotImported.of(what, self.document.key_label((key,))))

    def _mapping(self, data: dict[str, Any], key: str) -> dict[str, Any]:
        found = data.get(key)
        if found is None:
            return {}
        if not isinstance(found, dict):
            self.fault(f"`{key}` is not a mapping", (key,), "write a name on each line")
            return {}
        return found

    def _input(self, name: str, data: Any) -> FlowInput:
        loc: Loc = ("inputs", name)
        if not isinstance(data, dict):
            self.fault(f"input `{name}` is not a mapping", loc, "give it a `type`")
            data = {}
        return FlowInput(name, loc, str(data.get("type", "object")).lower(), data)

    def _output(self, name: str, data: Any) -> FlowOutput:
        loc: Loc = ("outputs", name)
        if not isinstance(data, dict) or "reference" not in data:
            way_out = "add `reference: ${node.output}`"
            self.fault(f"output `{name}` has no `reference`", loc, way_out)
            return FlowOutput(name, loc, None)
        return FlowOutput(name, (*loc, "reference"), data["reference"])

    def _nodes(self, nodes: Any) -> None:
        if not isinstance(nodes, list) or not nodes:
            loc: Loc = ("nodes",) if "nodes" in self.document.data else ()
            what, way_out = "the flow has no list of `nodes`", "add a node"
            if "entry" in self.document.data:
                loc = ("entry",)
                what = "a flow with an `entry` is Python, and no nodes are in it"
                way_out = "call that function by a step: `kind: python`, `target: ...`"
            self.fault(what, loc, way_out)
            return
        for index, data in enumerate(nodes):
            loc = ("nodes", index)
            if not isinstance(data, dict):
                self.fault(
                    "a node is not a mapping", loc, "give it a `name` and a `type`"
                )
            elif not isinstance(data.get("name"), str):
                self.fault("a node has no `name`", loc, "add `name:`, a text")
            else:
                self._named(data["name"], loc, data)

    def _named(self, name: str, loc: Loc, data: dict[str, Any]) -> None:
        if name in self.nodes:
            self.fault(f"there are two nodes `{name}`", (*loc, "name"), "rename one")
            return
        if data.get("use_variants") is True:
            node = self._with_variants(name, loc, data)
        else:
            node = self._node(name, loc, data)
        if node is not None:
            self.nodes[name] = node

    def _with_variants(self, name: str, loc: Loc, data: dict[str, Any]) -> Node | None:
        """The default variant of a node, which knows the others."""
        known = self.document.data.get("node_variants")
        found = known.get(name) if isinstance(known, dict) else None
        variants = found.get("variants") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(variants, dict):
            way_out = f"add `{name}:` with its `variants` under `node_variants:`"
            what = f"node `{name}` uses variants, and has none in `node_variants`"
            self.fault(what, (*loc, "name"), way_out)
            return None
        at: Loc = ("node_variants", name)
        default = found.get("default_variant_id")
        if default not in variants:
            label = self.document.label((*at, "default_variant_id"))
            names = [str(one) for one in variants]
            self.problems.add(FaultyFlow.unknown("variant", str(default), label, names))
            return None
        nodes = {
            key: self._variant(name, (*at, "variants", key, "node"), one, data)
            for key, one in variants.items()
        }
        others = tuple(
            Variant(key, node)
            for key, node in nodes.items()
            if node is not None and key != default
        )
        chosen = nodes[default]
        return None if chosen is None else replace(chosen, variants=others, loc=loc)

    def _variant(self, name: str, loc: Loc, variant: Any, data: Any) -> Node | None:
        own = variant.get("node") if isinstance(variant, dict) else None
        if not isinstance(own, dict):
            self.fault(f"a variant of `{name}` has no `node`", loc, "add `node:`")
            return None
        outer = {key: one for key, one in data.items() if key != "use_variants"}
        return self._node(name, loc, {**own, **outer})

    def _node(self, name: str, loc: Loc, data: dict[str, Any]) -> Node | None:
        given = data.get("type")
        if given not in _TYPES:
            if given is None:
                self.fault(f"node `{name}` has no `type`", (*loc, "name"))
            else:
                label = self.document.label((*loc, "type"))
                found = FaultyFlow.unknown("type of node", str(given), label, _TYPES)
                self.problems.add(found)
            return None
        for key in data:
            if key not in _NODE_KEYS and (*loc, key) in self.document.keys:
                what = f"`{key}` of node `{name}` says nothing that a step could"
                label = self.document.key_label((*loc, key))
                self.problems.add(NotImported.of(what, label))
        inputs = data.get("inputs") or {}
        if not isinstance(inputs, dict):
            self.fault(
                f"the `inputs` of node `{name}` are not a mapping", (*loc, "inputs")
            )
            return None
        is_last = bool(data.get("aggregation") or data.get("reduce"))
        activate = self._activate(name, loc, data.get("activate"))
        return Node(name, loc, data, inputs, activate, is_last)

    def _activate(self, name: str, loc: Loc, data: Any) -> Activate | None:
        if not data:
            return None
        at: Loc = (*loc, "activate")
        if not isinstance(data, dict) or "when" not in data or "is" not in data:
            what = f"`activate` of node `{name}` has to have `when` and `is`"
            self.fault(what, at, "write `when: ${node.output}` and `is: true`")
            return None
        when = reference(data["when"])
        if when is None:
            what = "`when` is not a reference, so that it is always the same"
            self.fault(
                what, (*at, "when"), "write `${node.output}` or `${inputs.name}`"
            )
            return None
        return Activate(when, data["is"])
