"""The options that each api knows of a model call, and which of them are numbers.

The names are those of the providers' references, and of the servers that speak
OpenAI's protocol: vLLM, SGLang, llama.cpp, LiteLLM, OpenRouter, Azure, Groq, Together,
Fireworks, Mistral, DeepSeek, Qwen, xAI, Perplexity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from n3gen.diagnostics.suggest import nearest
from n3gen.spec.model import Connection

__all__ = ["NUMBERS", "known_options", "meant_option", "other_key"]

_OPENAI: Final = """
audio frequency_penalty logit_bias logprobs max_completion_tokens max_tokens metadata
modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key
prompt_cache_options prompt_cache_retention reasoning_effort safety_identifier seed
service_tier stop store temperature tool_choice top_logprobs top_p user verbosity
web_search_options
"""
_VLLM_AND_SGLANG: Final = """
add_generation_prompt add_special_tokens allowed_token_ids bad_words best_of cache_salt
chat_template chat_template_kwargs continue_final_message custom_params documents ebnf
echo guided_choice guided_decoding_backend guided_grammar guided_json guided_regex
guided_whitespace_pattern ignore_eos include_reasoning include_stop_str_in_output
kv_transfer_params length_penalty logits_processors lora_path min_p min_tokens
mm_processor_kwargs no_stop_trim priority prompt_logprobs regex repetition_penalty
request_id return_hidden_states return_token_ids return_tokens_as_token_ids
separate_reasoning session_params skip_special_tokens spaces_between_special_tokens
stop_regex stop_token_ids stream_reasoning structural_tag structured_outputs
thinking_token_budget top_k truncate_prompt_tokens use_beam_search vllm_xargs
"""
_LLAMA_CPP: Final = """
cache_prompt dry_allowed_length dry_base dry_multiplier dry_penalty_last_n
dry_sequence_breakers dynatemp_exponent dynatemp_range grammar grammar_lazy
grammar_triggers id_slot json_schema lora min_keep mirostat mirostat_eta mirostat_tau
n_cache_reuse n_discard n_indent n_keep n_predict n_probs parse_tool_calls
post_sampling_probs preserved_tokens reasoning_format repeat_last_n repeat_penalty
response_fields return_progress return_tokens samplers t_max_predict_ms tfs_z
thinking_forced_open timings_per_token top_n_sigma typical_p xtc_probability
xtc_threshold
"""
_SERVICES: Final = """
allowed_openai_params cache cache_control caching citation_options compound_custom
context_length_exceeded_behavior custom_llm_provider data_sources deferred
disable_fallbacks disable_search disable_tool_validation drop_params enable_search
enable_search_classifier enable_thinking exclude_domains fallbacks guardrails
image_config include_domains incremental_output last_updated_after_filter
last_updated_before_filter litellm_session_id litellm_trace_id mirostat_lr
mirostat_target mock_response mock_timeout models no-log num_retries
perf_metrics_in_response plugins preset prompt_cache_isolation_key prompt_mode
prompt_truncate_len provider random_seed raw_output reasoning reasoning_split
repetition_penalty return_images return_related_questions route safe_prompt
safety_model search_after_date_filter search_before_date_filter search_domain_filter
search_mode search_options search_parameters search_recency_filter search_settings
session_id speculation tags thinking thinking_budget tool_stream top_a trace transforms
translation_options usage user_security_context vl_high_resolution_images
"""
_RESPONSES: Final = """
background context_management conversation include max_output_tokens max_tool_calls
metadata moderation parallel_tool_calls previous_response_id prompt_cache_key
prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier
store temperature text tool_choice top_logprobs top_p truncation user
"""
_ANTHROPIC: Final = """
billing_policy cache_control compaction container context_management diagnostics
fallback_credit_token fallbacks inference_geo max_tokens mcp_servers metadata
output_config service_tier speed stop_sequences temperature thinking thread tool_choice
top_k top_p user_profile_id workspace_id
"""
_GEMINI: Final = """
audio_timestamp audio_transcription_config cached_content candidate_count
continuation_token enable_affective_dialog enable_enhanced_civic_answers
frequency_penalty generation_output_config image_config labels logprobs
max_output_tokens media_resolution model_armor_config model_selection_config
presence_penalty response_logprobs response_modalities routing_config safety_settings
seed service_tier speech_config stop_sequences store temperature thinking_config
tool_config top_k top_p translation_config
"""
_OLLAMA_MODEL: Final = """
draft_num_predict f16_kv frequency_penalty logits_all low_vram main_gpu min_p mirostat
mirostat_eta mirostat_tau num_batch num_ctx num_gpu num_gqa num_keep num_predict
num_thread numa penalize_newline presence_penalty repeat_last_n repeat_penalty seed stop
temperature tfs_z top_k top_p typical_p use_mlock use_mmap vocab_only
"""
_OLLAMA: Final = (
    f"{_OLLAMA_MODEL} keep_alive logprobs shift think top_logprobs truncate"
)

_EMBED_OPENAI: Final = """
add_special_tokens additional_data dimensions embedding_type embedding_types
encoding_format input_type late_chunking mm_processor_kwargs modality normalize
output_dimension output_dtype priority prompt_name provider request_id task task_type
truncate truncate_prompt_tokens truncation user
"""
_EMBED_GEMINI: Final = """
audio_track_extraction auto_truncate document_ocr mime_type output_dimensionality
task_type title
"""
_EMBED_OLLAMA: Final = f"{_OLLAMA_MODEL} dimensions keep_alive truncate"


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _names(*texts: str, camel: bool = False) -> frozenset[str]:
    names = {name for text in texts for name in text.split()}
    return frozenset(names | {_camel(name) for name in names} if camel else names)


_CHAT: Final = {
    "openai": _names(_OPENAI, _VLLM_AND_SGLANG, _LLAMA_CPP, _SERVICES),
    "responses": _names(_RESPONSES, _VLLM_AND_SGLANG, _SERVICES),
    "anthropic": _names(_ANTHROPIC),
    "gemini": _names(_GEMINI, camel=True),
    "ollama": _names(_OLLAMA),
}
_EMBED: Final = {
    "openai": _names(_EMBED_OPENAI),
    "responses": _names(_EMBED_OPENAI),
    "gemini": _names(_EMBED_GEMINI, camel=True),
    "ollama": _names(_EMBED_OLLAMA),
}

NUMBERS: Final = _names(
    """
    candidate_count dimensions frequency_penalty length_penalty max_completion_tokens
    max_output_tokens max_tokens max_tool_calls min_p min_tokens n num_batch num_ctx
    num_keep num_predict n_predict output_dimension output_dimensionality
    presence_penalty repeat_last_n repeat_penalty repetition_penalty seed temperature
    tfs_z top_k top_logprobs top_p typical_p
    """,
    camel=True,
)
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
    "options": "write what stands in it directly under `options:`",
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


def known_options(connection: Connection, *, embeds: bool) -> frozenset[str] | None:
    """The options that a call over a connection may have; `None` where it may have any."""
    api: str = connection.api
    if connection.endpoint == "responses":
        api = "responses"
    return (_EMBED if embeds else _CHAT).get(api)


def other_key(option: str, known: Iterable[str]) -> str | None:
    """How to say what an option of that name is not for; `None` where it is an option."""
    return None if option in known else _KEYS.get(option)


def meant_option(option: str, known: frozenset[str]) -> str | None:
    """The known option that an unknown one was most likely meant to be."""
    for group in _SAME:
        if option in group:
            return next((name for name in group if name in known), None)
    return nearest(option, known)
