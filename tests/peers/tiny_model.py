"""A language model of some 250 kB with random weights, as llama.cpp reads it (GGUF).

It knows bytes, and prefers printable ones; where a grammar lets it, it ends a text.
"""

from __future__ import annotations

import random
import struct
from array import array
from pathlib import Path

__all__ = ["write_tiny_model"]

WIDTH = 32
"""Numbers by which a token is known; the first is the same for all."""

LAYERS = 1
ALIGNMENT = 32

UINT32, FLOAT32, STRING, ARRAY, INT32 = 4, 6, 8, 9, 5
"""Types of GGUF's metadata."""

SPECIAL = ("<unk>", "<s>", "</s>")
SPECIAL_TYPES = (2, 3, 3)
NORMAL, BYTE = 1, 6


def write_tiny_model(path: Path, seed: int = 1) -> None:
    """Writes the model; the same bytes for the same seed."""
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581", *letters]
    types = [*SPECIAL_TYPES, *[BYTE] * 256, *[NORMAL] * (1 + len(letters))]
    metadata = [
        entry("general.architecture", "llama"),
        entry("general.name", "tiny"),
        entry("llama.context_length", 2048),
        entry("llama.embedding_length", WIDTH),
        entry("llama.block_count", LAYERS),
        entry("llama.feed_forward_length", 2 * WIDTH),
        entry("llama.rope.dimension_count", WIDTH // 2),
        entry("llama.attention.head_count", 2),
        entry("llama.attention.head_count_kv", 2),
        entry("llama.attention.layer_norm_rms_epsilon", 1e-5),
        entry("llama.pooling_type", 1),
        entry("tokenizer.ggml.model", "llama"),
        entry("tokenizer.ggml.tokens", tokens),
        entry("tokenizer.ggml.scores", [-float(n) for n in range(len(tokens))]),
        entry("tokenizer.ggml.token_type", types),
        entry("tokenizer.ggml.unknown_token_id", 0),
        entry("tokenizer.ggml.bos_token_id", 1),
        entry("tokenizer.ggml.eos_token_id", 2),
    ]
    tensors = weights(tokens, random.Random(seed))
    heads, data = b"", b""
    for name, (shape, values) in tensors.items():
        heads += text(name) + struct.pack("<I", len(shape))
        heads += struct.pack(f"<{len(shape)}QIQ", *shape, 0, len(data))
        data += padded(array("f", values).tobytes())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    path.write_bytes(padded(head + b"".join(metadata) + heads) + data)


def weights(
    tokens: list[str], random_: random.Random
) -> dict[str, tuple[tuple[int, ...], list[float]]]:
    """The tensors by name, with their shapes (the fastest dimension first)."""

    def matrix(*shape: int) -> tuple[tuple[int, ...], list[float]]:
        count = shape[0] * shape[1]
        return shape, [random_.gauss(0.0, 0.3) for _ in range(count)]

    ones = ((WIDTH,), [1.0] * WIDTH)
    embedding, output = matrix(WIDTH, len(tokens)), matrix(WIDTH, len(tokens))
    for number, token in enumerate(tokens):
        embedding[1][number * WIDTH] = 2.0
        output[1][number * WIDTH] = leaning(token)
    found = {
        "token_embd.weight": embedding,
        "output_norm.weight": ones,
        "output.weight": output,
    }
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            found[f"blk.{layer}.{name}.weight"] = ones
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"blk.{layer}.{name}.weight"] = matrix(WIDTH, WIDTH)
        for name in ("ffn_gate", "ffn_up"):
            found[f"blk.{layer}.{name}.weight"] = matrix(WIDTH, 2 * WIDTH)
        found[f"blk.{layer}.ffn_down.weight"] = matrix(2 * WIDTH, WIDTH)
    return found


def leaning(token: str) -> float:
    """How much a token is preferred, whatever came before."""
    if token.startswith("<"):
        return -4.0
    return {'"': 3.0, "}": 3.0, "]": 3.0, ",": 2.0}.get(token, 0.0)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(
    key: str, value: str | int | float | list[str] | list[float] | list[int]
) -> bytes:
    """One entry of the metadata."""
    if isinstance(value, str):
        return text(key) + struct.pack("<I", STRING) + text(value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", UINT32, value)
    if isinstance(value, float):
        return text(key) + struct.pack("<If", FLOAT32, value)
    kind = {str: STRING, float: FLOAT32, int: INT32}[type(value[0])]
    head = text(key) + struct.pack("<IIQ", ARRAY, kind, len(value))
    formats = {FLOAT32: "f", INT32: "i"}
    if kind == STRING:
        return head + b"".join(text(str(item)) for item in value)
    return head + struct.pack(f"<{len(value)}{formats[kind]}", *value)
