"""The providers of models, a file each: what a spec says of a connection to one."""

from __future__ import annotations

from typing import Final

from n3gen.spec.connection_nodes import Connection
from n3gen.spec.forms import load_forms
from n3gen.spec.key_shapes import Choice
from n3gen.spec.keys import Key, Record

__all__ = ["APIS", "CONNECTION"]

load_forms(__name__, __path__)

APIS: Final = {connection.api: connection for connection in Connection.__subclasses__()}
"""The classes of connections by their `api`."""

CONNECTION: Final = Record(
    "connection",
    (
        Key(
            "api",
            Choice(*APIS),
            "whose protocol it speaks; `local` answers without a network",
            needed=True,
            also=("provider", "type"),
        ),
        *Connection.COMMON,
        *(key for connection in APIS.values() for key in connection.KEYS),
    ),
    "where model calls go",
)
"""All keys of connections, whichever their `api`."""
