"""Takes a call to a model; hands on the answer of an OpenAI chat completions endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .clients import http_client
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
        headers = {
            name: read_setting(value) or "" for name, value in self.headers.items()
        }
        key = read_setting(self.api_key)
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        messages = [{"role": "user", "content": call.prompt}]
        if call.system is not None:
            messages.insert(0, {"role": "system", "content": call.system})
        model = call.model or self.model
        response = await http_client(self.name, self.timeout).post(
            f"{(read_setting(self.base_url) or '').rstrip('/')}/chat/completions",
            headers=headers,
            json={"model": model, "messages": messages, **call.options},
        )
        if response.status_code != 200:
            body = response.text[:200]
            raise ModelError(f"`{self.name}` answered {response.status_code}: {body}")
        return self.answer(step, response.json())

    def answer(self, step: Step, body: Any) -> str:
        """The text in a response's body."""
        try:
            text = body["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            text = None
        if not isinstance(text, str):
            raise ModelError(f"`{self.name}` answered without a text")
        usage: dict[str, Any] = body.get("usage") or {}
        step.tokens = usage.get("total_tokens")
        return text
