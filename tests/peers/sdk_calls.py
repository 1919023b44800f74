"""The calls of the tests as the providers' own SDKs make them; run where those are.

Standard input has `url`, the address of a server, and `tool`, the schema of a tool. Each
call goes to a path of its own below the address. Printed is, by call, what the SDK
reads in the answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from tests.peers.sdk_review import Review

GIVEN: dict[str, Any] = {}
PIXEL = "aGVsbG8="
PDF = "JVBERi0x"
PDF_TYPE = "application/pdf"
KEPT: list[Any] = []
"""Clients that would close as soon as nobody holds them."""

ANTHROPIC_TURNS = [
    {"role": "user", "content": "Weather?"},
    {
        "role": "assistant",
        "content": [
            {
                "type": "tool_use",
                "id": "c1",
                "name": "weather",
                "input": {"city": "Oslo"},
            }
        ],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "7 C"}],
    },
]


def openai(name: str) -> Any:
    from openai import OpenAI

    url = f"{GIVEN['url']}/{name}/v1"
    return OpenAI(base_url=url, api_key="sk-test", max_retries=0)


def chat_reading(answer: Any) -> dict[str, Any]:
    message = answer.choices[0].message
    return {
        "text": message.content,
        "calls": [
            [c.id, c.function.name, json.loads(c.function.arguments)]
            for c in message.tool_calls or []
        ],
        "tokens": [answer.usage.prompt_tokens, answer.usage.completion_tokens],
    }


def chat_tool() -> dict[str, Any]:
    return {"type": "function", "function": GIVEN["tool"]}


def chat_plain(name: str) -> Any:
    return chat_reading(
        openai(name).chat.completions.create(
            model="m",
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hello"},
            ],
            temperature=0,
            max_tokens=50,
            stop=["END"],
        )
    )


def chat_history(name: str) -> Any:
    return chat_reading(
        openai(name).chat.completions.create(
            model="m",
            messages=[
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": "Hello. Yes?"},
                {"role": "user", "content": "Who are you?"},
            ],
        )
    )


def chat_images(name: str) -> Any:
    parts = [
        {"type": "text", "text": "Compare."},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    return chat_reading(
        openai(name).chat.completions.create(
            model="m", messages=[{"role": "user", "content": parts}]
        )
    )


def part_of(kind: Any, **fields: Any) -> Any:
    """A part of a message, of fields that the SDK's type has."""
    unknown = fields.keys() - kind.__annotations__.keys()
    assert not unknown, f"{kind.__name__} has no {unknown}"
    return kind(**fields)


def chat_files(name: str) -> Any:
    from openai.types.chat.chat_completion_content_part_param import File, FileFile

    data = f"data:{PDF_TYPE};base64,{PDF}"
    file = part_of(FileFile, filename="a.pdf", file_data=data)
    parts = [
        part_of(File, type="file", file=file),
        {"type": "text", "text": "Read."},
    ]
    return chat_reading(
        openai(name).chat.completions.create(
            model="m", messages=[{"role": "user", "content": parts}]
        )
    )


def chat_wants_a_tool(name: str) -> Any:
    return chat_reading(
        openai(name).chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": "Weather?"}],
            tools=[chat_tool()],
        )
    )


def chat_tool_result(name: str) -> Any:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
    }
    return chat_reading(
        openai(name).chat.completions.create(
            model="m",
            messages=[
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "7 C"},
            ],
            tools=[chat_tool()],
        )
    )


def chat_typed(name: str) -> Any:
    return chat_reading(
        openai(name).chat.completions.parse(
            model="m",
            messages=[{"role": "user", "content": "Review"}],
            response_format=Review,
        )
    )


def chat_stream(name: str) -> Any:
    text, usage = "", None
    for chunk in openai(name).chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage = chunk.usage or usage
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
    tokens = [usage.prompt_tokens, usage.completion_tokens] if usage else None
    return {"text": text, "calls": [], "tokens": tokens}


def chat_vectors(name: str) -> Any:
    answer = openai(name).embeddings.create(
        model="e", input=["one", "two"], encoding_format="float"
    )
    return {"vectors": [item.embedding for item in answer.data]}


def response_reading(answer: Any) -> dict[str, Any]:
    return {
        "text": answer.output_text,
        "calls": [
            [item.call_id, item.name, json.loads(item.arguments)]
            for item in answer.output
            if item.type == "function_call"
        ],
        "tokens": [answer.usage.input_tokens, answer.usage.output_tokens],
    }


