"""Answers to runs: each question takes one, and a second one is refused with words."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from n3gen.project.errors import ProjectError

__all__ = ["Asked", "GivenAnswers", "asked_so_far", "has_room"]

_TABLE = """
    CREATE TABLE IF NOT EXISTS n3gen_answers (
        run_id text NOT NULL,
        name text NOT NULL,
        key text NOT NULL,
        number integer NOT NULL,
        id text NOT NULL,
        answer text NOT NULL,
        PRIMARY KEY (run_id, name, key, number)
    )
    """

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('n3gen answers'))"

_FIND = (
    "SELECT key, id, answer FROM n3gen_answers WHERE run_id = :run_id AND name = :name"
    " ORDER BY number"
)

_ADD = """
    INSERT INTO n3gen_answers VALUES (:run_id, :name, :key, :number, :id, :answer)
    ON CONFLICT DO NOTHING
    """


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a run: for how many answers, and whether it is open."""

    name: str
    key: str | None
    count: int
    is_open: bool


def asked_so_far(outcomes: Mapping[str, Any]) -> tuple[list[Asked], set[str]]:
    """Return what a run has asked so far, and the ids of the messages that steps took."""
    asked: list[Asked] = []
    taken: set[str] = set()
    for place, outcome in outcomes.items():
        step = place.removesuffix(" began")
        found: dict[str, Any] = outcome or {}
        if step != place and "asked" in found:
            question = found["asked"]
            is_open = step not in outcomes
            asked.append(
                Asked(question["signal"], question["key"], question["count"], is_open)
            )
        elif step == place:
            taken.update(found.get("taken", ()))
    return asked, taken


def has_room(asked: Iterable[Asked], under_way: Iterable[str], key: str | None) -> bool:
    """Say whether one more answer with a key, or with none, has a question to go to.

    Answers with a key go to its questions, and those with none to the first that are
    left. Before a question is asked, one answer may come early.
    """
    left: dict[str | None, int] = {}
    for one in asked:
        left[one.key] = left.get(one.key, 0) + (one.count if one.is_open else 0)
    early: list[str] = []
    # Those without a key come last.
    for given in sorted(under_way, reverse=True):
        fitting = [own for own, room in left.items() if room and given in ("", own)]
        if fitting:
            left[fitting[0]] -= 1
        else:
            early.append(given)
    if any(room for own, room in left.items() if key in (None, own)):
        return True
    is_asked = bool(left) if key is None else key in left
    return not is_asked and not any(key is None or one in ("", key) for one in early)


class GivenAnswers:
    """The answers that were given from outside of the processes of runs.

    They are kept in a table beside those of DBOS, in one transaction with their message,
    so that of two that are given at once one is the first.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def give(
        self,
        run_id: str,
        message: Mapping[str, Any],
        asked: Iterable[Asked],
        taken: Collection[str],
        send: Callable[[Any], None],
    ) -> bool:
        """Send a message, by `send` within a transaction, unless its question has an answer.

        Returns whether it was sent: one that says the same as the first is not. Raises
        `ProjectError` for one that says something else.
        """
        from sqlalchemy import text

        name, key = message["name"], message["key"]
        answer = json.dumps(message["answer"], sort_keys=True)
        about = {"run_id": run_id, "name": name}
        asked = [one for one in asked if one.name == name]
        self._make_table()
        with self.engine.begin() as connection:
            rows = connection.execute(text(_FIND), about).fetchall()
            under_way = [row.key for row in rows if row.id not in taken]
            if not has_room(asked, under_way, key):
                rows = [row for row in rows if key is None or row.key in ("", key)]
                waits = [row for row in rows if row.id not in taken]
                is_open = any(one.is_open and key in (None, one.key) for one in asked)
                return self._answered_already(
                    run_id, name, answer, waits or rows, is_open=is_open
                )
            number = sum(row.key == (key or "") for row in rows)
            row = {"key": key or "", "number": number, "answer": answer}
            added = connection.execute(
                text(_ADD), {**about, **row, "id": message["id"]}
            )
            if added.rowcount:
                send(connection)
                return True
        raise ProjectError(f"run `{run_id}` was sent an answer to '{name}' just now")

    def given(
        self, run_id: str, name: str, key: str | None, taken: Collection[str]
    ) -> int:
        """Return how many answers were given that no step has taken yet."""
        from sqlalchemy import inspect, text

        if not inspect(self.engine).has_table("n3gen_answers"):
            return 0
        with self.engine.begin() as connection:
            rows = connection.execute(text(_FIND), {"run_id": run_id, "name": name})
            return sum(row.key in ("", key) and row.id not in taken for row in rows)

    def _make_table(self) -> None:
        from sqlalchemy import text

        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Of two that make a table at once, the server refuses one.
                connection.execute(text(_LOCK))
            connection.execute(text(_TABLE))

    def _answered_already(
        self, run_id: str, name: str, answer: str, rows: list[Any], *, is_open: bool
    ) -> bool:
        """Say that there is an answer; `False` where it is the same one."""
        if rows and rows[-1].answer == answer:
            return False
        what = "" if is_open else " or does not ask for it now"
        first = f": {rows[-1].answer}" if rows else ""
        raise ProjectError(
            f"run `{run_id}` has an answer to '{name}' already{what}, "
            f"and the first holds{first}"
        )
