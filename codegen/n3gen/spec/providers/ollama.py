"""`api: ollama`: a server of Ollama's."""

from __future__ import annotations

from typing import Final

from n3gen.spec.connection_nodes import Connection, option_names

__all__ = ["OllamaConnection"]

_MODEL: Final = """
draft_num_predict f16_kv frequency_penalty logits_all low_vram main_gpu min_p mirostat
mirostat_eta mirostat_tau num_batch num_ctx num_gpu num_gqa num_keep num_predict
num_thread numa penalize_newline presence_penalty repeat_last_n repeat_penalty seed stop
temperature tfs_z top_k top_p typical_p use_mlock use_mmap vocab_only
"""


class OllamaConnection(Connection):
    """A connection to Ollama, whose options are those of a model beside its own."""

    api = "ollama"
    CANNOT = ("files",)
    WAYS = ("schema", "json", "prompt")
    OPTIONS = option_names(
        _MODEL, "keep_alive logprobs shift think top_logprobs truncate"
    )
    EMBED_OPTIONS = option_names(_MODEL, "dimensions keep_alive truncate")
