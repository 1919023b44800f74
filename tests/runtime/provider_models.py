"""Connections as modules have them, by the ways in which they ask for a type."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from n3gen.emit.providers import PROVIDERS
from n3gen.templates.runtime.http.wire import HttpConnection

__all__ = ["provider_model", "text_model"]

_FILES = {
    "openai": ("openai", "chat_parts", "chat_types"),
    "responses": ("responses",),
    "anthropic": ("anthropic", "anthropic_types"),
    "gemini": ("gemini", "gemini_types"),
    "ollama": ("ollama",),
}


def support(api: str, name: str) -> Any:
    """A definition of the run-time support of an API."""
    for file in (*_FILES[api], "structure"):
        module = import_module(f"n3gen.templates.runtime.providers.{file}")
        if hasattr(module, name):
            return getattr(module, name)
    raise AssertionError(f"{name} is in no file of {api}")


def provider_model(
    api: str, name: str = "x", *, structured_output: str = "schema", **fields: Any
) -> Any:
    """A connection whose calls have tools, types, pictures and files."""
    provider = PROVIDERS[api]
    given = {
        "structure": support(api, provider.STRUCTURES[structured_output])(),
        "write_images": support(api, provider.files or provider.images or ""),
        **fields,
    }
    return support(api, provider.tool_model)(name, **given)


def text_model(api: str, name: str = "x", **fields: Any) -> HttpConnection:
    """A connection whose calls are texts only."""
    found: HttpConnection = support(api, PROVIDERS[api].model)(name, **fields)
    return found
