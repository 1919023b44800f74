"""What a hostile or careless disk holds: links, pipes, leftovers, other projects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from n3gen.diagnostics.formats import as_text
from n3gen.project.build import build
from n3gen.project.config import Config, find_config, read_config
from n3gen.project.errors import ProjectError
from n3gen.project.lint import lint
from n3gen.project.respell import convert
from n3gen.project.row_files import RowsFile
from n3gen.project.rows import BadRows
from n3gen.project.survey import Request, survey

CHAIN = "chain {name}:\n    step one:\n        value: 1\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "project/chains").mkdir(parents=True)
    (tmp_path / "project/chains/a.ai").write_text(CHAIN.format(name="a"))
    (tmp_path / "project/n3gen.toml").write_text("")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_a_killed_build_left_is_removed(root: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    build(find_config(), Request())
    left = root / "generated" / f".a.py.{ended.pid}-0123abcd.tmp"
    running = root / "generated" / f".a.py.{os.getppid()}-0123abcd.tmp"
    for path in (left, running):
        path.write_text("half a module")
    build(find_config(), Request())
    assert not left.exists()
    assert running.exists()


@pytest.mark.parametrize(
    ("out", "where"),
    [
        ("../elsewhere", "`../elsewhere` is"),
        ("/tmp/elsewhere", "`/tmp/elsewhere` is"),
        ("linked", "`linked` is, or lies behind, a link to `{other}`,"),
        ("linked/a", "`linked/a` is, or lies behind, a link to `{other}/a`,"),
    ],
)
def test_the_out_folder_stays_in_the_project(root: Path, out: str, where: str) -> None:
    other = root.parent / "elsewhere"
    other.mkdir()
    (root / "linked").symlink_to(other)
    config = Config(str(root), specs=("chains",), out=out)
    with pytest.raises(ProjectError) as caught:
        survey(config, Request())
    beginning = f"the out folder {where.format(other=other)} outside of the project "
    assert str(caught.value).startswith(f"{beginning}`{root}`; name one inside")
    assert contents(other) == {}


@pytest.mark.parametrize("out", ["inner", "inner/generated", "inner/deep/generated"])
def test_nothing_is_built_into_another_project(root: Path, out: str) -> None:
    inner = root / "inner"
    (inner / "chains").mkdir(parents=True)
    (inner / "chains/b.ai").write_text(CHAIN.format(name="b"))
    (inner / "n3gen.toml").write_text("")
    build(find_config(str(inner)), Request())
    before = contents(inner)
    config = Config(str(root), specs=("chains",), out=out)
    with pytest.raises(ProjectError, match=f"`{out}` is in another project, `inner`"):
        build(config, Request())
    assert contents(inner) == before


def test_no_module_is_built_into_a_project_below_the_out_folder(root: Path) -> None:
    (root / "chains/sub").mkdir()
    (root / "chains/sub/b.ai").write_text(CHAIN.format(name="b"))
    (root / "generated/sub").mkdir(parents=True)
    (root / "generated/sub/n3gen.toml").write_text("")
    before = contents(root)
    with pytest.raises(
        ProjectError,
        match=r"`generated/sub/b.py` is in another project, `generated/sub`",
    ):
        build(find_config(), Request())
    assert contents(root) == before


def test_modules_of_another_project_are_no_orphans(root: Path) -> None:
    inner = root / "generated/inner"
    (inner / "chains").mkdir(parents=True)
    (inner / "chains/b.ai").write_text(CHAIN.format(name="b"))
    (inner / "n3gen.toml").write_text("")
    build(find_config(str(inner)), Request())
    before = contents(inner)
    build(find_config(), Request())
    assert contents(inner) == before


@pytest.mark.parametrize("name", ["a.py", "__init__.py"])
def test_nothing_is_written_through_a_link(root: Path, name: str) -> None:
    victim = root.parent / "victim"
    victim.write_text("")
    (root / "generated").mkdir()
    (root / "generated" / name).symlink_to(victim)
    with pytest.raises(ProjectError, match=f"`generated/{name}` is, or lies behind"):
        build(find_config(), Request(force=True))
    assert victim.read_text() == ""


def test_nothing_is_written_behind_a_linked_folder(root: Path) -> None:
    (root / "chains/sub").mkdir()
    (root / "chains/sub/b.ai").write_text(CHAIN.format(name="b"))
    (root.parent / "victims").mkdir()
    (root / "generated").mkdir()
    (root / "generated/sub").symlink_to(root.parent / "victims")
    with pytest.raises(ProjectError, match="is, or lies behind, a link"):
        build(find_config(), Request())
    assert contents(root.parent / "victims") == {}


def test_a_spec_that_links_out_of_the_project_is_not_read(root: Path) -> None:
    secret = root.parent / "secret.ai"
    secret.write_text("password hunter2\n")
    (root / "chains/b.ai").symlink_to(secret)
    drawn = as_text(lint(find_config()).problems)
    assert "error[N123]: this file cannot be read: it is a link that leads out" in drawn
    assert "--> chains/b.ai:1:1" in drawn
    assert "hunter2" not in drawn


def test_a_used_file_that_links_out_of_the_project_is_not_read(root: Path) -> None:
    (root.parent / "secret.ai").write_text("password hunter2\n")
    (root / "shared.ai").symlink_to(root.parent / "secret.ai")
    (root / "chains/a.ai").write_text("use ../shared\n" + CHAIN.format(name="a"))
    drawn = as_text(lint(find_config()).problems)
    assert "it is a link that leads out" in drawn
    assert "--> shared.ai:1:1" in drawn
    assert "hunter2" not in drawn


def test_rows_that_link_out_of_the_project_are_not_read(root: Path) -> None:
    secret = root.parent / "secret.jsonl"
    secret.write_text('{"password": "hunter2"}\n')
    (root / "chains/rows.jsonl").symlink_to(secret)
    with pytest.raises(BadRows, match=r"`chains/rows.jsonl` is a link that leads out"):
        list(RowsFile.beside("chains/a.ai", "rows.jsonl", find_config()))
    (named,) = RowsFile.beside("chains/a.ai", "../../secret.jsonl", find_config())
    assert named.data == {"password": "hunter2"}


def test_a_spec_is_not_converted_through_a_link_out_of_the_project(root: Path) -> None:
    victim = root.parent / "victim"
    victim.write_text("")
    (root / "a.yaml").symlink_to(victim)
    (root / "b.yaml").symlink_to(root / "c.yaml")
    with pytest.raises(ProjectError, match=r"`a.yaml` is, or lies behind, a link to"):
        convert("chains/a.ai", "yaml", "a.yaml")
    assert convert("chains/a.ai", "yaml", "b.yaml").text is not None


def test_a_link_that_two_specs_read_is_told_once(root: Path) -> None:
    (root.parent / "secret.ai").write_text("password hunter2\n")
    (root / "chains/b.ai").symlink_to(root.parent / "secret.ai")
    (root / "chains/a.ai").write_text("use b\n" + CHAIN.format(name="a"))
    for problems in (
        lint(find_config()).problems,
        build(find_config(), Request()).problems,
    ):
        assert as_text(problems).count("is a link that leads out") == 1
    assert not (root / "generated").exists()


def unreadable(root: Path) -> dict[str, str]:
    """Put files that cannot be read beside a chain with a mistake: why, by path."""
    (root / "chains/a.ai").write_text("chain a:\n    step x:\n        valeu: 1\n")
    (root / "chains/loud.AI").write_text("")
    os.mkfifo(root / "chains/pipe.ai")
    os.mkfifo(root / "chains/pipe.json")
    (root / "chains/lost.yaml").symlink_to(root / "chains/nothing")
    (root / "chains/out.ai").symlink_to(root.parent / "secret.ai")
    (root.parent / "secret.ai").write_text("")
    (root / "chains/round.ai").symlink_to(root / "chains/round.ai")
    out = f"it is a link that leads out of the project `{root}`"
    pipe = "it is a pipe or device, not a regular file"
    return {
        "chains/lost.yaml": "it is a link to nothing",
        "chains/loud.AI": "its ending is `.AI`",
        "chains/out.ai": out,
        "chains/pipe.ai": pipe,
        "chains/pipe.json": pipe,
        "chains/round.ai": "too many levels of symbolic links",
    }


def test_what_cannot_be_read_is_one_message_and_hides_none(root: Path) -> None:
    reasons = unreadable(root)
    found = [
        (p.file.path, p.rule.code, p.message) for p in lint(find_config()).problems
    ]
    assert [(path, code) for path, code, _ in found] == [
        ("chains/a.ai", "N201"),
        *((path, "N123") for path in reasons),
    ]
    told = [f"this file cannot be read: {reason}" for reason in reasons.values()]
    assert [message for *_, message in found[1:]] == told
    built = build(find_config(), Request()).problems
    assert [p.rule.code for p in built] == ["N201", *["N123"] * 6]
    only = lint(find_config(), ["chains/a.ai"]).problems
    assert [p.rule.code for p in only] == ["N201"]


def test_no_module_is_built_or_removed_beside_a_spec_that_cannot_be_read(
    root: Path,
) -> None:
    (root / "chains/b.ai").write_text(CHAIN.format(name="b"))
    build(find_config(), Request())
    before = contents(root / "generated")
    (root / "chains/b.ai").unlink()
    os.mkfifo(root / "chains/b.ai")
    (root / "chains/a.ai").write_text(CHAIN.format(name="other"))
    for paths in ((), ("chains/a.ai",)):
        found = build(find_config(), Request(paths))
        assert [(p.file.path, p.rule.code) for p in found.problems] == [
            ("chains/b.ai", "N123")
        ]
        assert contents(root / "generated") == before


def test_what_is_used_and_cannot_be_read_is_told_at_its_place(root: Path) -> None:
    os.mkfifo(root / "shared.ai")
    (root / "chains/a.ai").write_text("use ../shared\n" + CHAIN.format(name="a"))
    found = [(p.file.path, p.rule.code) for p in lint(find_config()).problems]
    assert found == [("shared.ai", "N123")]


def test_a_pipe_for_a_configuration_does_not_hang(root: Path) -> None:
    (root / "n3gen.toml").unlink()
    os.mkfifo(root / "n3gen.toml")
    message = "is a pipe or device, not a regular file"
    with pytest.raises(ProjectError, match=message):
        find_config()
    with pytest.raises(ProjectError, match=message):
        read_config("n3gen.toml")


def test_a_pipe_in_the_place_of_a_module_does_not_hang(root: Path) -> None:
    (root / "generated").mkdir()
    os.mkfifo(root / "generated/a.py")
    with pytest.raises(ProjectError, match=r"`generated/a.py` is a pipe or device"):
        build(find_config(), Request())


def test_a_file_in_another_encoding_is_one_message_and_hides_none(root: Path) -> None:
    (root / "chains/b.ai").write_bytes(b"chain b:\n    # caf\xe9, na\xefve\n")
    (root / "chains/c.ai").write_bytes("chain c:\n".encode("utf-16"))
    (root / "chains/d.ai").write_text("chain d:\n    step x:\n        valeu: 1\n")
    found = [(p.file.path, p.rule.code) for p in lint(find_config()).problems]
    assert found == [
        ("chains/b.ai", "N101"),
        ("chains/c.ai", "N101"),
        ("chains/d.ai", "N201"),
    ]
