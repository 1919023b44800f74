"""`llm`: a call of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, entries_of, mapping_of, whole_of
from n3gen.importers.dify.kinds.kind import Kind, Made, given, giving
from n3gen.importers.dify.kinds.template import Untranslated, rendered
from n3gen.importers.dify.models import asked, retry_of, schema_type
from n3gen.importers.dify.reads import Read, enclosed, field_path
from n3gen.importers.dify.scope import Scope
from n3gen.importers.naming import free_name
from n3gen.syntax.writer import flow

__all__ = ["Llm", "pictures"]

_ROLES = ("system", "user", "assistant")


def _is_structured(node: Node) -> bool:
    schema = mapping_of(node.mapping("structured_output").get("schema"))
    return bool(node.data.get("structured_output_enabled") and schema)


class Llm(Kind):
    types: ClassVar[tuple[str, ...]] = ("llm",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        name, (output, *rest) = scope.name(node), path
        skips = scope.may_skip(node)
        if output == "structured_output" and _is_structured(node):
            return Read(f"{name}{field_path(rest)}", "any", skips)
        if output == "text":
            if _is_structured(node):
                there = f"{name} is not none" if skips else ""
                return Read(f"{name} | tojson", "string", skips, there)
            return Read(name, "string", skips)
        return None

    def shaped(self, node: Node, outputs: dict[str, Any]) -> Any:
        return outputs.get("structured_output" if _is_structured(node) else "text")

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        try:
            turns = list(_turns(scope, node))
        except Untranslated as stop:
            way_out = giving(name)
            scope.lost(stop.why, stop.label, way_out)
            comments = [
                f"{stop.why}. {way_out}",
                f"model: {flow(node.mapping('model'))}",
            ]
            comments += ["Its prompt:", *_lines(node.data.get("prompt_template"))]
            return Made([given(name, {})], f"given `{name}`", comments)
        step: dict[str, Any] = {"name": name}
        comments = self._remember(scope, node, step, turns)
        _say(step, turns)
        shown = pictures(scope, node)
        if "prompt" in step:
            step |= shown
        elif shown:
            step["messages"][0] |= shown
        keys, more = asked(scope, node)
        step |= keys
        if _is_structured(node):
            schema = node.mapping("structured_output")["schema"]
            step["output"] = schema_type(scope, schema, f"{name}_answer")
        step |= retry_of(scope, node)
        return Made([step], "llm", [*comments, *more], _sample(scope, node, step))

    def _remember(
        self,
        scope: Scope,
        node: Node,
        step: dict[str, Any],
        turns: list[dict[str, str]],
    ) -> list[str]:
        """Let a call remember the turns of its conversation."""
        memory = node.mapping("memory")
        if not memory or not scope.app.is_chat:
            return []
        question = memory.get("query_prompt_template") or "{{#sys.query#}}"
        asks = scope.text(question, node, "memory", "query_prompt_template")
        if asks.strip() and not any(
            turn["role"] == "user" and turn["content"].strip() == asks.strip()
            for turn in turns[-1:]
        ):
            turns.append({"role": "user", "content": asks})
        window = mapping_of(memory.get("window"))
        size = window.get("size") if window.get("enabled") else None
        scope.inputs["conversation_id"] = "str"
        state = free_name(f"{step['name']}_turns", scope.states.values())
        scope.states["memory", node.id] = state
        block = {
            "type": "list[any]",
            "scope": "stored",
            "by": "payload.conversation_id",
            "keep": 2 * whole_of(size, 1, 50),
        }
        scope.draft.define("states", state, block)
        step["remember"] = state
        what = "the memory has the prompts and answers of this step"
        way_out = "in Dify it has the questions and answers of the whole conversation"
        scope.changed(what, scope.app.label(node, "memory"), way_out)
        return []


def _lines(prompt: Any) -> Iterator[str]:
    """Yield the lines of a prompt that stays with the caller."""
    for part in map(mapping_of, prompt if isinstance(prompt, list) else [prompt]):
        text = part.get("jinja2_text") or part.get("text") or ""
        yield f"{part.get('role') or 'user'}:"
        yield from (f"    {line}" for line in str(text).splitlines())


def _turns(scope: Scope, node: Node) -> Any:
    """Yield the turns of a prompt, those that are empty left out."""
    found = node.data.get("prompt_template")
    parts = found if isinstance(found, list) else [found]
    config = mapping_of(node.data.get("prompt_config"))
    for index, one in enumerate(parts):
        part = mapping_of(one)
        at = (
            ("prompt_template", index)
            if isinstance(found, list)
            else ("prompt_template",)
        )
        role = str(part.get("role") or "user")
        if part.get("edition_type") == "jinja2":
            names = entries_of(config.get("jinja2_variables"))
            text = str(part.get("jinja2_text") or "")
            content = rendered(scope, node, text, names, (*at, "jinja2_text"))
        else:
            content = scope.text(part.get("text"), node, *at, "text")
        if content.strip():
            yield {"role": role if role in _ROLES else "user", "content": content}


def _say(step: dict[str, Any], turns: list[dict[str, str]]) -> None:
    """Give a step its turns: instructions first, the question last."""
    rest = list(turns)
    if len(rest) > 1 and rest[0]["role"] == "system":
        step["system"] = rest.pop(0)["content"]
    last = None
    if rest and (rest[-1]["role"] == "user" or len(turns) == 1):
        last = rest.pop()["content"]
    if rest:
        step["messages"] = rest
    if last is not None or not rest:
        step["prompt"] = last if last is not None else ""


def pictures(scope: Scope, node: Node) -> dict[str, Any]:
    """The pictures that a call shows, where it has some."""
    vision = node.mapping("vision")
    if not vision.get("enabled"):
        return {}
    configs = mapping_of(vision.get("configs"))
    if (detail := configs.get("detail")) not in (None, "auto"):
        what = f"the provider says in what detail a picture is seen, and not `{detail}`"
        scope.changed(what, scope.app.label(node, "vision", "configs", "detail"))
    selector = configs.get("variable_selector")
    read = scope.read(selector or ["sys", "files"], node, "vision")
    if read is None:
        return {}
    if read.type.startswith("array"):
        return {"images": f"{{{{ {read.safe([])} }}}}"}
    if read.may_be_none:
        return {"images": f"{{{{ [{read.text}] if {enclosed(read.safe())} else [] }}}}"}
    return {"images": [f"{{{{ {read.text} }}}}"]}


def _sample(scope: Scope, node: Node, step: dict[str, Any]) -> Any:
    output = step.get("output")
    if output is not None:
        return scope.sample_of_type(output)
    return "an answer" if not scope.is_json(node, "text") else "{}"
