"""`api: gemini`: Google's Gemini."""

from __future__ import annotations

from typing import Final

from n3gen.spec.connection_nodes import Connection, option_names

__all__ = ["GeminiConnection"]

_GENERATE: Final = """
audio_timestamp audio_transcription_config cached_content candidate_count
continuation_token enable_affective_dialog enable_enhanced_civic_answers
frequency_penalty generation_output_config image_config labels logprobs
max_output_tokens media_resolution model_armor_config model_selection_config
presence_penalty response_logprobs response_modalities routing_config safety_settings
seed service_tier speech_config stop_sequences store temperature thinking_config
tool_config top_k top_p translation_config
"""
_EMBED: Final = """
audio_track_extraction auto_truncate document_ocr mime_type output_dimensionality
task_type title
"""


class GeminiConnection(Connection):
    """A connection to Gemini, whose options are known in both spellings of their names."""

    api = "gemini"
    OPTIONS = option_names(_GENERATE, camel=True)
    EMBED_OPTIONS = option_names(_EMBED, camel=True)
