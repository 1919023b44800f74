"""Nodes that compute: answers, aggregators and operators on lists."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, entries_of, mapping_of, whole_of
from n3gen.importers.dify.kinds.kind import Kind, Made, given
from n3gen.importers.dify.reads import Read, field_path, file_field
from n3gen.importers.dify.scope import Scope
from n3gen.syntax.writer import flow

__all__ = ["Aggregator", "Answer", "ListOperator"]


class Answer(Kind):
    types: ClassVar[tuple[str, ...]] = ("answer",)
    outputs: ClassVar[dict[str, str]] = {"answer": "string"}

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        text = scope.text(node.text("answer"), node, "answer")
        return Made([{"name": name, "value": text}], "value")


class Aggregator(Kind):
    types: ClassVar[tuple[str, ...]] = ("variable-aggregator", "variable-assigner")

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        name, skips = scope.name(node), True
        groups = self._groups(node)
        if groups is None:
            kind = str(node.data.get("output_type") or "any")
            return Read(name, kind, skips) if path == ["output"] else None
        if path[0] not in groups:
            return None
        rest = path[2:] if path[1:2] == ["output"] else path[1:]
        kind = str(groups[path[0]].get("output_type") or "any")
        return Read(f"{name}{field_path([path[0], *rest])}", kind, skips)

    def _groups(self, node: Node) -> dict[str, dict[str, Any]] | None:
        settings = node.mapping("advanced_settings")
        if not settings.get("group_enabled"):
            return None
        groups = (mapping_of(one) for one in entries_of(settings.get("groups")))
        return {str(one.get("group_name")): one for one in groups}

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        groups = self._groups(node)
        if groups is None:
            text = self._first(scope, node, node.entries("variables"), "variables")
            return Made([{"name": name, "value": text}], "value")
        value = {
            key: self._first(scope, node, entries_of(one.get("variables")))
            for key, one in groups.items()
        }
        return Made([{"name": name, "value": value}], "value")

    def _first(
        self, scope: Scope, node: Node, selectors: list[Any], *path: str
    ) -> str | None:
        """The first of some values that is there."""
        reads = [
            read
            for index, one in enumerate(selectors)
            if (read := scope.read(one, node, *path, *((index,) if path else ())))
        ]
        if not reads:
            return None
        text = "none"
        for read in reversed(reads):
            text = read.or_else(text)
        return f"{{{{ {text} }}}}"


class ListOperator(Kind):
    types: ClassVar[tuple[str, ...]] = ("list-operator",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        name, skips = scope.name(node), scope.may_skip(node)
        if path == ["result"]:
            return Read(name, str(node.data.get("var_type") or "array[any]"), skips)
        if path[0] not in ("first_record", "last_record"):
            return None
        word = path[0].partition("_")[0]
        source = f"({name} | default([]))" if skips else name
        item = str(node.data.get("item_var_type") or "any")
        if len(path) == 1:
            return Read(f"{source} | {word}", item, True)
        if item == "file":
            return file_field(
                f"({source} | {word})", path[1:], f"{source} | length > 0"
            )
        return Read(f"({source} | {word}){field_path(path[1:])}", "any", True)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        read = scope.read(node.data.get("variable"), node, "variable")
        text = read.piped([]) if read is not None else "[]"
        filters = self._filters(scope, node)
        if filters is None:
            return self._given(scope, node, name, text)
        for one in filters:
            text = (
                f"{text} | {one}"
                if one.startswith(tuple("abcdefrstu"))
                else f"({text}){one}"
            )
        return Made([{"name": name, "value": f"{{{{ {text} }}}}"}], "value")

    def _filters(self, scope: Scope, node: Node) -> list[str] | None:
        """What is done to the list, in order; `None` where filters cannot say it."""
        found: list[str] = []
        filter_by = node.mapping("filter_by")
        if filter_by.get("enabled"):
            for one in entries_of(filter_by.get("conditions")):
                test = self._test(scope, node, mapping_of(one))
                if test is None:
                    return None
                found.append(test)
        extract = node.mapping("extract_by")
        if extract.get("enabled"):
            serial = str(extract.get("serial") or "1")
            if not serial.isdecimal():
                return None
            found.append(f"[{int(serial) - 1}:{int(serial)}]")
        order = node.mapping("order_by")
        if order.get("enabled"):
            if order.get("key"):
                return None
            is_down = str(order.get("value")).lower() == "desc"
            found.append(
                f"sort(reverse={'true' if is_down else 'false'}, case_sensitive=true)"
            )
        limit = node.mapping("limit")
        if limit.get("enabled"):
            found.append(f"[:{whole_of(limit.get('size'), 0, 0)}]")
        return found

    def _test(self, scope: Scope, node: Node, data: dict[str, Any]) -> str | None:
        tests = {"=": "==", "≠": "!=", ">": ">", "<": "<", "≥": ">=", "≤": "<="}
        operator = str(data.get("comparison_operator"))
        is_number = "number" in str(node.data.get("var_type"))
        if operator in tests and is_number and not data.get("key"):
            wanted = scope.joined(data.get("value"), node)
            number = wanted.strip("'")
            wanted = (
                number
                if number.replace(".", "", 1).isdecimal()
                else f"({wanted}) | float"
            )
            return f"select('{tests[operator]}', {wanted}) | list"
        if operator in ("is", "is not") and not data.get("key"):
            wanted = scope.joined(data.get("value"), node)
            word = "select" if operator == "is" else "reject"
            return f"{word}('==', {wanted}) | list"
        return None

    def _given(self, scope: Scope, node: Node, name: str, text: str) -> Made:
        what = f"node `{node.title}` picks by something that no filter can say"
        way_out = f"give the run a function as `{name}` that returns the list"
        scope.lost(what, scope.app.label(node), way_out)
        comments = [f"{what}: {way_out}."]
        for key in ("filter_by", "extract_by", "order_by", "limit"):
            if node.mapping(key).get("enabled"):
                comments.append(f"{key}: {flow(node.data[key])}")
        step = given(name, {"items": f"{{{{ {text} }}}}"})
        sample = scope.sample(node, ("result",), str(node.data.get("var_type")))
        return Made([step], f"given `{name}`", comments, sample)
