"""Stored states outlive a change of their file's spelling, and the keys of older modules."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import print_yaml, read_document

from tests.behaviour.test_states import result
from tests.building import build, process_is_fresh

VISITS = """
state visits: int = 0
    scope: stored
    by: payload.user

chain visit:
    step add:
        state: visits
        update: "{{ value + 1 }}"

chain forget:
    step drop:
        state: visits
        delete: true

chain look:
    step seen:
        state: visits
"""
ADA = {"user": "ada"}
FILE = "n3gen_state.db"


@pytest.fixture(autouse=True)
def fixture_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_STATE", raising=False)
    with process_is_fresh():
        yield


def cells() -> dict[str, str]:
    with closing(sqlite3.connect(FILE)) as connection:
        return dict(connection.execute("SELECT cell, value FROM n3gen_state"))


def stored_by_an_older_module(cell: str, value: str) -> None:
    """Keep a value as modules did that knew the ending of their spec file."""
    with closing(sqlite3.connect(FILE, isolation_level=None)) as connection:
        connection.execute("INSERT INTO n3gen_state VALUES (?, ?, 0)", (cell, value))


def test_both_spellings_share_their_cells() -> None:
    document, _ = read_document(SourceFile.of("specs/x.ai", VISITS))
    assert document is not None
    assert result(build(VISITS, "specs/x.ai"), "visit", ADA) == 1
    converted = build(print_yaml(document), "specs/x.yaml")
    assert result(converted, "visit", ADA) == 2
    assert result(build(VISITS, "specs/other.ai"), "visit", ADA) == 1


@pytest.mark.parametrize("ending", [".ai", ".yaml", ".yml", ".json"])
def test_what_older_modules_stored_is_found_and_moved(ending: str) -> None:
    module = build(VISITS, "specs/x.ai")
    assert result(module, "look", {"user": "eve"}) == 0
    stored_by_an_older_module(f'specs/x{ending}:visits\n"ada"', "41")
    assert result(module, "look", ADA) == 41
    assert result(module, "look", {"user": "bob"}) == 0
    assert result(module, "visit", ADA) == 42
    assert cells() == {'specs/x:visits\n"ada"': "42"}


def test_what_is_deleted_does_not_come_back_under_its_old_key() -> None:
    module = build(VISITS, "specs/x.ai")
    result(module, "visit", {"user": "eve"})
    stored_by_an_older_module('specs/x.ai:visits\n"ada"', "41")
    assert result(module, "forget", ADA) == 0
    assert result(module, "look", ADA) == 0
    result(module, "visit", ADA)
    stored_by_an_older_module('specs/x.ai:visits\n"ada"', "41")
    assert result(module, "look", ADA) == 1  # what is newer goes first
    assert result(module, "forget", ADA) == 0
    assert cells() == {'specs/x:visits\n"eve"': "1"}


def test_a_change_that_fails_leaves_the_old_key_as_it_is() -> None:
    module = build(VISITS.replace("value + 1", "1 // (value - value)"), "specs/x.ai")
    assert result(module, "look", ADA) == 0
    stored_by_an_older_module('specs/x.ai:visits\n"ada"', "41")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        result(module, "visit", ADA)
    assert cells() == {'specs/x.ai:visits\n"ada"': "41"}
