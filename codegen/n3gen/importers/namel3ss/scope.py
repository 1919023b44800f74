"""What the chains of an app share: names, connections, states, tools and remarks."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from n3gen.diagnostics import Label, Problems
from n3gen.importers.import_rules import ImportChange, NotImported
from n3gen.importers.literals import literal
from n3gen.importers.model import Draft, Lookup
from n3gen.importers.namel3ss.tree import App, Declared
from n3gen.importers.naming import free_name
from n3gen.source import SourceFile, Span

__all__ = ["SESSION", "Scope"]

SESSION = "session"
"""The state of a spec that has what `state` has in namel3ss."""

_APIS: Final = {"openai": "openai", "anthropic": "anthropic", "gemini": "gemini"}
_KEYS: Final = {
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": (
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com",
    ),
    "gemini": (
        "GEMINI_API_KEY",
        "GEMINI_BASE_URL",
        "https://generativelanguage.googleapis.com",
    ),
    "mistral": ("MISTRAL_API_KEY", "MISTRAL_BASE_URL", "https://api.mistral.ai/v1"),
}


@dataclass(slots=True)
class Scope:
    """An app in the making of its spec."""

    app: App
    lookup: Lookup
    problems: Problems
    draft: Draft = field(default_factory=Draft)
    chains: dict[str, str] = field(default_factory=dict)
    """The names of chains, by `flow NAME`, `function NAME` and `job NAME`."""
    modules: dict[str, None] = field(default_factory=dict)
    _bindings: dict[str, str] | None = None

    def lost(
        self, what: str, source: SourceFile, at: int, way_out: str | None = None
    ) -> None:
        self.problems.add(NotImported.of(what, self.label(source, at), way_out))

    def changed(
        self, what: str, source: SourceFile, at: int, way_out: str | None = None
    ) -> None:
        self.problems.add(ImportChange.of(what, self.label(source, at), way_out))

    @staticmethod
    def label(source: SourceFile, at: int) -> Label:
        """The rest of the line at a place."""
        end = source.text.find("\n", at)
        end = len(source.text) if end < 0 else end
        return Label(source, Span(at, max(end, at + 1)))

    def resolved(self, kind: str, name: str, within: Declared) -> Declared | None:
        """A declaration by the name that a flow calls it by."""
        known = self.app.of(kind)
        prefix = within.name.rpartition(".")[0]
        return (
            known.get(f"{prefix}.{name}") or known.get(name)
            if prefix
            else known.get(name)
        )

    def connection(self, profile: Declared) -> str:
        """The connection of an AI profile, which is written where it is not there yet."""
        provider = str(profile.fields.get("provider") or "openai")
        if "provider" not in profile.fields:
            what = f"ai `{profile.name}` names no provider: its connection is `openai`"
            self.changed(what, profile.source, profile.at)
        name = free_name(provider, (), "model")
        block: dict[str, Any]
        if provider == "mock":
            name, block = "local_model", {"api": "local"}
        elif provider == "ollama":
            address = 'env("OLLAMA_BASE_URL", "http://localhost:11434")'
            block = {"api": "ollama", "base_url": address}
        else:
            key, base, address = _KEYS.get(
                provider, (f"{name.upper()}_API_KEY", f"{name.upper()}_BASE_URL", "")
            )
            given = f'env("{base}", "{address}")' if address else f'env("{base}")'
            block = {"api": _APIS.get(provider, "openai"), "base_url": given}
            block["api_key"] = f'env("{key}")'
            if provider not in _KEYS:
                what = f"n3gen does not know the provider `{provider}`"
                way_out = f"the connection asks it as OpenAI is asked, at {base}"
                self.lost(what, profile.source, profile.at, way_out)
        self.draft.define("connections", name, block)
        return name

    def memory(self, profile: Declared) -> str | None:
        """The state that an AI profile remembers its turns in."""
        memory = profile.fields.get("memory", {})
        for word in ("semantic", "profile"):
            if memory.get(word, ("false",))[0] == "true":
                what = (
                    f"the {word} memory of ai `{profile.name}` is a service of namel3ss"
                )
                self.lost(what, profile.source, profile.at)
        turns = memory.get("short_term", (0,))[0]
        if not isinstance(turns, int) or turns < 1:
            return None
        name = f"{free_name(profile.name, ())}_turns"
        block = {"type": "list[any]", "scope": "stored", "keep": 2 * turns}
        if self.app.of("identity") or any(
            one.kind == "identity" for one in self.app.declared
        ):
            block["by"] = "payload.identity.id | default('')"
        self.draft.define("states", name, block)
        return name

    def session(self) -> str:
        """The state of the app, which is kept from run to run."""
        block = {"type": "dict[str, any]", "default": {}, "scope": "stored"}
        self.draft.define("states", SESSION, block)
        return f"state.{SESSION}"

    def target(self, tool: Declared) -> tuple[str, str] | None:
        """The function of a tool, and the name of its argument; `None` without a binding."""
        entry = self._entries().get(tool.name.rpartition(".")[2])
        if entry is None or not re.fullmatch(r"[\w.]+:\w+", entry):
            return None
        module, _, function = entry.partition(":")
        source = self.lookup(f"{module.replace('.', '/')}.py")
        if source is None:
            return None
        try:
            tree = ast.parse(source.text)
        except (SyntaxError, ValueError):
            return None
        for one in tree.body:
            if (
                isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
                and one.name == function
            ):
                arguments = [*one.args.posonlyargs, *one.args.args]
                if len(arguments) == 1 and not one.args.posonlyargs:
                    self.modules[module] = None
                    return entry, arguments[0].arg
        return None

    def _entries(self) -> dict[str, str]:
        if self._bindings is None:
            self._bindings = {}
            source = self.lookup(".namel3ss/tools.yaml")
            try:
                data = yaml.safe_load(source.text) if source is not None else None
            except yaml.YAMLError:
                data = None
            tools = data.get("tools") if isinstance(data, dict) else None
            for name, one in tools.items() if isinstance(tools, dict) else ():
                if isinstance(one, dict) and one.get("runner", "local") == "local":
                    self._bindings[str(name)] = str(one.get("entry", ""))
        return self._bindings

    def system(self, profile: Declared, agent: Declared | None) -> dict[str, Any]:
        """The instructions of a call: those of an agent replace those of its profile."""
        own = agent.fields.get("system_prompt") if agent is not None else None
        text = own or profile.fields.get("system_prompt")
        return {"system": literal(str(text))} if text else {}
