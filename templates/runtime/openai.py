"""Takes a call to a model; hands on the answer of an OpenAI chat completions endpoint."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from .clients import send
from .models import Env, ModelCall, ModelError, read_setting
from .run import Step

__all__ = ["OpenAIModel"]


@dataclass(frozen=True)
class OpenAIModel:
    """A connection of `api: openai`: whatever speaks its chat completions.

    `timeout` is seconds for a whole answer.
    """

    name: str
    base_url: Env | str = "https://api.openai.com/v1"
    api_key: Env | str | None = None
    model: str | None = None
    headers: dict[str, Env | str] = field(default_factory=dict[str, Env | str])
    timeout: float = 60.0

    async def complete(self, step: Step, call: ModelCall) -> str:
        """The text of the first choice; raises `ModelError` where there is none."""
        headers = self.read_headers()
        messages = [{"role": "user", "content": call.prompt}]
        if call.system is not None:
            messages.insert(0, {"role": "system", "content": call.system})
        model = call.model or self.model
        url = f"{(read_setting(self.base_url) or '').rstrip('/')}/chat/completions"
        json = {"model": model, "messages": messages, **call.options}
        try:
            async with asyncio.timeout(self.timeout):
                response = await send(
                    self.name, "POST", url, headers=headers, json=json
                )
        except TimeoutError:
            message = f"`{self.name}` did not answer within {self.timeout:g} seconds"
            raise ModelError(message) from None
        if response.status_code != 200:
            body = response.text
            for value in headers.values():
                body = body.replace(value.removeprefix("Bearer ") or "\0", "***")
            status = response.status_code
            raise ModelError(f"`{self.name}` answered {status}: {body[:200]}")
        try:
            return self.answer(step, response.json())
        except ValueError as error:
            raise ModelError(f"`{self.name}` answered without JSON") from error

    def read_headers(self) -> dict[str, str]:
        """The headers of a request, the key among them."""
        headers = {
            name: read_setting(value) or "" for name, value in self.headers.items()
        }
        key = read_setting(self.api_key)
        if key is not None:
            # Keys come out of files, with the line break at their end.
            headers["Authorization"] = f"Bearer {key.strip()}"
        return headers

    def answer(self, step: Step, body: Any) -> str:
        """The text in a response's body."""
        try:
            text = body["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            text = None
        if not isinstance(text, str):
            raise ModelError(f"`{self.name}` answered without a text")
        try:
            tokens = body["usage"]["total_tokens"]
        except (KeyError, TypeError):
            tokens = None
        step.tokens = tokens if isinstance(tokens, int) else None
        return text
