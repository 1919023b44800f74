"""Variables from a file such as `.env`."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from n3gen.project.env_file import load_env_file
from n3gen.project.errors import ProjectError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what a file sets."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


def load(folder: Path, text: str | bytes) -> None:
    path = folder / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    load_env_file(str(path))


def test_a_file_sets_what_the_environment_lacks(tmp_path: Path) -> None:
    os.environ.update(IN_BOTH="environment", BLANKED=" ")
    load(
        tmp_path,
        "\ufeff# mine\nIN_FILE='a # b'\r\nexport IN_BOTH=file\nBLANKED=file\nEMPTY=\n",
    )
    assert os.environ["IN_FILE"] == "a # b"
    assert os.environ["IN_BOTH"] == "environment"
    assert os.environ["BLANKED"] == "file"
    assert "EMPTY" not in os.environ
    load(tmp_path, "SECRET=a${IN_FILE}b$c\n")
    assert os.environ["SECRET"] == "a${IN_FILE}b$c", "a key is taken as it stands"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\n\ncanary", 3),
        ("A=1\nexport canary", 2),
        ("A='canary", 1),
        ('# c\nA="canary\n\n', 2),
        ("A='canary' canary", 1),
        ("=canary", 1),
        ("A='x\ny'\nB canary", 3),
    ],
)
def test_a_fault_is_reported_by_its_line_and_without_a_value(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(ProjectError) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/.env:{line} ")
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert "A" not in os.environ, "nothing is set where anything is wrong"


@pytest.mark.parametrize("data", [b"A=canary\xff", b"A=can\0ary"])
def test_what_is_no_text_is_reported_without_a_value(
    tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(ProjectError, match="is not a text in UTF-8") as caught:
        load(tmp_path, data)
    assert caught.value.__context__ is None, "a decoding error holds the bytes"


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="there is no file"):
        load_env_file(str(tmp_path / "none.env"))
    with pytest.raises(ProjectError, match="is a folder"):
        load_env_file(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProjectError, match="is a pipe"):
        load_env_file(str(tmp_path / "pipe"))


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    folder = Path(os.environ.get("TMPDIR", "/tmp"))
    path = folder / f"n3gen-{os.getpid()}.env"
    try:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        load_env_file(str(path))
    except ProjectError as error:
        assert str(path) in str(error)
    finally:
        path.unlink(missing_ok=True)
