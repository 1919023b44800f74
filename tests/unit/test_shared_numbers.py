"""Limits and rates that files of one project state differently."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.cli import main

CHAIN = "chain {name}:\n    step x:\n        value: 1\n        limit: db\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").touch()
    (tmp_path / "chains").mkdir()
    for name, permits in (("a", 3), ("b", 5), ("c", 3)):
        text = f"limit db: {permits}\n\n{CHAIN.format(name=name)}"
        (tmp_path / f"chains/{name}.ai").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", ["lint", "build", "check"])
def test_every_command_that_compiles_tells(
    command: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([command])
    said = capsys.readouterr()
    shown = said.out + said.err
    assert shown.count("N609]") == 1
    assert "limit `db` is 5 here and 3 in another file: the lowest holds" in shown
    assert "chains/a.ai:1:11" in shown
    assert main(["lint", "--strict"]) == 1


def test_only_what_a_selected_file_states_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for name in "abc":
        main(["lint", f"chains/{name}.ai"])
        found[name] = "N609" in capsys.readouterr().out
    assert found == {"a": True, "b": True, "c": False}


def test_a_limit_that_several_files_use_is_stated_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "chains/b.ai").write_text(f"use a\n\n{CHAIN.format(name='b')}")
    main(["lint"])
    assert "N609" not in capsys.readouterr().out
