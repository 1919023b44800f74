"""Takes requests; hands on responses over one pooled HTTP client per loop and name."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from .run import Step

__all__ = ["close_clients", "http_client", "http_request"]

CLIENTS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, httpx.AsyncClient]] = (
    WeakKeyDictionary()
)
"""The pooled clients of this module, by event loop and connection."""


def http_client(name: str, timeout: float | None = None) -> httpx.AsyncClient:
    """The client of a connection on this event loop; `timeout` is seconds for a read.

    It has no cap on connections: the permits of the runs are the cap.
    """
    clients = CLIENTS.setdefault(asyncio.get_running_loop(), {})
    if name not in clients:
        clients[name] = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=10.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )
    return clients[name]


async def close_clients() -> None:
    """Closes the clients of this event loop."""
    clients = CLIENTS.pop(asyncio.get_running_loop(), {})
    for open_client in clients.values():
        await open_client.aclose()


async def http_request(
    step: Step, method: str, url: str, /, **parts: Any
) -> dict[str, Any]:
    """One HTTP request; raises `httpx.HTTPStatusError` for a status from 400.

    Returns `status`, `headers` (names in lower case) and `body`: parsed where it is
    JSON, else text.
    """
    response = await http_client("http").request(
        method, url, follow_redirects=True, **parts
    )
    response.raise_for_status()
    is_json = "json" in response.headers.get("content-type", "")
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "body": response.json() if is_json else response.text,
    }
