"""Where chains of one name stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from n3gen.project.config import find_config
from n3gen.project.same_names import same_names
from n3gen.project.texts import Texts
from n3gen.source import SourceFile
from n3gen.syntax import read_document


def test_a_file_is_read_once_for_all_of_its_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"same_{number}" for number in range(5)]
    text = "".join(
        f"chain {name}:\n    step one:\n        value: 1\n" for name in names
    )
    files = {"a.ai": [*names, "own"], "b.ai": names, "c.ai": ["other"]}
    for path in files:
        (tmp_path / path).write_text(text)
    read: list[str] = []

    def noted(source: SourceFile) -> Any:
        read.append(source.path)
        return read_document(source)

    monkeypatch.setattr("n3gen.syntax.read_document", noted)
    config = find_config(str(tmp_path))
    found = same_names(config, Texts(config), files.items())
    assert sorted(found) == names
    assert found["same_1"] == ("a.ai:4", "b.ai:4")
    assert sorted(read) == ["a.ai", "b.ai"]
