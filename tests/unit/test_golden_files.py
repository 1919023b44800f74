"""The comparison that the goldens rest on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden_files import compare, contents


def fault(folder: Path, given: dict[str, str], *inputs: str) -> str:
    with pytest.raises(pytest.fail.Exception) as caught:
        compare(folder, given, update=False, inputs=inputs)
    return str(caught.value)


def test_what_is_equal_passes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\n")
    (tmp_path / "spec.ai").write_bytes(b"chain\n")
    compare(tmp_path, {"a.txt": "one\n"}, update=False, inputs=["spec.ai"])


def test_each_kind_of_fault_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\n")
    (tmp_path / "old.txt").write_bytes(b"old\n")
    told = fault(tmp_path, {"a.txt": "two\n", "sub/new.txt": ""})
    assert "missing: sub/new.txt" in told
    assert "unused: old.txt" in told
    assert "-one\n+two\n" in told


def test_line_ends_count(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\r\n")
    assert r"-one\r\n" in fault(tmp_path, {"a.txt": "one\n"})


def test_update_makes_the_folder_hold_what_is_given(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes(b"old\n")
    (tmp_path / "spec.ai").write_bytes(b"chain\n")
    given = {"a.txt": "one\n", "sub/b.txt": "é\r\n"}
    compare(tmp_path, given, update=True, inputs=["spec.ai"])
    assert contents(tmp_path) == {**given, "spec.ai": "chain\n"}
    compare(tmp_path, given, update=False, inputs=["spec.ai"])
