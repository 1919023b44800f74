"""`api: anthropic`: Anthropic's messages."""

from __future__ import annotations

from typing import Final

from n3gen.spec.connection_nodes import Connection, option_names

__all__ = ["AnthropicConnection"]

_MESSAGES: Final = """
billing_policy cache_control compaction container context_management diagnostics
fallback_credit_token fallbacks inference_geo max_tokens mcp_servers metadata
output_config service_tier speed stop_sequences temperature thinking thread tool_choice
top_k top_p user_profile_id workspace_id
"""


class AnthropicConnection(Connection):
    """A connection to Anthropic, which has no embeddings."""

    api = "anthropic"
    WAYS = ("schema", "tool", "prompt")
    CANNOT = ("embed",)
    OPTIONS = option_names(_MESSAGES)
