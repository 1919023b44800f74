"""`api: openai`: OpenAI, and the servers that speak its protocol."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from n3gen.spec.connection_nodes import Connection, option_names
from n3gen.spec.key_shapes import Choice
from n3gen.spec.keys import Key

__all__ = ["OpenAIConnection"]

# The names are those of the references of OpenAI and of the servers that speak its
# protocol: vLLM, SGLang, llama.cpp, LiteLLM, OpenRouter, Azure, Groq, Together,
# Fireworks, Mistral, DeepSeek, Qwen, xAI, Perplexity.

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
_EMBED: Final = """
add_special_tokens additional_data dimensions embedding_type embedding_types
encoding_format input_type late_chunking mm_processor_kwargs modality normalize
output_dimension output_dtype priority prompt_name provider request_id task task_type
truncate truncate_prompt_tokens truncation user
"""


class OpenAIConnection(Connection):
    """A connection to chat completions, or to the newer responses."""

    api = "openai"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "endpoint",
            Choice("chat", "responses"),
            "which of the API's two ways of asking is used",
            "chat",
        ),
    )
    PROTOCOLS = ("openai", "responses")
    OPTIONS = option_names(_OPENAI, _VLLM_AND_SGLANG, _LLAMA_CPP, _SERVICES)
    RESPONSES_OPTIONS: ClassVar[frozenset[str]] = option_names(
        _RESPONSES, _VLLM_AND_SGLANG, _SERVICES
    )
    EMBED_OPTIONS = option_names(_EMBED)

    endpoint: Literal["chat", "responses"] = "chat"

    @property
    def protocol(self) -> str:
        return "responses" if self.endpoint == "responses" else self.api

    @property
    def about(self) -> str:
        is_plain = self.endpoint == "chat"
        return super().about if is_plain else f"`endpoint: {self.endpoint}`"

    def options(self, *, embeds: bool) -> frozenset[str] | None:
        if self.endpoint == "responses" and not embeds:
            return self.RESPONSES_OPTIONS
        return super().options(embeds=embeds)
