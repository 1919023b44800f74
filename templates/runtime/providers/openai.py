"""Takes requests to models; hands on the answers of an OpenAI chat completions endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..http.calls import HttpCall
from ..http.secrets import Env
from ..http.server_words import told_error
from ..http.wire import HttpConnection, StreamReader
from ..models.models import (
    AnswerSchema,
    ChatTurn,
    ModelAnswer,
    ModelImage,
    ModelRequest,
    ModelTool,
    TextVectors,
    TokenUsage,
)
from ..recovery.failures import ModelError
from ..run.inputs import is_list
from .json_parts import count_in, object_in, objects_in, text_in
from .structure import (
    ANSWER_TOOL,
    answer_tool,
    is_strict,
    strict_schema,
    system_with_schema,
)
from .wanted_calls import WantedCall, answer_wanted, arguments_text, read_calls

__all__ = ["OpenAIModel"]


@dataclass(frozen=True)
class OpenAIModel(HttpConnection):
    """A connection of `api: openai`: whatever speaks its chat completions."""

    base_url: Env | str = field(default="https://api.openai.com/v1", kw_only=True)

    def key_headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A chat completion."""
        schema, way = request.schema, self.structured_output
        system = request.system
        if way in ("json", "prompt"):
            system = system_with_schema(request)
        messages: list[dict[str, Any]] = []
        if system is not None:
            messages.append({"role": "system", "content": system})
        for message in request.messages:
            messages += chat_messages(message)
        body: dict[str, Any] = {**chosen_model(request.model), "messages": messages}
        tools = [chat_tool(tool) for tool in request.tools]
        if schema is not None and way == "schema":
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": named_schema(schema),
            }
        elif schema is not None and way == "json":
            body["response_format"] = {"type": "json_object"}
        elif schema is not None and way == "tool":
            tools.append({"type": "function", "function": answer_tool(schema)})
            chosen = {"type": "function", "function": {"name": ANSWER_TOOL}}
            body["tool_choice"] = "required" if request.tools else chosen
        if tools:
            body["tools"] = tools
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return HttpCall("/chat/completions", {**body, **request.options})

    def read(self, body: Any) -> ModelAnswer:
        """The first choice of a chat completion."""
        raise_told_error(self.name, body)
        choices = objects_in(body, "choices")
        choice = choices[0] if choices else {}
        message = object_in(choice, "message")
        calls = [
            WantedCall(
                text_in(call, "id"),
                call["function"]["name"],
                call["function"].get("arguments"),
            )
            for call in objects_in(message, "tool_calls")
        ]
        return self.completed(
            ChatCompletion(
                content_text(message.get("content")),
                calls,
                text_in(choice, "finish_reason"),
                text_in(message, "refusal"),
            ),
            chat_usage(body),
            text_in(body, "model"),
        )

    def completed(
        self, told: ChatCompletion, usage: TokenUsage | None, model: str | None
    ) -> ModelAnswer:
        """The answer in a completion; raises `ModelError` for a refusal."""
        text, wanted, finish, refusal = told
        if refusal:
            raise ModelError(f"`{self.name}` refused: {refusal}", "refusal")
        if finish == "content_filter":
            raise ModelError(f"`{self.name}` refused: its filter took it", "refusal")
        answer = answer_wanted(wanted)
        if answer is not None:
            return ModelAnswer(answer, (), usage, model or None)
        if not text and not wanted:
            why = " within its limit of tokens" if finish == "length" else ""
            raise ModelError(f"`{self.name}` answered without a text{why}")
        return ModelAnswer(text, read_calls(self.name, wanted), usage, model or None)

    def reader(self) -> StreamReader:
        return ChatReader(self)

    def write_texts(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> HttpCall:
        """A request for embeddings."""
        body = {**chosen_model(model), "input": list(texts), **options}
        return HttpCall("/embeddings", body)

    def read_vectors(self, body: Any) -> TextVectors:
        """Embeddings in the order of the texts."""
        found = sorted(body["data"], key=lambda item: count_in(item, "index"))
        vectors = [list(map(float, item["embedding"])) for item in found]
        return TextVectors(vectors, chat_usage(body))


class ChatCompletion(NamedTuple):
    """What a completion says: its text, the tools it wants, why it ended, a refusal."""

    text: str
    calls: Sequence[WantedCall]
    finish: str
    refusal: str


@dataclass
class StreamedCall:
    """A tool that a model wants called, as far as it has come; `index` is its place."""

    index: Any
    id: str = ""
    name: str = ""
    arguments: str = ""


class ChatReader:
    """Reads the chunks of one streamed chat completion."""

    has_begun = False

    def __init__(self, connection: OpenAIModel) -> None:
        self.connection = connection
        self.text: list[str] = []
        self.refusal: list[str] = []
        self.calls: list[StreamedCall] = []
        self.finish = ""
        self.usage: TokenUsage | None = None
        self.model: str | None = None

    def feed(self, event: str, data: Any) -> str:
        """The text that a chunk adds: of the answer, or of the tool that takes it."""
        raise_told_error(self.connection.name, data)
        self.model = text_in(data, "model") or self.model
        self.usage = chat_usage(data) or self.usage
        told = ""
        for choice in objects_in(data, "choices"):
            if count_in(choice, "index") > 0:
                continue
            delta = object_in(choice, "delta")
            told += content_text(delta.get("content"))
            self.text.append(told)
            self.refusal.append(text_in(delta, "refusal"))
            self.finish = text_in(choice, "finish_reason") or self.finish
            told += "".join(map(self.add_call, objects_in(delta, "tool_calls")))
            if any(part for key, part in delta.items() if key != "role"):
                self.has_begun = True
        return told

    def add_call(self, part: Any) -> str:
        """Adds a part of a tool's call; what of it belongs to the answer's text."""
        call = self.call_of(part)
        call.id = text_in(part, "id") or call.id
        function = object_in(part, "function")
        name = text_in(function, "name")
        if name != call.name:  # llama.cpp's Python server tells it in every part
            call.name += name
        added = arguments_text(function.get("arguments"))
        call.arguments += added
        return added if call.name == ANSWER_TOOL else ""

    def call_of(self, part: Any) -> StreamedCall:
        """The call that a part belongs to, by its number or else by its id.

        Some servers number none of them, and some all of them alike.
        """
        index, id_ = part.get("index"), text_in(part, "id")
        for call in reversed(self.calls):
            if index is None or call.index == index:
                if id_ in ("", call.id) or (index is not None and not call.id):
                    return call
                break
        self.calls.append(StreamedCall(index))
        return self.calls[-1]

    def answer(self) -> ModelAnswer | None:
        """The answer, once a chunk has told why it ended."""
        if not self.finish:
            return None
        wanted = [WantedCall(c.id, c.name, c.arguments) for c in self.calls]
        told = ChatCompletion(
            "".join(self.text), wanted, self.finish, "".join(self.refusal)
        )
        return self.connection.completed(told, self.usage, self.model)


def chat_messages(message: ChatTurn) -> list[dict[str, Any]]:
    """A turn as messages of a chat: each result of a tool is one of its own."""
    if message.role == "assistant":
        told: dict[str, Any] = {"role": "assistant", "content": message.text}
        if message.calls:
            told["content"] = message.text or None
            told["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": json.dumps(call.arguments),
                    },
                }
                for call in message.calls
            ]
        return [told]
    results = [
        {"role": "tool", "tool_call_id": result.call.id, "content": result.text}
        for result in message.results
    ]
    if message.images:
        parts: list[dict[str, Any]] = []
        if message.text:
            parts.append({"type": "text", "text": message.text})
        parts += [
            {"type": "image_url", "image_url": {"url": image_address(image)}}
            for image in message.images
        ]
        return [*results, {"role": "user", "content": parts}]
    if message.text or not results:
        return [*results, {"role": "user", "content": message.text}]
    return results


