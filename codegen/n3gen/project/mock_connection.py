"""The connection of a mocked call to a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["MockConnection"]


class MockConnection:
    """A connection that answers by a mock; all but its answers is the real one's.

    `names` are those of the generated module.
    """

    def __init__(self, connection: Any, call: Callable[[], Any], names: Any) -> None:
        self._connection = connection
        self._call = call
        self._names = names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def send(self, *_: Any) -> Any:
        """The value as a model's answer: a text as it is, anything else as JSON."""
        value = await self._call()
        return self._names["ModelAnswer"](
            value if isinstance(value, str) else _json(value)
        )

    async def fetch(self, _: Any, __: Any, texts: Sequence[str], *___: Any) -> Any:
        """The value as vectors: one, or one for each of the texts."""
        value = await self._call()
        if not isinstance(value, list):
            message = "the mock of an embedding must be a vector or a list of vectors"
            raise self._names["ModelError"](message, "invalid_output")
        is_one = not any(isinstance(v, list) for v in value)
        return self._names["TextVectors"]([value] if is_one and texts else value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
