"""What processes remember of a run whose rounds they take, and of shares that are there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from n3gen.templates.runtime.durable import shares
from n3gen.templates.runtime.durable.journal import Journal, outcomes_in
from n3gen.templates.runtime.durable.shares import Order, snapshot
from n3gen.templates.runtime.durable.spread import Spread, round_paths
from n3gen.templates.runtime.run.pool import Pool
from n3gen.templates.runtime.run.process import Limiter, process_state
from n3gen.templates.runtime.run.run import Run


def order(life: str) -> Order:
    return {
        "run": "r",
        "life": life,
        "place": "rounds:4",
        "callers": [],
        "start": 0,
        "stop": 2,
        "width": 1,
    }


def test_what_a_run_has_kept_is_read_again_for_each_life_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next life cuts off rounds that the one before has run: these would run again."""
    kept: list[dict[str, Any]] = []

    async def steps_of(workflow_id: str) -> list[Any]:
        return [*kept]

    class Status:
        def __init__(self) -> None:
            self.input = {"args": [{"payload": None}]}

    class Engine:
        @staticmethod
        def get_workflow_status(workflow_id: str) -> Status:
            return Status()

    def keep(place: str) -> None:
        row = {"function_name": place, "output": {}, "child_workflow_id": None}
        kept.append(row)

    monkeypatch.setattr(shares, "steps_of", steps_of)
    monkeypatch.setattr(shares, "DBOS", Engine)
    monkeypatch.delitem(process_state(), "durable_snapshots", raising=False)

    async def main() -> list[list[str]]:
        keep("before:3")
        found = [(await snapshot(order("first")))[1]]
        keep("rounds[0].one:5")
        found.append((await snapshot(order("first")))[1])
        found.append((await snapshot(order("second")))[1])
        return [[*outcomes] for outcomes in found]

    before, again, later = asyncio.run(main())
    assert before == again == ["before:3"]
    assert later == ["before:3", "rounds[0].one:5"]
    monkeypatch.delitem(process_state(), "durable_snapshots")


def spread(*children: str, workers: int = 6, outcomes: Any = None) -> Spread:
    run = Run("c", "x.ai", Limiter(8), {})
    journal = Journal("r", outcomes or {}, children=children)
    pool = Pool(run, "rounds", workers=workers, line=4)
    found = Spread(pool, journal, "rounds:4", [])
    found.find_shares(20)
    return found


def test_the_next_life_finds_shares_with_the_width_that_they_have() -> None:
    async def main() -> None:
        found = spread("r:rounds:4:2-6x3", "r:rounds:4:8-10x1", "r:other:9:0-4x2")
        assert found.free == 2
        assert found.uncut == [(0, 2), (6, 8), (10, 20)]
        wide, narrow = found.open.values()
        assert found.readable([wide, narrow]) == [wide, narrow]

    asyncio.run(main())


def test_many_shares_that_have_ended_take_turns() -> None:
    """Whatever is left to run of them, no more rounds are at once than may be."""

    async def main() -> None:
        found = spread(*(f"r:rounds:4:{n}-{n + 1}x2" for n in range(6)))
        ended = [*found.open.values()][1:]
        assert found.readable(ended) == ended[:2]
        found.lanes = 3
        assert found.readable(ended) == []

    asyncio.run(main())


def test_rounds_are_known_of_which_something_is_kept() -> None:
    places = ["rounds[0].one:5", "rounds[a].b].do:7", "other[1].one:9", "rounds:4"]
    assert [*round_paths(places, "rounds[")] == [
        "rounds[0].",
        "rounds[a].",
        "rounds[a].b].",
    ]


def test_keys_of_rounds_have_places_that_databases_hold() -> None:
    journal = Journal("r", {})
    place = journal.place("rounds[a \0 \ud800 é].one", 5)
    assert place == "rounds[a \\0 \\ud800 é].one:5"
    assert journal.place("rounds[a \0 \ud800 é].one", 5) == f"{place}#2"


def test_a_step_may_be_called_as_the_steps_of_dbos_are() -> None:
    def kept(name: str, child: str | None = None) -> dict[str, Any]:
        return {"function_name": name, "output": 1, "child_workflow_id": child}

    steps = [kept("DBOS.recv"), kept("DBOS.inner:7"), kept("one:5"), kept("r:1", "x")]
    assert outcomes_in(steps) == {"DBOS.inner:7": 1, "one:5": 1}