def image_address(image: ModelImage) -> str:
    """The address of a picture, which may hold the picture itself."""
    return image.url or f"data:{image.media_type};base64,{image.data}"


def chat_tool(tool: ModelTool) -> dict[str, Any]:
    """A tool as a chat completion has it."""
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description(),
            "parameters": tool.parameters(),
        },
    }


def named_schema(schema: AnswerSchema) -> dict[str, Any]:
    """A schema by its name, in the strict mode where that can hold it."""
    if not is_strict(schema.schema):
        return {"name": schema.name, "schema": schema.schema, "strict": False}
    return {
        "name": schema.name,
        "schema": strict_schema(schema.schema),
        "strict": True,
    }


def content_text(content: Any) -> str:
    """The text of a message, which may come in parts."""
    if is_list(content):
        return "".join(text_in(part, "text") for part in content)
    return content if isinstance(content, str) else ""


def chosen_model(model: str | None) -> dict[str, Any]:
    """The model of a request; some servers have but one."""
    return {} if model is None else {"model": model}


def chat_usage(body: Any) -> TokenUsage | None:
    """The tokens that a chat completion tells."""
    usage = object_in(body, "usage")
    if not usage:
        return None
    return TokenUsage(
        count_in(usage, "prompt_tokens"),
        count_in(usage, "completion_tokens"),
        count_in(object_in(usage, "prompt_tokens_details"), "cached_tokens"),
    )


def raise_told_error(name: str, data: Any) -> None:
    """Raises `ModelError` for an event or answer that tells of a failure."""
    error: Any = data.get("error")
    if error:
        raise told_error(name, error)
