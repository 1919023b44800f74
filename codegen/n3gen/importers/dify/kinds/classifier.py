"""`question-classifier` and `parameter-extractor`: calls of models with typed answers."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.importers.dify.app import Node
from n3gen.importers.dify.kinds.kind import Kind, Made, given, giving
from n3gen.importers.dify.kinds.llm import pictures
from n3gen.importers.dify.models import asked, choice, define_type, retry_of
from n3gen.importers.dify.reads import Read, field_path
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import literal, quoted

__all__ = ["Classifier", "Extractor"]

_LONGEST = 60


def _query(scope: Scope, node: Node, key: str) -> str:
    read = scope.read(node.data.get(key), node, key)
    return f"{{{{ {read.safe('')} }}}}" if read is not None else ""


class Classifier(Kind):
    types: ClassVar[tuple[str, ...]] = ("question-classifier",)

    def ways(self, node: Node) -> tuple[str, ...]:
        return tuple(str(one.get("id")) for one in node.mappings("classes"))

    def words(self, node: Node) -> dict[str, str]:
        """The answers by the ways out: names of classes, numbered where they are long."""
        names = {
            str(one.get("id")): str(one.get("name") or "").strip()
            for one in node.mappings("classes")
        }
        short = all(
            name and len(name) <= _LONGEST and "\n" not in name and "{{" not in name
            for name in names.values()
        )
        if short and len(set(names.values())) == len(names):
            return names
        return {one: f"class_{number}" for number, one in enumerate(names, 1)}

    def taken(self, scope: Scope, node: Node, way: str) -> str:
        word = self.words(node).get(way, "")
        return f"{scope.name(node)} == {quoted(word)}"

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        name, skips = scope.name(node), scope.may_skip(node)
        if path == ["class_name"]:
            return Read(name, "string", skips)
        if path == ["class_id"]:
            ids = {word: one for one, word in self.words(node).items()}
            there = f"{name} is not none" if skips else ""
            return Read(f"{quoted(ids)}[{name}]", "string", skips, there)
        return None

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        words = self.words(node)
        if not words:
            what = f"node `{node.title}` has no classes"
            scope.lost(what, scope.app.label(node), giving(name))
            text = _query(scope, node, "query_variable_selector")
            comments = [f"{what}. {giving(name)}"]
            return Made([given(name, {"text": text})], f"given `{name}`", comments)
        lines = ["Say which of these classes the text belongs to:"]
        for index, one in enumerate(node.mappings("classes")):
            word = words[str(one.get("id"))]
            text = scope.text(one.get("name"), node, "classes", index, "name").strip()
            lines.append(
                f"- {literal(word)}" if text == literal(word) else f"- {word}: {text}"
            )
        instruction = node.text("instruction") or node.text("instructions")
        if instruction.strip():
            lines.append(scope.text(instruction, node, "instruction").strip())
        step: dict[str, Any] = {
            "name": name,
            "system": "\n".join(lines),
            "prompt": _query(scope, node, "query_variable_selector"),
            **pictures(scope, node),
        }
        keys, comments = asked(scope, node)
        step |= keys
        step["output"] = choice(list(words.values()))
        step |= retry_of(scope, node)
        what = f"the prompt of node `{node.title}` is shorter than Dify's own"
        scope.changed(what, scope.app.label(node))
        if node.mapping("memory"):
            label = scope.app.label(node, "memory")
            scope.lost("the classifier does not see the conversation", label)
            comments.append("It does not see the conversation before the question.")
        return Made(
            [step], "llm, one of its classes", comments, next(iter(words.values()))
        )


class Extractor(Kind):
    types: ClassVar[tuple[str, ...]] = ("parameter-extractor",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        if path[0] in ("__is_success", "__reason"):
            skips = scope.may_skip(node)
            there = f"{scope.name(node)} is not none" if skips else ""
            text, kind = {"__is_success": ("1", "number")}.get(
                path[0], ("''", "string")
            )
            return Read(text, kind, skips, there)
        known = {str(one.get("name")): one for one in node.mappings("parameters")}
        if path[0] not in known:
            return None
        kind = str(known[path[0]].get("type") or "string")
        kind = "string" if kind == "select" else kind
        text = f"{scope.name(node)}{field_path(path)}"
        optional = not known[path[0]].get("required")
        is_none = optional or scope.may_skip(node)
        return Read(text, kind if len(path) == 1 else "any", is_none)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        fields: dict[str, Any] = {}
        for one in node.mappings("parameters"):
            kind = _type_of(one)
            if not one.get("required"):
                kind += "?"
            description = str(one.get("description") or "").strip()
            field = {"type": kind, "description": description} if description else kind
            fields[str(one.get("name"))] = field
        instruction = scope.text(node.data.get("instruction"), node, "instruction")
        system = "Take the values that are asked for from the text."
        step: dict[str, Any] = {
            "name": name,
            "system": f"{system}\n{instruction.strip()}".strip(),
            "prompt": _query(scope, node, "query"),
            **pictures(scope, node),
        }
        keys, comments = asked(scope, node)
        step |= keys
        step["output"] = define_type(scope, f"{name}_answer", fields)
        step |= retry_of(scope, node)
        what = f"the prompt of node `{node.title}` is shorter than Dify's own"
        way_out = "an answer without a value that is required fails the step"
        scope.changed(what, scope.app.label(node), way_out)
        mock = scope.sample_of_type(step["output"])
        return Made([step], "llm, with a type", comments, mock)


def _type_of(parameter: dict[str, Any]) -> str:
    options = parameter.get("options")
    if parameter.get("type") == "select" and isinstance(options, list) and options:
        return choice(options)
    kinds = {
        "number": "float",
        "bool": "bool",
        "boolean": "bool",
        "array[string]": "list[str]",
        "array[number]": "list[float]",
        "array[object]": "list[dict[str, any]]",
        "array[boolean]": "list[bool]",
    }
    return kinds.get(str(parameter.get("type")), "str")
