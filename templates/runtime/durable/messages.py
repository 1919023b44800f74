"""Messages to runs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from ..run.chain import Chain

__all__ = ["TOPIC", "message_for"]

TOPIC = "n3gen"
"""What messages to runs are about, in the words of DBOS."""


def message_for(chain: Chain, name: str, data: Any, key: object) -> dict[str, Any]:
    """Return the message with an answer.

    Raises `LookupError` for a name that the chain does not wait for, and `ValueError` for
    an answer that does not fit.
    """
    inbox = chain.inbox() if chain.inbox is not None else {}
    if name not in inbox:
        known = ", ".join(inbox) or "nothing"
        what = f"cannot send '{name}' to chain '{chain.name}'; it takes: {known}"
        raise LookupError(what)
    if inbox[name].checked is not None:
        inbox[name].checked(data)
    return {
        "id": uuid4().hex,
        "name": name,
        "answer": data,
        "key": None if key is None else str(key),
    }
