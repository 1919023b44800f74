"""What the chains are given."""

from __future__ import annotations

from typing import Any


async def legal_agent(ctx: Any) -> str:
    return f"the lawyer read {ctx.payload['analysis']}"


async def formatter(ctx: Any) -> str:
    return f"<{ctx.payload['response']}>"


CONNECTORS = {"legal_agent": legal_agent, "formatter": formatter}
PAYLOADS = {
    "routing": {"doc": " an invoice "},
    "handle_all": {"docs": ["an invoice", "an invoice for you"]},
}
