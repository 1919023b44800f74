"""What is known while the nodes of one app become steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.diagnostics import Label, Problems
from n3gen.importers.dify.app import (
    STARTS,
    App,
    Node,
    Variable,
    entries_of,
    number_of,
)
from n3gen.importers.dify.branches import ALWAYS, Alternatives
from n3gen.importers.dify.placeholders import PLACEHOLDER
from n3gen.importers.dify.reads import Read, enclosed, field_path
from n3gen.importers.dify.samples import WHOLE, Paths, sample, typed_sample
from n3gen.importers.import_rules import ImportChange, NotImported
from n3gen.importers.literals import literal, quoted
from n3gen.importers.model import Draft
from n3gen.importers.naming import free_name
from n3gen.secrets import names_secret, secrets_in

__all__ = ["Scope"]

_UNSAID: Final = {
    "llm": ("usage", "reasoning_content", "finish_reason", "files"),
    "question-classifier": ("usage",),
    "parameter-extractor": ("__usage",),
    "human-input": ("__rendered_content",),
}
"""Outputs of types of nodes that their steps do not give."""


@dataclass
class Scope:
    """The import of an app: names, what they read, and what has been made and said."""

    app: App
    chain: str
    problems: Problems
    draft: Draft
    names: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    runs: dict[str, Alternatives] = field(default_factory=dict)
    read_by: Callable[[Scope, Node, list[str]], Read | None] | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    """Fields of the payload beside those of the start node."""
    secrets: set[str] = field(default_factory=set)
    modules: list[str] = field(default_factory=list)
    variables: dict[tuple[str, str], Variable] = field(default_factory=dict)
    """The variables of loops, by the loop and their label."""
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    paths: Paths = field(default_factory=dict)
    body_of: Callable[[Node], list[dict[str, Any]]] | None = None
    package: str = ""
    """The package of the folder that the spec is in, as Python imports it."""
    _items: dict[str, str] = field(default_factory=dict)
    _reported: set[tuple[str, str]] = field(default_factory=set)

    def changed(self, message: str, label: Label, way_out: str | None = None) -> None:
        """Report something that behaves otherwise than it did."""
        self.problems.add(ImportChange.of(message, label, way_out))

    def lost(self, message: str, label: Label, way_out: str | None = None) -> None:
        """Report something that the chain cannot say."""
        self.problems.add(NotImported.of(message, label, way_out))

    def new_name(self, text: str, fallback: str = "step") -> str:
        """A name for a step that no other one has."""
        name = free_name(text, self.taken, fallback)
        self.taken.add(name)
        return name

    def name(self, node: Node) -> str:
        """The name of the step that a node becomes."""
        return self.names[node.id]

    def may_skip(self, node: Node) -> bool:
        """Whether some run leaves a node out, or the block around it none of its rounds."""
        return self.runs.get(node.id, ALWAYS) != ALWAYS

    def item(self, node: Node) -> str:
        """The name of an item of an iteration."""
        if node.id not in self._items:
            self._items[node.id] = self.new_name("item")
        return self._items[node.id]

    def body(self, node: Node) -> list[dict[str, Any]]:
        """The entries that the nodes inside of a node become."""
        assert self.body_of is not None
        return self.body_of(node)

    def file(self, name: str, text: str) -> str:
        """Keep the text of a file beside the spec, and return its path."""
        path = f"{self.chain}_code/{name}"
        self.draft.files.append((path, text if text.endswith("\n") else f"{text}\n"))
        return path

    def module(self, name: str, code: str) -> str:
        """Keep code as a module beside the spec, and return the target of its function."""
        self.file(f"{name}.py", code)
        parts = [part for part in (self.package, f"{self.chain}_code", name) if part]
        module = ".".join(parts)
        self.modules.append(module)
        return f"{module}:main"

    def fields(self, node: Node) -> list[str]:
        """The outputs that are read of a node."""
        return sorted({path[0] for path in self.paths.get(node.id, ())})

    def is_json(self, node: Node, output: str) -> bool:
        """Whether an output is all of the body of a request, and so JSON."""
        return (output, WHOLE) in self.paths.get(node.id, ())

    def sample(self, node: Node, path: tuple[str, ...], kind: str) -> Any:
        """A value for an output of a node."""
        return sample(self.paths.get(node.id, set()), path, kind)

    def sample_of_type(self, text: str) -> Any:
        """A value of a type in words of the spec."""
        return typed_sample(text, self.draft.data.get("types", {}))

    def read(self, selector: Any, node: Node, *path: str | int) -> Read | None:
        """What a selector reads; what is not there is reported, and `None`."""
        parts = [str(part) for part in entries_of(selector)]
        if len(parts) < 2:
            return None
        found = self._read(parts)
        if found is None and (node.id, ".".join(parts)) not in self._reported:
            self._reported.add((node.id, ".".join(parts)))
            self._report(parts, node, *path)
        return found

    def _report(self, parts: list[str], node: Node, *path: str | int) -> None:
        """Report what nothing gives, or what Dify alone gives."""
        label = self.app.label(node, *path)
        source = self.app.nodes.get(parts[0])
        if source is not None and parts[1] in _UNSAID.get(source.type, ()):
            what = f"node `{node.title}` reads `{parts[1]}` of `{source.title}`"
            self.lost(f"{what}, which no step gives", label, "it is empty in the chain")
            return
        what = f"node `{node.title}` reads `{'.'.join(parts)}`, which nothing gives"
        way_out = "it is empty in the chain; mend the reference in Dify"
        self.changed(what, label, way_out)

    def _read(self, parts: list[str]) -> Read | None:
        source, name, *rest = parts
        if name.startswith("sys."):
            source, name = "sys", name.removeprefix("sys.")
        if source == "env":
            return self._environment(name)
        if source == "conversation":
            variable = self.app.conversation.get(name)
            if variable is None:
                return None
            state = self.state(("conversation", name), variable)
            return Read(f"state.{state}{field_path(rest)}", variable.type)
        if source == "sys":
            return self._system(name)
        node = self.app.nodes.get(source)
        if node is None or self.read_by is None:
            return None
        if node.id not in self.names and node.type not in STARTS:
            return None  # no edge leads to it
        return self.read_by(self, node, [name, *rest])

    def _environment(self, name: str) -> Read | None:
        variable = self.app.environment.get(name)
        if variable is None:
            return None
        value = str(variable.value or "")
        is_secret = names_secret(name) or any(secrets_in(value))
        if variable.type == "secret" or not value or is_secret:
            if value and name not in self.secrets:
                what = f"`{name}` is a secret: it is read from the variable {name}"
                way_out = "it is in the export, so renew it if others have that"
                label = self.app.document.label((*variable.loc[:-1], "value"))
                self.changed(what, label, way_out)
            self.secrets.add(name)
            return Read(f"env.{name}", "string")
        if variable.type in ("number", "integer", "float"):
            first = quoted(number_of(variable.value) or 0)
            return Read(f"env.{name} | default({first}) | float", "number")
        return Read(f"env.{name} | default({quoted(str(variable.value))})", "string")

    def _system(self, name: str) -> Read | None:
        if name == "workflow_run_id":
            return Read("run.id", "string")
        if name == "timestamp":
            return Read("now().timestamp() | int", "number")
        kinds: dict[str, tuple[str, Any]] = {
            "query": ("string", "str"),
            "files": ("array[file]", "list[file] = []"),
            "conversation_id": ("string", 'str = ""'),
            "user_id": ("string", 'str = ""'),
            "dialogue_count": ("number", "int = 0"),
            "app_id": ("string", 'str = ""'),
            "workflow_id": ("string", 'str = ""'),
        }
        if name not in kinds:
            return None
        kind, declared = kinds[name]
        self.inputs.setdefault(name, declared)
        return Read(f"payload.{name}", kind)

    def state(self, key: tuple[str, str], variable: Variable) -> str:
        """The state that a variable becomes, which is defined when it is first used."""
        if key in self.states:
            return self.states[key]
        name = free_name(variable.name, self.states.values(), "variable")
        self.states[key] = name
        kind, first = _state_type(variable)
        block: dict[str, Any] = {"type": kind}
        if first is not None:
            block["default"] = first
        if key[0] == "conversation":
            self.inputs["conversation_id"] = "str"
            block |= {"scope": "stored", "by": "payload.conversation_id"}
        self.draft.define("states", name, block)
        return name

    def value(self, selector: Any, node: Node, *path: str | int) -> Any:
        """What a selector reads, as data of a spec."""
        read = self.read(selector, node, *path)
        return None if read is None else f"{{{{ {read.safe()} }}}}"

    def text(self, template: Any, node: Node, *path: str | int) -> str:
        """A text of Dify with its placeholders, as a template of a spec."""
        parts = self.parts(template, node, *path)
        if not any(is_value for is_value, _ in parts):
            return "".join(str(literal(part)) for _, part in parts)
        return "".join(
            f"{{{{ {part} }}}}" if is_value else _plain(part)
            for is_value, part in parts
        )

    def joined(self, template: Any, node: Node, *path: str | int) -> str:
        """A text of Dify as one expression."""
        parts = self.parts(template, node, *path)
        if len(parts) == 1 and parts[0][0]:
            return parts[0][1]
        found = (
            enclosed(part) if is_value else quoted(part) for is_value, part in parts
        )
        return " ~ ".join(found) or "''"

    def parts(
        self, template: Any, node: Node, *path: str | int
    ) -> list[tuple[bool, str]]:
        """The stretches of a text, and the expressions between them."""
        text = template if isinstance(template, str) else str(template or "")
        found: list[tuple[bool, str]] = []
        at = 0
        for match in PLACEHOLDER.finditer(text):
            if match.start() > at:
                found.append((False, text[at : match.start()]))
            at = match.end()
            read = self._placed(match[1], node, *path)
            if read is not None:
                found.append((True, read.safe("")))
        if at < len(text):
            found.append((False, text[at:]))
        return found

    def _placed(self, words: str, node: Node, *path: str | int) -> Read | None:
        if words == "context":
            return self.context(node)
        if words in ("histories", "query"):
            return None
        return self.read(words.split("."), node, *path)

    def context(self, node: Node) -> Read | None:
        """What `{{#context#}}` stands for: the texts of what was found."""
        context = node.mapping("context")
        if not context.get("enabled"):
            return None
        read = self.read(context.get("variable_selector"), node, "context")
        if read is None or not read.type.startswith("array"):
            return read
        texts = "" if read.type == "array[string]" else " | map(attribute='content')"
        return Read(f"{read.piped([])}{texts} | join('\\n')", "string")


def _plain(text: str) -> str:
    """A stretch of text beside values, whose last brace is not one of theirs."""
    found = str(literal(text))
    if found.endswith("{"):
        found = f"{found[:-1]}{{{{ '{{' }}}}"
    return found


def _state_type(variable: Variable) -> tuple[str, Any]:
    """The type of a state, and its first value; none where that is the type's own."""
    kinds: dict[str, tuple[str, Any]] = {
        "string": ("str", ""),
        "number": ("float", 0),
        "integer": ("int", 0),
        "float": ("float", 0),
        "boolean": ("bool", False),
        "object": ("dict[str, any]", None),
    }
    kind, zero = kinds.get(variable.type, ("any", None))
    if variable.type.startswith("array"):
        kind = "list[any]"
        return kind, variable.value or None
    if kind == "any":
        return "any?", None
    value = variable.value if variable.value not in (None, "") else zero
    if kind in ("float", "int") and isinstance(value, str):
        value = number_of(value)
    return kind, value or (zero if not isinstance(zero, dict) else None)
