"""Paths in output: from the working directory, or from the top of the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

BROKEN = "chain {name}:\n    step x:\n        valeu: 1\n"
CHAIN = "chain {name}:\n    step x:\n        value: 1\n"


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("a", "b"):
        folder = tmp_path / "services" / name
        (folder / "chains").mkdir(parents=True)
        (folder / "n3gen.toml").write_text("")
        (folder / f"chains/{name}.ai").write_text(BROKEN.format(name=name))
    return tmp_path


@pytest.mark.parametrize("folder", ["services", "services/a", "services/a/chains", "."])
def test_text_and_json_have_paths_from_where_the_command_runs(
    monorepo: Path, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    here = monorepo / folder
    monkeypatch.chdir(here)
    target = str(monorepo / "services/a/chains/a.ai")
    assert main(["lint", target]) == 1
    drawn = capsys.readouterr().out.split("--> ")[1].split(":")[0]
    assert (here / drawn).resolve() == Path(target)
    assert main(["lint", target, "--output-format", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)
    assert (here / problem["file"]).resolve() == Path(target)


@pytest.mark.parametrize("output_format", ["github", "gitlab", "sarif"])
def test_annotations_have_paths_from_the_top_of_the_repository(
    monorepo: Path,
    output_format: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(monorepo / "services/a")
    assert main(["lint", "--output-format", output_format]) == 1
    assert "services/a/chains/a.ai" in capsys.readouterr().out


def test_check_annotates_from_the_top_of_the_repository(
    monorepo: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(monorepo / "services/a")
    Path("chains/a.ai").write_text(CHAIN.format(name="a"))
    assert main(["check", "--output-format", "github"]) == 1
    out = capsys.readouterr().out
    assert "file=services/a/generated/a.py" in out


def test_one_command_lints_builds_and_checks_several_projects(
    monorepo: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(monorepo / "services")
    assert main(["lint", "a", "b"]) == 1
    out = capsys.readouterr().out
    assert "a/chains/a.ai:3" in out
    assert "b/chains/b.ai:3" in out
    Path("a/chains/a.ai").write_text(CHAIN.format(name="a"))
    assert main(["build", "a", "b"]) == 1
    assert not Path("a/generated").exists(), "all or nothing, over all projects"
    Path("b/chains/b.ai").write_text(CHAIN.format(name="b"))
    assert main(["build", "a", "b"]) == 0
    assert "wrote a/generated/a.py" in capsys.readouterr().err
    assert main(["check", "a", "b"]) == 0
    assert main(["fmt", "a", "b", "--check"]) == 0


def test_a_build_says_as_json_what_was_written_and_why(
    monorepo: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(monorepo / "services/a")
    Path("chains/a.ai").write_text(CHAIN.format(name="a"))
    assert main(["build", "--output-format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == []
    assert {
        "file": "generated/a.py",
        "action": "write",
        "cause": "missing",
    } in found["files"]


@pytest.mark.parametrize(
    ("set_to", "is_coloured"), [("1", True), ("0", False), ("", False)]
)
def test_force_color_colours_what_is_no_terminal(
    monorepo: Path,
    set_to: str,
    is_coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(monorepo / "services/a")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", set_to)
    main(["lint"])
    assert ("\x1b[" in capsys.readouterr().out) is is_coloured


def test_the_shared_support_is_one_line_of_a_build(
    monorepo: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(monorepo / "services/a")
    Path("chains/a.ai").write_text(CHAIN.format(name="a"))
    assert main(["build", "--runtime", "shared"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "_runtime" in line] == [
        line for line in lines if line.startswith("updated generated/_runtime (")
    ]
    assert "wrote generated/a.py" in lines


TESTED = """\
chain {name}:
    step x: {{kind: python, target: "app:called"}}

test it_is_of_{name} of {name}:
    expect: {{result: {name}}}
"""


@pytest.mark.parametrize("folder", [".", "services/a", "services/b/chains"])
def test_one_command_tests_and_plans_several_projects(
    monorepo: Path, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(monorepo / folder)
    for name in ("a", "b"):
        project = monorepo / "services" / name
        (project / f"chains/{name}.ai").write_text(TESTED.format(name=name))
        (project / "app.py").write_text(f"def called(ctx):\n    return {name!r}\n")
    both = [str(monorepo / "services" / name) for name in ("a", "b")]
    assert main(["test", *both]) == 0
    told = capsys.readouterr()
    assert "it_is_of_a of a" in told.out
    assert "it_is_of_b of b" in told.out
    assert told.err == "2 tests passed\n"
    assert main(["test", *both, "--json"]) == 0
    tests = json.loads(capsys.readouterr().out)["tests"]
    found = [(Path.cwd() / test["file"]).resolve() for test in tests]
    assert found == [monorepo / f"services/{n}/chains/{n}.ai" for n in ("a", "b")]
    assert main(["plan", *both]) == 0
    assert capsys.readouterr().out.count("critical path") == 2
    broken = TESTED.format(name="b").replace("kind: python", "kid: python")
    (monorepo / "services/b/chains/b.ai").write_text(broken)
    assert main(["test", *both]) == 1
    assert "b.ai:2:14" in capsys.readouterr().err
