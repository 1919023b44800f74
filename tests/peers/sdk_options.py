"""Prints the options that the providers' SDKs know; run where those are."""

from __future__ import annotations

import json
import sys

from anthropic.types import message_create_params
from google.genai import types
from openai.types import embedding_create_params
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

KINDS = {
    "openai chat": completion_create_params.CompletionCreateParamsBase,
    "openai responses": response_create_params.ResponseCreateParamsBase,
    "openai embed": embedding_create_params.EmbeddingCreateParams,
    "anthropic chat": message_create_params.MessageCreateParamsBase,
    "gemini chat": types.GenerateContentConfig,
    "gemini embed": types.EmbedContentConfig,
}

json.dump(
    {name: list(kind.__annotations__) for name, kind in KINDS.items()}, sys.stdout
)
