"""Requests below a connection's address, with what the connection adds to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from ..recovery.failures import ModelError
from .addresses import address_fault
from .secrets import Env, read_setting, variables_in

if TYPE_CHECKING:
    from .wire import HttpConnection

__all__ = ["UNSENDABLE", "HttpCall", "RequestParts"]

UNSENDABLE = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)
"""What is raised for a request that is none."""


@dataclass(frozen=True)
class HttpCall:
    """A request below a connection's `base_url`, in its provider's words."""

    path: str
    json: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str = "POST"


class RequestParts:
    """What a call's request is built from; `secrets` are those in it."""

    def __init__(self, connection: HttpConnection, call: HttpCall) -> None:
        self.connection = connection
        self.call = call
        self.secrets: list[str] = []

    def request(self, client: httpx.AsyncClient) -> httpx.Request:
        """Build the request as the client sends it."""
        url, headers = self.address(), self.headers()
        if url.password:
            self.secrets.append(url.password)
        if "authorization" in headers:
            # httpx would send the user of the address in its place.
            url = url.copy_with(userinfo=b"")
        call, name = self.call, self.connection.name
        timeout = httpx.Timeout(None, connect=self.connection.timeouts.connect)
        sent: dict[str, Any] = {"headers": headers, "json": call.json}
        if client.params:  # in whose place httpx puts them
            sent["params"] = url.params
        try:
            return client.build_request(call.method, url, timeout=timeout, **sent)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"what is to be sent to `{name}` is not JSON: {error}"
            raise ModelError(message) from error

    def address(self) -> httpx.URL:
        """Return the URL of the request: the base's path and query, and the call's."""
        setting = self.connection.base_url
        query = {**self.settings(self.connection.query), **self.call.query}
        base_url = read_setting(setting, is_secret=False) or ""
        if fault := address_fault(base_url):
            source = f", from {setting.name}," if isinstance(setting, Env) else ""
            name = self.connection.name
            raise ModelError(f"the `base_url` of `{name}`{source} {fault}")
        return joined_address(base_url, self.call.path, tuple(query.items()))

    def headers(self) -> dict[str, str]:
        """Return the headers by lower-case names; the connection's take precedence."""
        given = list(self.call.headers.items())
        key = read_setting(self.connection.api_key)
        if key is not None:
            self.secrets.append(key)
            given += self.connection.key_headers(key.strip()).items()
        given += self.settings(self.connection.headers).items()
        headers: dict[str, str] = {}
        for name, value in given:
            text = value.strip().replace("\t", " ")
            # httpx says so as well, and shows the value.
            if not (name + text).isascii() or not text.isprintable():
                what = f"has a character that no header may have{variables_in(value)}"
                raise ModelError(f"header `{name}` {what}")
            headers[name.lower()] = text
        return headers

    def settings(self, values: Mapping[str, Env | str]) -> dict[str, str]:
        """Read texts of the connection; those of the environment count as secrets."""
        found = {name: read_setting(value) or "" for name, value in values.items()}
        self.secrets += [found[n] for n, v in values.items() if isinstance(v, Env)]
        return found


@lru_cache(maxsize=64)
def joined_address(
    base_url: str, path: str, query: tuple[tuple[str, str], ...]
) -> httpx.URL:
    """Return the address below a base, with its query and another one.

    Cached, as parsing an address takes longer than all else of building a request.
    """
    base = httpx.URL(base_url)
    # As it is escaped: a `%2F` is no `/`.
    root = base.raw_path.decode("ascii").partition("?")[0].rstrip("/")
    return base.copy_with(path=root + path).copy_merge_params(dict(query))
