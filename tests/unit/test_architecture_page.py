"""The page on the architecture names the rooms that there are."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.test_architecture import ORDER, PACKAGE, ROOT, RUNTIME

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """The first cells of the table below a heading."""
    table = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    return [row.split("|")[1].strip() for row in re.findall(r"(?m)^\|.*`.*$", table)]


def names(cells: list[str]) -> list[str]:
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def folders(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("*/__init__.py")}


def test_all_rooms_are_there_from_the_ground_up() -> None:
    order = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}
    named = [room for room in names(rows("The rooms")) if room in order]
    assert folders(PACKAGE) <= set(named)
    floors = [order[room] for room in named]
    assert floors == sorted(floors)


def test_all_rooms_of_the_run_time_support_are_there() -> None:
    assert set(names(rows("Run-time support"))) >= folders(RUNTIME)
