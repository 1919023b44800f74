"""Writing all or nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.writing import Change, apply, write_file


def change(path: Path, after: str | None) -> Change:
    before = path.read_bytes() if path.exists() else None
    content = None if after is None else after.encode()
    return Change(str(path), path.name, Cause.MISSING, before, content)


def tree(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


def fail_at(number: int, error: BaseException) -> Callable[[str, str], None]:
    """An `os.replace` that works until its call of that number."""
    replace = os.replace
    calls = iter(range(1, 1_000))

    def replaced(source: str, target: str) -> None:
        if next(calls) == number:
            raise error
        replace(source, target)

    return replaced


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a", "b", "gone"):
        (tmp_path / f"{name}.py").write_text(f"old {name}")
    return tmp_path


def changes(root: Path) -> list[Change]:
    return [
        change(root / "a.py", "new a"),
        change(root / "b.py", "new b"),
        change(root / "deep/er/c.py", "new c"),
        change(root / "gone.py", None),
    ]


def test_all_is_written_and_nothing_is_left_beside_it(root: Path) -> None:
    apply(changes(root))
    assert tree(root) == {"a.py": "new a", "b.py": "new b", "deep/er/c.py": "new c"}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(28, "No space left on device"), ProjectError),
        (KeyboardInterrupt(), None),
    ],
)
def test_a_failure_midway_puts_everything_back(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: BaseException,
    raised: type[BaseException] | None,
) -> None:
    before = tree(root)
    planned = changes(root)
    monkeypatch.setattr("os.replace", fail_at(number, error))
    with pytest.raises(raised or type(error)):
        apply(planned)
    assert tree(root) == before
    assert not (root / "deep").exists()


def test_a_failure_names_the_file(root: Path) -> None:
    (root / "deep").write_text("a file")
    with pytest.raises(ProjectError, match=r"cannot write `c.py`: not a folder"):
        apply(changes(root))
    assert tree(root)["a.py"] == "old a"


def test_a_folder_in_the_way_is_told(root: Path) -> None:
    (root / "a.py").unlink()
    (root / "a.py" / "x").mkdir(parents=True)
    with pytest.raises(ProjectError, match=r"cannot write `a.py`"):
        apply([Change(str(root / "a.py"), "a.py", Cause.MISSING, None, b"new")])
    assert tree(root) == {"b.py": "old b", "gone.py": "old gone"}


def test_a_disk_without_second_names_is_as_safe(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    before = tree(root)
    planned = changes(root)
    monkeypatch.setattr("os.replace", fail_at(3, OSError(5, "Input/output error")))
    with pytest.raises(ProjectError):
        apply(planned)
    assert tree(root) == before


def test_the_mode_of_a_file_is_kept(root: Path) -> None:
    (root / "a.py").chmod(0o755)
    (root / "b.py").chmod(0o444)
    apply(changes(root))
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / "b.py").stat().st_mode) == 0o444


def test_a_new_file_has_the_mode_that_the_system_gives(root: Path) -> None:
    write_file(str(root / "x.py"), "x.py", b"")
    (root / "y.py").write_text("")
    assert (root / "x.py").stat().st_mode == (root / "y.py").stat().st_mode


def test_a_link_is_written_through(root: Path) -> None:
    (root / "link.py").symlink_to(root / "a.py")
    write_file(str(root / "link.py"), "link.py", b"new")
    assert (root / "link.py").is_symlink()
    assert (root / "a.py").read_text() == "new"


def test_removing_tidies_bytecode_and_empty_folders(root: Path) -> None:
    for path in ("p/q/__init__.py", "p/q/x.py", "p/__init__.py"):
        write_file(str(root / path), path, b"")
    cache = root / "p/q/__pycache__"
    cache.mkdir()
    (cache / "x.cpython-311.pyc").write_bytes(b"")
    (cache / "__init__.cpython-311.pyc").write_bytes(b"")
    gone = ["p/__init__.py", "p/q/__init__.py", "p/q/x.py"]
    apply([change(root / path, None) for path in gone])
    assert not (root / "p").exists()


def test_removing_leaves_what_is_not_ours(root: Path) -> None:
    (root / "p").mkdir()
    (root / "p/x.py").write_text("")
    (root / "p/mine.txt").write_text("mine")
    apply([change(root / "p/x.py", None)])
    assert tree(root)["p/mine.txt"] == "mine"


def test_a_pipe_that_is_named_is_written_into(root: Path) -> None:
    path = root / "pipe"
    os.mkfifo(path)
    reads = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_file(str(path), "pipe", b"new")
    assert os.read(reads, 9) == b"new"
    os.close(reads)
    assert path.is_fifo()
    assert {*os.listdir(root)} == {"a.py", "b.py", "gone.py", "pipe"}


def test_a_device_that_is_named_is_written_into(root: Path) -> None:
    reads, writes = os.openpty()
    (root / "link").symlink_to(os.ttyname(writes))
    for path in (os.ttyname(writes), str(root / "link")):
        write_file(path, path, b"new")
        assert os.read(reads, 9) == b"new"
        assert stat.S_ISCHR(os.stat(path).st_mode)
    for descriptor in (reads, writes):
        os.close(descriptor)


@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_an_open_file_that_is_named_is_written_on(root: Path, folder: str) -> None:
    """As a shell has it open for several commands."""
    with (root / "a.py").open("w") as file:
        file.write("one ")
        file.flush()
        write_file(f"{folder}/{file.fileno()}", "out", b"two")
        file.write(" three")
    assert (root / "a.py").read_text() == "one two three"
    with pytest.raises(ProjectError, match="cannot write `out`: bad file descriptor"):
        write_file(f"{folder}/{file_number_that_is_closed()}", "out", b"")


def file_number_that_is_closed() -> int:
    reads, writes = os.pipe()
    os.close(reads)
    os.close(writes)
    return writes