def response_plain(name: str) -> Any:
    return response_reading(
        openai(name).responses.create(
            model="m",
            instructions="Be brief.",
            input=[{"role": "user", "content": "Hello"}],
            temperature=0,
            max_output_tokens=50,
        )
    )


def response_images(name: str) -> Any:
    parts = [
        {"type": "input_text", "text": "Compare."},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
    ]
    return response_reading(
        openai(name).responses.create(
            model="m", input=[{"role": "user", "content": parts}]
        )
    )


def response_files(name: str) -> Any:
    from openai.types.responses import ResponseInputFileParam as File

    data = f"data:{PDF_TYPE};base64,{PDF}"
    parts = [
        part_of(File, type="input_file", filename="a.pdf", file_data=data),
        part_of(File, type="input_file", file_url="https://example.com/b.pdf"),
        {"type": "input_text", "text": "Read."},
    ]
    return response_reading(
        openai(name).responses.create(
            model="m", input=[{"role": "user", "content": parts}]
        )
    )


def response_tool_result(name: str) -> Any:
    call = {
        "type": "function_call",
        "call_id": "c1",
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
    }
    result = {"type": "function_call_output", "call_id": "c1", "output": "7 C"}
    return response_reading(
        openai(name).responses.create(
            model="m",
            input=[{"role": "user", "content": "Weather?"}, call, result],
            tools=[{"type": "function", "strict": False, **GIVEN["tool"]}],
        )
    )


def response_typed(name: str) -> Any:
    return response_reading(
        openai(name).responses.parse(
            model="m", input=[{"role": "user", "content": "Review"}], text_format=Review
        )
    )


def response_stream(name: str) -> Any:
    text, whole = "", None
    for event in openai(name).responses.create(
        model="m", input=[{"role": "user", "content": "Hello"}], stream=True
    ):
        text += event.delta if event.type == "response.output_text.delta" else ""
        whole = event.response if event.type == "response.completed" else whole
    assert whole is not None
    return {**response_reading(whole), "text": text}


def anthropic(name: str) -> Any:
    from anthropic import Anthropic

    url = f"{GIVEN['url']}/{name}"
    return Anthropic(base_url=url, api_key="sk-test", max_retries=0).messages


def message_reading(answer: Any) -> dict[str, Any]:
    return {
        "text": "".join(b.text for b in answer.content if b.type == "text"),
        "calls": [
            [b.id, b.name, b.input] for b in answer.content if b.type == "tool_use"
        ],
        "tokens": [answer.usage.input_tokens, answer.usage.output_tokens],
    }


def message(name: str, **given: Any) -> Any:
    created = anthropic(name).create(model="m", max_tokens=4096, **given)
    return message_reading(created)


def message_tool() -> dict[str, Any]:
    tool = GIVEN["tool"]
    told = {"name": tool["name"], "description": tool["description"]}
    return {**told, "input_schema": tool["parameters"]}


def message_plain(name: str) -> Any:
    turns = [{"role": "user", "content": "Hello"}]
    more = {"stop_sequences": ["END"], "service_tier": "auto"}
    return message(name, system="Be brief.", messages=turns, **more)


def message_images(name: str) -> Any:
    sources = [
        {"type": "url", "url": "https://example.com/a.png"},
        {"type": "base64", "media_type": "image/png", "data": PIXEL},
    ]
    parts: list[Any] = [{"type": "image", "source": source} for source in sources]
    parts.append({"type": "text", "text": "Compare."})
    return message(name, messages=[{"role": "user", "content": parts}])


def message_files(name: str) -> Any:
    from anthropic import types

    sources = {
        "a.pdf": part_of(
            types.Base64PDFSourceParam, type="base64", media_type=PDF_TYPE, data=PDF
        ),
        "b.pdf": part_of(
            types.URLPDFSourceParam, type="url", url="https://example.com/b.pdf"
        ),
        "a.csv": part_of(
            types.PlainTextSourceParam, type="text", media_type="text/plain", data="a,b"
        ),
    }
    parts = [
        part_of(types.DocumentBlockParam, type="document", source=source, title=title)
        for title, source in sources.items()
    ]
    parts.append({"type": "text", "text": "Read."})
    return message(name, messages=[{"role": "user", "content": parts}])


def message_wants_a_tool(name: str) -> Any:
    turns = [{"role": "user", "content": "Weather?"}]
    return message(name, messages=turns, tools=[message_tool()])


