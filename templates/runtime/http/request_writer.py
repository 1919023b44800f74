"""Takes a connection and a call; hands on the HTTP request, and which secrets it holds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from ..recovery.failures import ModelError
from .clients import http_client
from .secrets import Env, read_setting

if TYPE_CHECKING:
    from .wire import HttpCall, HttpConnection

__all__ = ["RequestWriter"]


class RequestWriter:
    """Writes the request of a call, with what its connection adds; keeps the secrets."""

    def __init__(self, connection: HttpConnection, call: HttpCall) -> None:
        self.connection = connection
        self.call = call
        self.secrets: list[str] = []

    def request(self) -> httpx.Request:
        """The request as it is sent."""
        url, headers = self.address(), self.headers()
        if url.userinfo:
            headers.setdefault("authorization", self.basic_key(url))
            url = url.copy_with(userinfo=b"")
        usual = http_client(self.connection.name).usual_headers
        timeouts = httpx.Timeout(None, connect=self.connection.timeouts.connect)
        try:
            return httpx.Request(
                self.call.method,
                url,
                headers={**usual, **headers},
                json=self.call.json,
                extensions={"timeout": timeouts.as_dict()},
            )
        except (TypeError, ValueError, RecursionError) as error:
            message = (
                f"what is to be sent to `{self.connection.name}` is no JSON: {error}"
            )
            raise ModelError(message) from error

    def address(self) -> httpx.URL:
        """The URL of the request: the base's path and query, and the call's."""
        setting = self.connection.base_url
        query = {**self.settings(self.connection.query), **self.call.query}
        base_url = read_setting(setting, is_secret=False) or ""
        url = joined_address(base_url, self.call.path, tuple(query.items()))
        if url.scheme not in ("http", "https") or not url.host:
            source = f" in {setting.name}" if isinstance(setting, Env) else ""
            raise ModelError(
                f"the `base_url` of `{self.connection.name}`{source} does not begin"
                " as `https://api.example.com` does"
            )
        return url

    def basic_key(self, url: httpx.URL) -> str:
        """The header for the user and the password in an address."""
        self.secrets.append(url.password)
        pair = f"{url.username}:{url.password}"
        return f"Basic {b64encode(pair.encode()).decode()}"

    def headers(self) -> dict[str, str]:
        """The headers of the request, by lower-case names; the connection's go first."""
        told = list(self.call.headers.items())
        key = read_setting(self.connection.api_key)
        if key is not None:
            self.secrets.append(key)
            told += self.connection.key_headers(key.strip()).items()
        told += self.settings(self.connection.headers).items()
        headers: dict[str, str] = {}
        for name, value in told:
            text = value.strip().replace("\t", " ")
            # httpx says so as well, and shows the value.
            if not (name + text).isascii() or not text.isprintable():
                raise ModelError(f"header `{name}` has a character that no header may")
            headers[name.lower()] = text
        return headers

    def settings(self, values: Mapping[str, Env | str]) -> dict[str, str]:
        """Texts of the connection; those out of the environment count as secrets."""
        found: dict[str, str] = {}
        for name, value in values.items():
            found[name] = text = read_setting(value) or ""
            if isinstance(value, Env):
                self.secrets.append(text)
        return found


@lru_cache(maxsize=64)
def joined_address(
    base_url: str, path: str, query: tuple[tuple[str, str], ...]
) -> httpx.URL:
    """The address below a base, with its query and another one.

    Kept, as reading an address takes longer than all else of writing a request.
    """
    base = httpx.URL(base_url)
    # As it is escaped: a `%2F` is no `/`.
    root = base.raw_path.decode("ascii").partition("?")[0].rstrip("/")
    return base.copy_with(path=root + path).copy_merge_params(dict(query))
