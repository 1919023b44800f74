"""What a name that is not an option of a model call was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from n3gen.diagnostics.suggest import nearest
from n3gen.spec.connection_nodes import option_names

__all__ = ["NUMBERS", "meant_option", "other_key"]

_NUMBERS: Final = """
candidate_count dimensions frequency_penalty length_penalty max_completion_tokens
max_output_tokens max_tokens max_tool_calls min_p min_tokens n num_batch num_ctx
num_keep num_predict n_predict output_dimension output_dimensionality
presence_penalty repeat_last_n repeat_penalty repetition_penalty seed temperature
tfs_z top_k top_logprobs top_p typical_p
"""
NUMBERS: Final = option_names(_NUMBERS, camel=True)
"""The options that are numbers, whatever the api."""


_PROMPT: Final = "write `prompt:` or `messages:` beside `options`"
_SYSTEM: Final = "write `system:` beside `options`"
_OUTPUT: Final = "write the type as `output:` beside `options`"
_TOOLS: Final = (
    "write `tools:` beside `options`; a provider's own tools go under `extra:`"
)
_MODEL: Final = "write `model:` beside `options`"
_STREAM: Final = "an answer is streamed where somebody listens to the run's events"
_EXTRA: Final = "write `extra:` under `options`: what it holds is passed on as it is"
_KEYS: Final[dict[str, str]] = {
    "model": _MODEL,
    "model_name": _MODEL,
    **dict.fromkeys(("prompt", "messages", "input", "contents"), _PROMPT),
    **dict.fromkeys(
        ("system", "instructions", "system_prompt", "system_instruction"), _SYSTEM
    ),
    "systemInstruction": _SYSTEM,
    **dict.fromkeys(("tools", "functions", "function_call"), _TOOLS),
    **dict.fromkeys(
        (
            "response_format",
            "format",
            "output_format",
            "output_schema",
            "response_schema",
            "responseSchema",
            "response_json_schema",
            "responseJsonSchema",
            "response_mime_type",
            "responseMimeType",
        ),
        _OUTPUT,
    ),
    **dict.fromkeys(("stream", "stream_options"), _STREAM),
    "images": "write `images:` beside `options`",
    "files": "write `files:` beside `options`",
    "timeout": "write `timeout:` beside `options`, or on the connection",
    "request_timeout": "write `timeout:` beside `options`, or on the connection",
    "max_retries": "write `retry:` beside `options`",
    "api_key": "write `api_key:` on the connection",
    "base_url": "write `base_url:` on the connection",
    "betas": "write the header `anthropic-beta` under `headers:` of the connection",
    **dict.fromkeys(
        ("headers", "extra_headers", "default_headers"),
        "write `headers:` on the connection",
    ),
    "extra_query": "write `query:` on the connection",
    "extra_body": _EXTRA,
    "model_kwargs": _EXTRA,
    "options": "write what is in it directly under `options:`",
}
"""What is said by a key of the call or of the connection, not by an option."""

_SAME: Final = (
    (
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "maxOutputTokens",
        "max_new_tokens",
        "num_predict",
        "n_predict",
    ),
    ("stop", "stop_sequences", "stopSequences"),
    ("repeat_penalty", "repetition_penalty"),
    ("reasoning_effort", "reasoning", "thinking", "thinking_config", "think"),
    ("n", "candidate_count"),
    ("num_ctx", "n_ctx", "context_length"),
    ("seed", "random_seed"),
    ("dimensions", "output_dimensionality", "output_dimension"),
    ("user", "metadata"),
)
"""Options that mean the same, by the names that they have here and there."""


def other_key(option: str, known: Iterable[str]) -> str | None:
    """Return the key that says what no option of that name does; `None` where it is one."""
    return None if option in known else _KEYS.get(option)


def meant_option(option: str, known: frozenset[str]) -> str | None:
    """Return the known option that an unknown one was most likely meant to be."""
    for group in _SAME:
        if option in group:
            return next((name for name in group if name in known), None)
    return nearest(option, known)
