"""Cells of state: values that steps read and change, one after another."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..run.inputs import Kind, WrongPart, is_list
from ..run.process import process_state
from ..run.records import Foreseen
from ..run.run import Run

__all__ = ["ProcessState", "RunState", "State", "StateError"]

T = TypeVar("T")


class StateError(Foreseen):
    """A state that cannot be read or changed."""


class State(Generic[T]):
    """A value of a type that steps read and change.

    `name` is unique in the project. With `by` there is a cell for each value that it
    gives. A list keeps its last `keep` items. A value is never changed in place: what
    was read stays as it was.
    """

    def __init__(
        self,
        name: str,
        kind: Kind[T],
        default: T,
        *,
        by: Callable[[Run], Any] | None = None,
        keep: int | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.by = by
        self.keep = keep

    @property
    def title(self) -> str:
        """The name of the state in messages."""
        return f"state `{self.name.rpartition(':')[2]}`"

    def cell(self, run: Run) -> str:
        """Return the key of the cell that a run means; raise `StateError` for none."""
        if self.by is None:
            return self.name
        value = self.by(run)
        if value is None:
            raise StateError(f"{self.title} has a cell for each `by`, which is none")
        try:
            text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        except (TypeError, ValueError):
            kind = type(value).__name__
            message = f"its `by` must be JSON data, not {kind}"
            raise StateError(f"{self.title}: {message}") from None
        return f"{self.name}\n{text}"

    def first(self) -> T:
        """Return the value of a cell that nothing has changed; tests may give another."""
        given = process_state().get("given_states", {})
        if self.name in given:
            return self.checked(copy.deepcopy(given[self.name]))
        return copy.deepcopy(self.default)

    def checked(self, value: Any) -> T:
        """Return a value as the state's type, a list cut to the items that it keeps."""
        if self.keep is not None and is_list(value):
            value = value[-self.keep :]
        try:
            return self.kind.read(value)
        except WrongPart as error:
            path, words = error.faults[0]
            raise StateError(f"{self.title}: `{path.lstrip('.')}` {words}") from None
        except ValueError as error:
            reason = " ".join(str(error).split())
            what = f"{self.title} must be {self.kind.name}, {reason}"
            raise StateError(what) from None


class RunState(State[T]):
    """A state with cells of their own in each run."""

    def cells(self, run: Run) -> dict[str, Any]:
        """Return the cells of the run, each under its key."""
        cells: dict[str, Any] = run.shared.setdefault("cells", {})
        return cells

    def read(self, run: Run) -> T:
        """Return the value of the cell."""
        cells, cell = self.cells(run), self.cell(run)
        if cell not in cells:
            cells[cell] = self.first()
        value: T = cells[cell]
        return value

    def change(self, run: Run, change: Callable[[T], Any]) -> T:
        """Change the value; return the new one."""
        value = self.checked(change(self.read(run)))
        self.cells(run)[self.cell(run)] = value
        return value

    def delete(self, run: Run) -> T:
        """Go back to the first value."""
        self.cells(run).pop(self.cell(run), None)
        return self.read(run)


class ProcessState(RunState[T]):
    """A state with cells that all runs of a process share, in whatever threads they are."""

    def cells(self, run: Run) -> dict[str, Any]:
        """Return the cells of the process."""
        cells: dict[str, Any] = process_state().setdefault("state_cells", {})
        return cells

    def change(self, run: Run, change: Callable[[T], Any]) -> T:
        with self.lock:
            return super().change(run, change)

    def delete(self, run: Run) -> T:
        with self.lock:
            return super().delete(run)

    @property
    def lock(self) -> threading.RLock:
        """The lock of all cells of the process."""
        lock: threading.RLock = process_state().setdefault(
            "state_lock", threading.RLock()
        )
        return lock
