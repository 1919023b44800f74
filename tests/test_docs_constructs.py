"""The page of constructs: every command in its tables is run, on a virtual clock."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from n3gen.cli import main

from tests.building import process_is_fresh
from tests.clock import run

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/constructs.md"

ROW = re.compile(r"(?m)^\|(.*)\| `(.*n3gen .*)` \|(.*)\|$")


def rows() -> dict[str, str]:
    """Return the commands of the page, each with what it shows."""
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {command.replace(r"\|", "|"): shown.strip() for _, command, shown in found}


@pytest.fixture(autouse=True)
def fixture_virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(asyncio, "run", run)


def printed(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command, and return what it prints, as a cell of a table shows it."""
    given, _, call = command.rpartition(" | ")
    _, *arguments = shlex.split(call)
    typed = given.removeprefix("printf '").removesuffix("'").replace("\\n", "\n")
    stdin, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        with process_is_fresh():
            assert main(arguments) == 0, capsys.readouterr().err
    finally:
        sys.stdin = stdin
    text = capsys.readouterr().out.strip()
    if arguments[0] == "test":
        passed = [re.sub(r" in [\d.]+ m?s\)$|^ok +", "", x) for x in text.splitlines()]
        return "passed: " + ", ".join(one.replace("  (", " (") + ")" for one in passed)
    if "--events" in arguments:
        kinds = [json.loads(line)["event"] for line in text.splitlines()]
        return ", ".join(dict.fromkeys(kinds))
    return f"`{json.dumps(json.loads(text))}`"


@pytest.mark.parametrize("command", rows())
def test_a_command_prints_what_the_page_says(
    command: str, capsys: pytest.CaptureFixture[str], update_goldens: bool
) -> None:
    found = printed(command, capsys)
    if update_goldens:
        cell = f"`{command.replace('|', chr(92) + '|')}` |"
        text = PAGE.read_text(encoding="utf-8")
        before, mark, after = text.partition(cell)
        assert mark
        rest = after.partition("\n")[2]
        PAGE.write_text(f"{before}{cell} {found} |\n{rest}", encoding="utf-8")
    else:
        assert found == rows()[command]


def test_every_row_has_a_command_and_a_spec_that_is_there() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    tables = [line for line in lines if line.startswith("| ") and "---" not in line]
    assert len(rows()) == len([x for x in tables if not x.startswith("| construct")])
    for command in rows():
        (spec,) = re.findall(r"specs/\S+\.ai", command)
        assert (ROOT / spec).exists()
