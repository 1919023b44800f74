"""What Dify would do in one run, by its own rules: which nodes run, and what they give.

The values of what is asked from outside are given, as a test has them. What cannot be known
from them stays unknown, and so does what depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from n3gen.importers.dify.app import STARTS, Node, entries_of, mapping_of
from n3gen.importers.dify.branches import ALWAYS
from n3gen.importers.dify.kinds.if_else import cases_of
from n3gen.importers.dify.kinds.kind import FAILED, ways_of, words_of
from n3gen.importers.dify.placeholders import PLACEHOLDER
from n3gen.importers.dify.scope import Scope
from n3gen.importers.dify.verdicts import UNKNOWN, all_hold, wanted_by

__all__ = ["Course"]

_JINJA: Final = SandboxedEnvironment()
_GIVEN: Final = frozenset(
    ("code", "parameter-extractor", "tool", "agent", "human-input")
)
"""Types whose value is a mapping of their outputs."""


@dataclass(slots=True)
class Course:
    """A run of the nodes outside of blocks, in the order in which they are given.

    `mocks` are the values of the nodes that ask a person, by their ids.
    """

    scope: Scope
    nodes: list[Node]
    payload: dict[str, Any]
    mocks: dict[str, Any]
    has_run: dict[str, bool | None] = field(default_factory=dict)
    """Whether nodes run; `None` where that is not known."""
    _ways: dict[str, Any] = field(default_factory=dict)
    _values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.nodes:
            runs = self.has_run[node.id] = self._runs(node)
            self._ways[node.id] = self._values[node.id] = (
                None if runs is False else UNKNOWN
            )
            if runs:
                self._ways[node.id] = self._way(node)
                self._values[node.id] = self._outputs(node)

    def _runs(self, node: Node) -> bool | None:
        runs = self.scope.runs[node.id]
        if runs == ALWAYS:
            return True
        return _any(_all(self._takes(*way) for way in one) for one in runs)

    def _takes(self, name: str, way: str) -> bool | None:
        taken = self._ways.get(name, UNKNOWN)
        return None if taken is UNKNOWN else bool(taken == way)

    def _way(self, node: Node) -> Any:
        """The way out of a node that is taken."""
        ways = ways_of(node)
        if len(ways) == 1 or node.data.get("error_strategy") == FAILED:
            return ways[0]
        given = self.mocks.get(node.id)
        if node.type == "human-input":
            return mapping_of(given).get("action", UNKNOWN)
        if given is not None:
            words = words_of(node)
            return next((way for way in words if words[way] == given), UNKNOWN)
        if node.type != "if-else":
            return UNKNOWN
        for case, _ in cases_of(node):
            holds = all_hold(case, self.read, self.text)
            if holds is not False:
                return str(case.get("case_id")) if holds else UNKNOWN
        return ways[-1]

    def _outputs(self, node: Node) -> Any:
        """The outputs of a node that has run, by their names."""
        given = self.mocks.get(node.id)
        if node.type in STARTS:
            return self._inputs(node)
        if node.type == "answer":
            return {"answer": self.text(node.text("answer"))}
        if node.type == "end":
            return self.outputs(node)
        if node.type in ("variable-aggregator", "variable-assigner"):
            return self._groups(node)
        if node.type == "template-transform" and given is None:
            return {"output": self._rendered(node)}
        if given is None:
            return UNKNOWN
        if node.type == "http-request":
            body = given["body"] if isinstance(given["body"], str) else UNKNOWN
            return {**given, "body": body, "status_code": given["status"]}
        if node.type == "llm" and isinstance(given, dict):
            return {"structured_output": given, "text": UNKNOWN}
        names = {"llm": "text", "template-transform": "output"}
        names |= {"question-classifier": "class_name", "knowledge-retrieval": "result"}
        names |= {"document-extractor": "text"}
        if node.type in names:
            return {names[node.type]: given}
        return given if node.type in _GIVEN else UNKNOWN

    def _inputs(self, node: Node) -> dict[str, Any]:
        """The values of the variables of a start node that are texts and numbers."""
        found: dict[str, Any] = {}
        for one in node.mappings("variables"):
            name = str(one.get("variable"))
            is_plain = one.get("type") in (
                "text-input",
                "paragraph",
                "select",
                "number",
            )
            is_given = name in self.payload and is_plain
            found[name] = self.payload[name] if is_given else UNKNOWN
        return found

    def outputs(self, node: Node) -> dict[str, Any]:
        """What an end node gives."""
        return {
            str(one.get("variable")): self.read(one.get("value_selector"))
            for one in node.mappings("outputs")
        }

    def _groups(self, node: Node) -> dict[str, Any]:
        settings = node.mapping("advanced_settings")
        if not settings.get("group_enabled"):
            return {"output": self._first(node.entries("variables"))}
        return {
            str(one.get("group_name")): {
                "output": self._first(entries_of(one.get("variables")))
            }
            for one in map(mapping_of, entries_of(settings.get("groups")))
        }

    def _first(self, selectors: list[Any]) -> Any:
        for one in selectors:
            if (found := self.read(one)) is not None:
                return found
        return None

    def _rendered(self, node: Node) -> Any:
        """The text of a template whose variables are texts."""
        values = {
            str(one.get("variable")): self.read(one.get("value_selector"))
            for one in node.mappings("variables")
        }
        if not all(isinstance(one, str) for one in values.values()):
            return UNKNOWN
        try:
            return _JINJA.from_string(node.text("template")).render(values)
        except (TemplateError, TypeError, ValueError, ArithmeticError):
            return UNKNOWN

    def read(self, selector: Any) -> Any:
        """What a selector reads; `None` where that is not there."""
        parts = [str(part) for part in entries_of(selector)]
        if len(parts) < 2:
            return UNKNOWN
        source, name, *rest = parts
        if source == "sys" or name.startswith("sys."):
            name = name.removeprefix("sys.")
            is_text = name in ("query", "user_id", "conversation_id")
            return self.payload.get(name, UNKNOWN) if is_text else UNKNOWN
        found = self._values.get(source, UNKNOWN)
        for part in (name, *rest):
            if found is None or found is UNKNOWN:
                return found
            found = found.get(part, UNKNOWN) if isinstance(found, dict) else UNKNOWN
        return found

    def text(self, template: Any) -> Any:
        """A text with the values of its placeholders, where all of these are texts."""
        text = template if isinstance(template, str) else str(template or "")
        pieces: list[str] = []
        at = 0
        for match in PLACEHOLDER.finditer(text):
            found = self.read(match[1].split("."))
            if not isinstance(found, str | None):
                return UNKNOWN
            pieces += [text[at : match.start()], found or ""]
            at = match.end()
        return "".join([*pieces, text[at:]])

    def result(self) -> Any:
        """What the run gives; unknown where a part of it is."""
        if any(self.has_run[node.id] is None for node in self.nodes):
            return UNKNOWN
        ended = [node for node in self.nodes if self.has_run[node.id]]
        if self.scope.app.is_chat:
            answers = [
                self._values[one.id]["answer"] for one in ended if one.type == "answer"
            ]
            is_known = all(isinstance(one, str) for one in answers)
            return {"answer": "".join(answers)} if is_known else UNKNOWN
        found: dict[str, Any] = {}
        for node in ended:
            if node.type == "end":
                found |= self._values[node.id]
        return found if found and all(map(_is_known, found.values())) else UNKNOWN

    def first_cases(self) -> Iterator[tuple[str, list[str], Any]]:
        """Yield the values for which the first case of each `if-else` would hold.

        Each has the node whose value it is, and the path of the value in it.
        """
        for node in self.nodes:
            cases = cases_of(node) if node.type == "if-else" else []
            case, _ = cases[0] if cases else ({}, ())
            for one in map(mapping_of, entries_of(case.get("conditions"))):
                parts = [str(part) for part in entries_of(one.get("variable_selector"))]
                wanted = wanted_by(one)
                if len(parts) > 1 and wanted is not UNKNOWN:
                    yield parts[0], parts[1:], wanted
                    if case.get("logical_operator") == "or":
                        break


def _is_known(value: Any) -> bool:
    if isinstance(value, dict | list):
        inner: Iterable[Any] = value.values() if isinstance(value, dict) else value
        return all(map(_is_known, inner))
    return value is not UNKNOWN


def _all(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return False if False in found else None if None in found else True


def _any(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return True if True in found else None if None in found else False
