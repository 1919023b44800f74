"""Models of Dify's providers: `connection` blocks, options, and types of answers."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from n3gen.importers.dify.app import Node, entries_of, mapping_of, whole_of
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import literal
from n3gen.importers.naming import free_name
from n3gen.spec.providers.anthropic import AnthropicConnection
from n3gen.spec.providers.gemini import GeminiConnection
from n3gen.spec.providers.ollama import OllamaConnection
from n3gen.spec.providers.openai import OpenAIConnection

__all__ = ["asked", "choice", "define_type", "retry_of", "schema_type"]

_PROTOCOLS: Final = {
    "anthropic": AnthropicConnection,
    "gemini": GeminiConnection,
    "google": GeminiConnection,
    "ollama": OllamaConnection,
}
_ADDRESSES: Final = {
    "openai": "https://api.openai.com/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "tongyi": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "zhipuai": "https://open.bigmodel.cn/api/paas/v4",
    "moonshot": "https://api.moonshot.cn/v1",
    "siliconflow": "https://api.siliconflow.cn/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "groq": "https://api.groq.com/openai/v1",
    "mistralai": "https://api.mistral.ai/v1",
    "x": "https://api.x.ai/v1",
}
_OTHER_NAMES: Final = {
    "max_tokens": ("max_output_tokens", "num_predict"),
    "max_tokens_to_sample": ("max_tokens", "max_output_tokens"),
    "max_output_tokens": ("max_tokens",),
    "num_predict": ("max_tokens",),
    "stop": ("stop_sequences",),
}


def asked(scope: Scope, node: Node) -> tuple[dict[str, Any], list[str]]:
    """The keys of a call that say whom it asks and how, and comments on the rest."""
    model = node.mapping("model")
    provider = str(model.get("provider") or "").rpartition("/")[2]
    name = str(model.get("name") or "")
    step: dict[str, Any] = {}
    comments: list[str] = []
    if name:
        step["model"] = literal(name)
    else:
        label = scope.app.label(node, "model")
        what = f"node `{node.title}` names no model"
        scope.lost(what, label, "put that of your own in place of `gpt-4o`")
        step["model"] = "gpt-4o"
        comments.append("It names no model: this one is a guess.")
    step["connection"] = _connection(scope, node, provider or "openai")
    protocol = _PROTOCOLS.get(provider, OpenAIConnection)
    options = _options(scope, node, model, protocol.OPTIONS)
    if options:
        step["options"] = options
    return step, comments


def _connection(scope: Scope, node: Node, provider: str) -> str:
    """The block for a provider, which is written where it is not there yet."""
    name = free_name(provider, (), "model")
    protocol = _PROTOCOLS.get(provider, OpenAIConnection)
    known = scope.draft.data.get("connections", {})
    if name in known:
        return name
    key = re.sub(r"\W+", "_", name, flags=re.ASCII).upper()
    block: dict[str, Any] = {"api": protocol.api}
    address = _ADDRESSES.get(provider)
    if protocol is OpenAIConnection:
        default = f', "{address}"' if address else ""
        block["base_url"] = f'env("{key}_BASE_URL"{default})'
        if address is None:
            label = scope.app.label(node, "model", "provider")
            what = f"provider `{provider}` is asked in OpenAI's protocol"
            way_out = f"set {key}_BASE_URL to its address, such as that of a proxy"
            scope.changed(what, label, way_out)
    elif protocol is OllamaConnection:
        block["base_url"] = f'env("{key}_BASE_URL", "http://localhost:11434")'
    if protocol is not OllamaConnection:
        block["api_key"] = f'env("{key}_API_KEY")'
    scope.draft.define("connections", name, block)
    return name


def _options(
    scope: Scope, node: Node, model: dict[str, Any], known: Any
) -> dict[str, Any]:
    """What goes to the provider; what it has by another name goes as it is."""
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for given, value in mapping_of(model.get("completion_params")).items():
        others = (given, *_OTHER_NAMES.get(given, ()))
        key = next((one for one in others if one in known), given)
        if value in (None, "", []) or (given, value) == ("response_format", "text"):
            continue
        if key in known:
            found[key] = literal(value)
        elif given == "response_format" and isinstance(value, str):
            extra[given] = {"type": value}
        else:
            extra[given] = literal(value)
            label = scope.app.label(node, "model", "completion_params", given)
            scope.changed(f"`{given}` goes to the provider unchecked", label)
    return {**found, "extra": extra} if extra else found


def retry_of(scope: Scope, node: Node) -> dict[str, Any]:
    """The `retry` of a node, as keys of a step."""
    config = node.mapping("retry_config")
    if not config.get("retry_enabled") or not config.get("max_retries"):
        return {}
    milliseconds = whole_of(config.get("retry_interval"), 0, 0)
    wait = f"{milliseconds}ms" if milliseconds else 0
    return {
        "retry": {
            "max": whole_of(config["max_retries"], 1, 1),
            "backoff": "constant",
            "delay": wait,
            "jitter": False,
        }
    }


def choice(values: list[Any]) -> str:
    """The type of one of some texts."""
    return f"one of [{', '.join(json.dumps(str(one), ensure_ascii=False) for one in values)}]"


def define_type(scope: Scope, name: str, fields: dict[str, Any]) -> str:
    """Define a type after the name of a step, and return its name."""
    parts = [part for part in name.split("_") if part]
    base = "".join(part[:1].upper() + part[1:] for part in parts)
    known = scope.draft.data.get("types", {})
    found = free_name(base, known) if base[:1].isdigit() else base
    number = 2
    while found in known:
        found, number = f"{base}{number}", number + 1
    scope.draft.define("types", found, fields)
    return found


def schema_type(scope: Scope, schema: Any, name: str) -> str:
    """The type that a JSON schema describes, in words of a spec."""
    data = mapping_of(schema)
    kind = data.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if entries_of(data.get("enum")):
        texts = [one for one in data["enum"] if isinstance(one, str) and one]
        return choice(texts) if len(texts) == len(data["enum"]) else "any"
    if kind == "array":
        return f"list[{schema_type(scope, data.get('items'), f'{name}_item')}]"
    if kind == "object":
        return _object(scope, data, name)
    plain = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
    return plain.get(str(kind), "any")


def _object(scope: Scope, data: dict[str, Any], name: str) -> str:
    properties = mapping_of(data.get("properties"))
    if not properties:
        return "dict[str, any]"
    required = entries_of(data.get("required"))
    fields: dict[str, Any] = {}
    for key, inner in properties.items():
        kind = schema_type(scope, inner, f"{name}_{free_name(key, ())}")
        optional = "" if key in required or kind in ("any", "any?") else "?"
        description = mapping_of(inner).get("description")
        fields[key] = f"{kind}{optional}"
        if isinstance(description, str) and description.strip():
            fields[key] = {
                "type": f"{kind}{optional}",
                "description": description.strip(),
            }
    return define_type(scope, name, fields)
