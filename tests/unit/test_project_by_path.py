"""Settings that are stated by files and folders: each has to name one that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.project.by_path import check_stated_paths
from n3gen.project.config import find_config
from n3gen.project.errors import ProjectError

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True, name="root")
def fixture_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chains" / "pay").mkdir(parents=True)
    (tmp_path / "chains" / "bill.ai").write_text(
        "chain bill:\n    step a: {value: 1}\n"
    )
    (tmp_path / "chains" / "post.yaml").write_text(
        "chain: post\nsteps: [{name: a, value: 1}]\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("key", "value", "path", "told"),
    [
        ("target", "dbos", "chains/bill", "; did you mean `chains/bill.ai`?"),
        ("target", "dbos", "chains/post", "; did you mean `chains/post.yaml`?"),
        ("target", "dbos", "chains/pya", "; did you mean `chains/pay`?"),
        ("target", "dbos", "chains/*.ai", ""),
        ("target", "asyncio", "nowhere/at/all", ""),
        ("telemetry", "otel", "chains/bill", "; did you mean `chains/bill.ai`?"),
    ],
)
def test_what_is_stated_for_no_file_is_refused(
    root: Path, key: str, value: str, path: str, told: str
) -> None:
    """Else the chain is built without it, and nobody is told."""
    (root / "n3gen.toml").write_text(f'[{key}]\n"{path}" = "{value}"\n')
    with pytest.raises(ProjectError) as refused:
        check_stated_paths(find_config())
    wanted = f"`n3gen.toml`: `{key}` names `{path}`, which is not a file or folder here"
    assert str(refused.value) == wanted + told


@pytest.mark.parametrize("path", ["chains", "chains/bill.ai", "./chains/pay/", "."])
def test_what_is_stated_for_files_and_folders_is_taken(root: Path, path: str) -> None:
    (root / "n3gen.toml").write_text(f'[target]\n"{path}" = "asyncio"\n')
    check_stated_paths(find_config())


@pytest.mark.parametrize(
    "command",
    [
        ["build"],
        ["check"],
        ["lint"],
        ["run", "chains/bill.ai"],
        ["plan", "chains/post.yaml"],
    ],
)
def test_commands_that_compile_refuse_it(
    root: Path, command: list[str], capsys: Output
) -> None:
    (root / "n3gen.toml").write_text('[target]\n"chains/bill" = "dbos"\n')
    assert main(command) == 2
    assert (
        "`target` names `chains/bill`, which is not a file" in capsys.readouterr().err
    )
    assert not (root / "generated").exists()
