"""Modules that send requests over httpx, and the same ones over httpx2."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any

from n3gen.compiler import Options

from tests.building import build

__all__ = ["PACKAGES", "Wire", "wire_of"]

PACKAGES = ("httpx", "httpx2")

SPEC = """
    connection house:
        api: openai
        base_url: "http://127.0.0.1:9/v1"
        model: m
        timeout: 10

    chain hello:
        step answer:
            prompt: Hello

    chain page:
        step get:
            url: "{{ payload }}"
    """


class Wire:
    """What a module sends requests with; `httpx` is the package that it does it by."""

    def __init__(self, module: ModuleType) -> None:
        self.module: Any = module
        self.httpx: Any = self.module.httpx
        self.ModelError: type[Exception] = self.module.ModelError
        self.close_clients = self.module.close_clients

    async def ask(
        self, url: str, model: str, is_streamed: bool = False, **timeouts: float
    ) -> str:
        """The text that the model of a connection answers."""

        async def progress(_: str) -> None:
            await asyncio.sleep(0)

        module = self.module
        connection = module.OpenAIModel(
            "house", base_url=url, api_key="k", timeouts=module.Timeouts(**timeouts)
        )
        turns = (module.ChatTurn("user", "Hi"),)
        request = module.ModelRequest(model, turns, {})
        answer = await connection.send(request, progress if is_streamed else None)
        text: str = answer.text
        return text

    async def get(self, url: str, method: str = "GET", **parts: Any) -> Any:
        """What an `http` step gives for an address."""
        return await self.module.http_request(SimpleNamespace(), method, url, **parts)


@lru_cache(maxsize=2)
def wire_of(package: str) -> Wire:
    """The wire over `package`, in a module of its own."""
    return Wire(build(SPEC, options=Options(http=package)))  # type: ignore[arg-type]