def message_tool_result(name: str) -> Any:
    return message(name, messages=ANTHROPIC_TURNS, tools=[message_tool()])


def message_typed(name: str) -> Any:
    return message_reading(
        anthropic(name).parse(
            model="m",
            max_tokens=4096,
            messages=[{"role": "user", "content": "Review"}],
            output_format=Review,
        )
    )


def message_stream(name: str) -> Any:
    turns = [{"role": "user", "content": "Hello"}]
    with anthropic(name).stream(model="m", max_tokens=4096, messages=turns) as stream:
        return message_reading(stream.get_final_message())


def gemini(name: str) -> Any:
    from google import genai

    options = {"base_url": f"{GIVEN['url']}/{name}", "api_version": "v1beta"}
    client = genai.Client(api_key="sk-test", http_options=options)
    KEPT.append(client)
    return client.models


def gemini_reading(answer: Any) -> dict[str, Any]:
    usage = answer.usage_metadata
    return {
        "text": "".join(part.text or "" for part in answer.candidates[0].content.parts),
        "calls": [[c.id, c.name, c.args] for c in answer.function_calls or []],
        "tokens": [usage.prompt_token_count, usage.candidates_token_count],
    }


def gemini_plain(name: str) -> Any:
    return gemini_reading(
        gemini(name).generate_content(
            model="m",
            contents="Hello",
            config={
                "system_instruction": "Be brief.",
                "temperature": 0,
                "max_output_tokens": 50,
                "stop_sequences": ["END"],
            },
        )
    )


def gemini_images(name: str) -> Any:
    from google.genai import types

    image = types.Part.from_bytes(data=b"hello", mime_type="image/png")
    parts = [image, types.Part(text="Compare.")]
    contents = [types.Content(role="user", parts=parts)]
    return gemini_reading(gemini(name).generate_content(model="m", contents=contents))


def gemini_files(name: str) -> Any:
    from google.genai import types

    parts = [
        types.Part.from_bytes(data=b"%PDF-1", mime_type=PDF_TYPE),
        types.Part.from_uri(file_uri="https://example.com/b.pdf", mime_type=PDF_TYPE),
        types.Part(text="Read."),
    ]
    contents = [types.Content(role="user", parts=parts)]
    return gemini_reading(gemini(name).generate_content(model="m", contents=contents))


def gemini_tool() -> Any:
    from google.genai import types

    tool = GIVEN["tool"]
    declared = types.FunctionDeclaration(
        name=tool["name"],
        description=tool["description"],
        parameters_json_schema=tool["parameters"],
    )
    return types.Tool(function_declarations=[declared])


def gemini_wants_a_tool(name: str) -> Any:
    config = {"tools": [gemini_tool()]}
    return gemini_reading(
        gemini(name).generate_content(model="m", contents="Weather?", config=config)
    )


def gemini_typed(name: str) -> Any:
    config = {
        "response_mime_type": "application/json",
        "response_json_schema": Review.model_json_schema(),
    }
    return gemini_reading(
        gemini(name).generate_content(model="m", contents="Review", config=config)
    )


def gemini_stream(name: str) -> Any:
    pieces = list(gemini(name).generate_content_stream(model="m", contents="Hello"))
    last = gemini_reading(pieces[-1])
    return {**last, "text": "".join(gemini_reading(p)["text"] for p in pieces)}


def gemini_vectors(name: str) -> Any:
    answer = gemini(name).embed_content(model="e", contents=["one", "two"])
    return {"vectors": [item.values for item in answer.embeddings]}


CALLS: list[Callable[[str], Any]] = [
    chat_plain,
    chat_history,
    chat_images,
    chat_files,
    chat_wants_a_tool,
    chat_tool_result,
    chat_typed,
    chat_stream,
    chat_vectors,
    response_plain,
    response_images,
    response_files,
    response_tool_result,
    response_typed,
    response_stream,
    message_plain,
    message_images,
    message_files,
    message_wants_a_tool,
    message_tool_result,
    message_typed,
    message_stream,
    gemini_plain,
    gemini_images,
    gemini_files,
    gemini_wants_a_tool,
    gemini_typed,
    gemini_stream,
    gemini_vectors,
]

if __name__ == "__main__":
    GIVEN.update(json.load(sys.stdin))
    json.dump({call.__name__: call(call.__name__) for call in CALLS}, sys.stdout)
