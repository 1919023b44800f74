"""Takes a server's name; hands on a socket that is connected to one of its addresses."""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import Any, NamedTuple

NEXT_ADDRESS_SECONDS = 0.25
"""After which a server's next address is tried as well, as RFC 8305 has it."""


class SocketAddress(NamedTuple):
    """One of a server's addresses, as the system names them."""

    family: int
    type: int
    proto: int
    canonical_name: str
    address: Any


async def connected_socket(host: str, port: int) -> socket.socket:
    """A socket to the first address that answers; raises `OSError` if none does.

    The addresses are tried in turn, of both versions alternately, and a slow one does
    not hold the next one up. No other socket is open when it returns, raises, or is
    cancelled.
    """
    addresses = await server_addresses(host, port)
    tries: list[asyncio.Task[socket.socket]] = []
    winner: asyncio.Task[socket.socket] | None = None
    try:
        while winner is None:
            is_last = len(tries) == len(addresses)
            if not is_last:
                connecting = connect_socket(addresses[len(tries)])
                tries.append(asyncio.create_task(connecting))
            running = [attempt for attempt in tries if not attempt.done()]
            if not running and is_last:
                break
            await asyncio.wait(
                running,
                timeout=None if is_last else NEXT_ADDRESS_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            won = (t for t in tries if t.done() and t.exception() is None)
            winner = next(won, None)
    finally:
        await close_others(tries, winner)
    if winner is not None:
        return winner.result()
    reasons = list(dict.fromkeys(str(attempt.exception()) for attempt in tries))
    raise OSError("; ".join(reasons) or f"{host} has no address")


async def server_addresses(host: str, port: int) -> list[SocketAddress]:
    """The addresses of a server, those of both versions of IP alternately."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    versions: dict[int, list[SocketAddress]] = {}
    for address in map(SocketAddress._make, found):
        versions.setdefault(address.family, []).append(address)
    rows = itertools.zip_longest(*versions.values())
    return [address for row in rows for address in row if address is not None]


async def connect_socket(address: SocketAddress) -> socket.socket:
    """A socket that is connected to an address."""
    opened = socket.socket(address.family, address.type, address.proto)
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, address.address)
    except BaseException:
        opened.close()
        raise
    return opened


async def close_others(
    tries: list[asyncio.Task[socket.socket]],
    winner: asyncio.Task[socket.socket] | None,
) -> None:
    """Ends all tries but the winner, and closes the sockets of those that came second."""
    others = [attempt for attempt in tries if attempt is not winner]
    for attempt in others:
        attempt.cancel()
        attempt.add_done_callback(close_socket)
    if others:
        await asyncio.wait(others)


def close_socket(attempt: asyncio.Task[socket.socket]) -> None:
    """Closes what a try has opened, if it has."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
