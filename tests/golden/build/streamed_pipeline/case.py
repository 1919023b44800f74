"""What the chains are given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any


async def archive(ctx: Any) -> str:
    await asyncio.sleep(1)
    return f"kept {ctx.options['site']}"


async def speaker(ctx: Any) -> str:
    return f"({ctx.payload['piece'].strip()})"


async def finder(ctx: Any) -> AsyncGenerator[dict[str, Any], None]:
    for number, score in enumerate((0.9, 0.2, 0.8)):
        await asyncio.sleep(1)
        yield {"title": f"{ctx.payload['query']} {number}", "score": score}


CONNECTORS = {"archive": archive, "speaker": speaker, "finder": finder}
PAYLOADS = {
    "index_pages": {"site": "example.org"},
    "read_aloud": {"topic": "stones"},
    "search": {"query": "stones"},
}
