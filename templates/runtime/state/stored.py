"""States that are stored: they outlive the process, and several processes share them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ..run.databases import close_databases
from ..run.inputs import Kind
from ..run.process import process_state
from ..run.run import Run
from ..run.settings import variable
from ..values.json_data import json_data
from .cells import State, StateError
from .postgres_store import PostgresStore
from .sqlite_store import SqliteStore
from .stores import Keys, MemoryStore, Store, ThreadedStore

__all__ = ["StoredState", "close_states"]

T = TypeVar("T")

SPEC_ENDINGS = (".ai", ".yaml", ".yml", ".json")
"""What the names of states ended in before files could change their spelling."""

OPEN_STORES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, ThreadedStore]] = (
    WeakKeyDictionary()
)
"""The stores that this module has open, by event loop and place."""


class StoredState(State[T]):
    """A state whose cells are in `N3GEN_STATE`, or in the file that is configured."""

    def __init__(
        self,
        name: str,
        kind: Kind[T],
        default: T,
        *,
        file: str,
        by: Callable[[Run], Any] | None = None,
        keep: int | None = None,
    ) -> None:
        super().__init__(name, kind, default, by=by, keep=keep)
        self.file = file

    async def read(self, run: Run) -> T:
        """Return the value of the cell."""
        return self.value(await store_of(self.file).read(self.keys(run)))

    def keys(self, run: Run) -> Keys:
        """Return the keys of the cell that a run means: older modules knew its file's ending."""
        cell, path = self.cell(run), self.name.rpartition(":")[0]
        own = cell.removeprefix(path)
        return (cell, *(f"{path}{ending}{own}" for ending in SPEC_ENDINGS))

    async def change(self, run: Run, change: Callable[[T], Any]) -> T:
        """Change the value; return the new one.

        Nothing else changes the cell meanwhile, in this process or another one.
        """
        changed: list[T] = []

        def rewrite(text: str | None) -> str:
            stored = self.text(self.checked(change(self.value(text))))
            changed[:] = [self.value(stored)]  # as all others read it
            return stored

        await store_of(self.file).change(self.keys(run), rewrite)
        return changed[0]

    async def delete(self, run: Run) -> T:
        """Go back to the first value."""
        await store_of(self.file).change(self.keys(run), lambda _: None)
        return self.first()

    def value(self, text: str | None) -> T:
        """Return what is stored as the state's type."""
        if text is None:
            return self.first()
        try:
            return self.checked(json.loads(text))
        except ValueError as error:
            message = f"what is stored of {self.title} is not JSON: {error}"
            raise StateError(message) from None
        except StateError as error:
            way_out = "a step with `delete: true` lets it begin anew"
            raise StateError(
                f"what is stored does not fit: {error}; {way_out}"
            ) from None

    def text(self, value: T) -> str:
        """Return a value as it is stored."""
        try:
            text = json.dumps(value, default=json_data, ensure_ascii=False)
            text.encode()  # half of a surrogate pair cannot be stored
        except (TypeError, ValueError) as error:
            raise StateError(f"{self.title} cannot be stored: {error}") from None
        return text


def store_of(file: str) -> Store:
    """Return the store of this event loop; tests have one of their own."""
    texts: dict[str, str] | None = process_state().get("stored_in_memory")
    if texts is not None:
        return MemoryStore(texts)
    place = variable("N3GEN_STATE") or file
    stores = OPEN_STORES.setdefault(asyncio.get_running_loop(), {})
    if place not in stores:
        scheme, is_address, _ = place.partition("://")
        if is_address and scheme not in ("postgres", "postgresql"):
            wanted = "the path of a file, or an address `postgresql://...`"
            raise StateError(f"`N3GEN_STATE` is {wanted}, not one of `{scheme}://`")
        stores[place] = PostgresStore(place) if is_address else SqliteStore(place)
    return stores[place]


async def close_states() -> None:
    """Close the stores of this event loop, even if this is cancelled."""
    stores = OPEN_STORES.pop(asyncio.get_running_loop(), {})
    await close_databases(stores.values())
