"""Nodes that only a function of the run can stand for: tools, agents, retrieval."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from n3gen.importers.dify.app import Node, mapping_of
from n3gen.importers.dify.kinds.kind import Kind, Made, given
from n3gen.importers.dify.models import retry_of
from n3gen.importers.dify.reads import Read, field_path
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import literal
from n3gen.importers.naming import free_name
from n3gen.syntax.writer import flow

_READ: Final = (
    *("retrieval_mode", "single_retrieval_config", "multiple_retrieval_config"),
    *("metadata_filtering_mode", "metadata_filtering_conditions"),
    *("metadata_model_config", "query_attachment_selector"),
)

__all__ = ["Agent", "Extracted", "Knowledge", "Tool", "Unknown"]


def _argument(scope: Scope, node: Node, found: Any, *path: str | int) -> Any:
    """What a parameter is given: a constant, a selector or a text with placeholders."""
    one = mapping_of(found)
    if not one:
        return literal(found)
    if one.get("type") == "variable":
        return scope.value(one.get("value"), node, *path, "value")
    value = one.get("value")
    if isinstance(value, str):
        return scope.text(value, node, *path, "value")
    return literal(value)


def _settings(node: Node, *keys: str) -> list[str]:
    """The lines of settings that no step has, for the function that stands for a node."""
    return [f"{key}: {flow(node.data[key])}" for key in keys if node.data.get(key)]


class _Outputs(Kind):
    """A function that gives a mapping of `text`, `files`, `json` and what it is asked for."""

    known: ClassVar[dict[str, str]] = {
        "text": "string",
        "files": "array[file]",
        "json": "array[object]",
    }

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        kind = self.known.get(path[0], "any") if len(path) == 1 else "any"
        text = f"{scope.name(node)}{field_path(path)}"
        return Read(text, kind, scope.may_skip(node))

    def mock(self, scope: Scope, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {"text": "a text"}
        for key in scope.fields(node):
            found[key] = scope.sample(node, (key,), self.known.get(key, "any"))
        return found


class Tool(_Outputs):
    types: ClassVar[tuple[str, ...]] = ("tool",)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        values: dict[str, Any] = {}
        renamed: list[str] = []
        for key in ("tool_configurations", "tool_parameters"):
            for parameter, found in node.mapping(key).items():
                value = _argument(scope, node, found, key, parameter)
                if value in (None, "", []):
                    continue
                name_of = free_name(parameter, values, "argument")
                if name_of != parameter:
                    renamed.append(
                        f"Its parameter `{parameter}` is called `{name_of}`."
                    )
                values[name_of] = value
        tool = f"{node.text('provider_id')} {node.text('tool_name')}".strip()
        what = f"tool `{tool}` is a plugin of Dify"
        way_out = (
            f"give the run a function as `{name}` that returns text, files and json"
        )
        scope.lost(what, scope.app.label(node), way_out)
        step = given(name, values) | retry_of(scope, node)
        comments = [f"{what}: {way_out}.", *renamed]
        return Made([step], f"given `{name}`", comments, self.mock(scope, node))


class Agent(_Outputs):
    types: ClassVar[tuple[str, ...]] = ("agent",)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        values: dict[str, Any] = {}
        for parameter, found in node.mapping("agent_parameters").items():
            value = _argument(scope, node, found, "agent_parameters", parameter)
            if value not in (None, "", []):
                values[parameter] = value
        strategy = node.text("agent_strategy_name") or "agent"
        what = f"the agent's strategy `{strategy}` and its tools are plugins of Dify"
        way_out = f"give the run a function as `{name}`, or write a call with `tools`"
        scope.lost(what, scope.app.label(node), way_out)
        comments = [f"{what}: {way_out}.", *_settings(node, "memory", "output_schema")]
        step = given(name, values)
        return Made([step], f"given `{name}`", comments, self.mock(scope, node))


class Knowledge(Kind):
    types: ClassVar[tuple[str, ...]] = ("knowledge-retrieval",)
    outputs: ClassVar[dict[str, str]] = {"result": "array[object]"}

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        values: dict[str, Any] = {
            "query": scope.value(
                node.data.get("query_variable_selector"),
                node,
                "query_variable_selector",
            ),
            "dataset_ids": literal(node.entries("dataset_ids")),
        }
        what = "the knowledge base is in Dify"
        way_out = (
            f"give the run a function as `{name}` that returns a list of mappings "
        )
        way_out += "with `content`"
        scope.lost(what, scope.app.label(node), way_out)
        comments = [f"{what}: {way_out}."]
        comments += _settings(node, *_READ)
        mock = [{"content": "what was found", "title": "a document", "metadata": {}}]
        return Made([given(name, values)], f"given `{name}`", comments, mock)


class Extracted(Kind):
    types: ClassVar[tuple[str, ...]] = ("document-extractor",)
    outputs: ClassVar[dict[str, str]] = {"text": "string"}

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        found = super().read(scope, node, path)
        if found is None or not node.data.get("is_array_file"):
            return found
        return Read(found.text, "array[string]", found.may_be_none)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        many = bool(node.data.get("is_array_file"))
        read = scope.value(
            node.data.get("variable_selector"), node, "variable_selector"
        )
        gives = "the texts of `files`" if many else "the text of `file`"
        what = "reading documents is a service of Dify"
        way_out = f"give the run a function as `{name}` that returns {gives}"
        scope.lost(what, scope.app.label(node), way_out)
        step = given(name, {"files" if many else "file": read})
        mock = ["a text"] if many else "a text"
        return Made([step], f"given `{name}`", [f"{what}: {way_out}."], mock)


class Unknown(_Outputs):
    """A type of nodes that this version does not know."""

    types: ClassVar[tuple[str, ...]] = ("",)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        what = f"a node of type `{node.type}` has no equivalent in a chain"
        way_out = f"give the run a function as `{name}` that returns what it gives"
        scope.lost(what, scope.app.label(node, "type"), way_out)
        passed = ("title", "type", "desc", "selected")
        data = {key: one for key, one in node.data.items() if key not in passed}
        comments = [
            f"{what}: {way_out}.",
            *(f"{k}: {flow(v)}" for k, v in data.items()),
        ]
        step = given(name, {})
        return Made([step], f"given `{name}`", comments, self.mock(scope, node))
