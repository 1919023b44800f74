"""Endpoints of any shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from ..http.calls import HttpCall
from ..http.wire import HttpConnection, StreamReader
from ..models.models import ModelAnswer, ModelRequest, TokenUsage, UsageMeter
from ..recovery.failures import ModelError
from ..run.inputs import is_dict, is_list
from .endings import raise_reported_error
from .structure import WordsStructure, split_system

__all__ = ["HttpModel", "HttpPrompt"]


@dataclass(frozen=True)
class HttpPrompt:
    """What is asked, for the body of a request.

    `prompt` is the last user's turn, `messages` are all turns as `{role, content}`.
    """

    prompt: str
    system: str | None
    model: str | None
    messages: Sequence[Mapping[str, str]]
    options: Mapping[str, Any]


def plain_body(asked: HttpPrompt) -> Any:
    """The body of a request to a connection that describes none."""
    fields = {"prompt": asked.prompt, "system": asked.system, "model": asked.model}
    given = {name: text for name, text in fields.items() if text is not None}
    return {**given, **asked.options}


@dataclass(frozen=True, kw_only=True)
class HttpModel(HttpConnection):
    """A connection of `api: http`.

    `body` makes the JSON of a request, `answer` finds the answer in the JSON that
    comes back: a text, or data that is taken as JSON.
    """

    answer: Callable[[Any], Any]
    method: str = "POST"
    path: str = ""
    body: Callable[[HttpPrompt], Any] = plain_body

    can_stream: ClassVar[bool] = False

    def key_headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A request with the body that the connection describes."""
        if request.tools:
            raise ModelError(f"`{self.name}` calls no tools")
        if any(message.images for message in request.messages):
            raise ModelError(f"`{self.name}` takes no pictures")
        system, turns = split_system(request, self.structure or WordsStructure())
        asked = HttpPrompt(
            turns[-1].text if turns else "",
            system,
            request.model,
            [{"role": turn.role, "content": turn.text} for turn in turns],
            request.options,
        )
        path, _, query = self.path.partition("?")
        pairs = dict(parse_qsl(query, keep_blank_values=True))
        return HttpCall(path, self.body(asked), query=pairs, method=self.method)

    def read(self, body: Any) -> ModelAnswer:
        """Return the answer in a response."""
        first = body[0] if is_list(body) and body else body
        if is_dict(first):
            # A list of `errors` may be what the endpoint is asked for.
            known = {key: part for key, part in first.items() if key != "errors"}
            raise_reported_error(self.name, known)
        text = self.text_in(body)
        if not text:
            raise ModelError(f"`{self.name}` answered without a text")
        return ModelAnswer(text)

    def read_whole(self, meter: UsageMeter, body: Any) -> ModelAnswer:
        """Return the answer in a response; one beside an error counts too."""
        try:
            return super().read_whole(meter, body)
        finally:
            with suppress(AttributeError, LookupError, TypeError, ValueError):
                meter.letters = len(self.text_in(body)) or None

    def text_in(self, body: Any) -> str:
        """Return the answer as a text, a blank one where there is none."""
        found = self.answer(body)
        if found is None or isinstance(found, str):
            return found or ""
        return json.dumps(found)

    def reader(self) -> StreamReader:
        raise ModelError(f"`{self.name}` does not stream")

    def usage_in(self, body: Any) -> TokenUsage | None:
        """Nothing: where an endpoint of any shape counts tokens is not known."""
        return None
