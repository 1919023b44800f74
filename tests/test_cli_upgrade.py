"""`n3gen upgrade`: what another version of n3gen makes of the same specs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.emit.header import parse_header, stamp
from n3gen.project.freshness import Cause
from n3gen.project.upgrading import Kind, Lines, upgrade_of
from n3gen.project.writing import Change

Output = pytest.CaptureFixture[str]

VERSIONS = Path(__file__).parent / "versions"
CHAIN = (
    "chain greet:\n    step hello:\n        kind: connector\n        target: f\n"
    '    step twice:\n        value: "{{ hello }} {{ hello }}"\n'
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "chains").mkdir()
    (tmp_path / "n3gen.toml").write_text("enable_parallel_steps = true\n")
    (tmp_path / "chains/greet.ai").write_text(CHAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def as_built_before(path: Path, old: str, new: str) -> None:
    """Let a generated file read as if another version had built it."""
    text = path.read_text()
    header = parse_header(text)
    assert header is not None and new in text
    body = text[header.end :].replace(new, old)
    path.write_text(stamp(body, header.source, header.input_sha256))


def test_a_module_of_an_earlier_version(root: Path, capsys: Output) -> None:
    """The real one of 0.2.0: `build` finds it up to date, `upgrade` renews it."""
    (root / "chains/greet.ai").unlink()
    (root / "chains/calls.ai").write_text((VERSIONS / "calls.ai").read_text())
    (root / "generated").mkdir()
    old = (VERSIONS / "0.2.0.py.txt").read_text()
    module = root / "generated/calls.py"
    module.write_text(old)
    assert main(["upgrade", "--diff"]) == 0
    out, err = capsys.readouterr()
    assert "code of chains changes:" in out and "of support" in out
    assert "imports, __all__, calls, CALLS_FACTS" in out
    assert "class Limiter" not in out
    assert "would change" in err
    assert module.read_text() == old
    assert main(["upgrade"]) == 0
    assert module.read_text() != old
    assert main(["check"]) == 0
    capsys.readouterr()
    assert main(["upgrade"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "1 module as n3gen" in err


def test_support_code_is_told_apart(root: Path, capsys: Output) -> None:
    main(["build"])
    module = root / "generated/greet.py"
    as_built_before(module, "class Former:", "class Limiter:")
    assert main(["check"]) == 0, "no spec and no option has changed"
    capsys.readouterr()
    assert main(["upgrade", "--output-format", "json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["kind"] == "support" and file["names"] == []
    assert file["support"] == {"added": 1, "removed": 1}
    assert file["chains"] == {"added": 0, "removed": 0}
    assert "class Limiter:" in module.read_text()


def test_the_names_of_what_differs_are_listed(root: Path, capsys: Output) -> None:
    main(["build"])
    as_built_before(root / "generated/greet.py", "chains of before", "Chains of")
    capsys.readouterr()
    assert main(["upgrade", "--diff"]) == 0
    out = capsys.readouterr().out
    assert "generated/greet.py  +1 -1: its description" in out
    assert '-"""chains of before' in out and '+"""Chains of' in out


def test_the_shared_package_is_one_line(root: Path, capsys: Output) -> None:
    (root / "n3gen.toml").write_text('runtime = "shared"\n')
    main(["build"])
    for name in ("process", "run"):
        path = root / f"generated/_runtime/run/{name}.py"
        as_built_before(path, "# before", "from __future__ import annotations")
    capsys.readouterr()
    assert main(["upgrade", "--diff"]) == 0
    out = capsys.readouterr().out
    assert out == ("only support code changes:\n  generated/_runtime  2 files  +2 -2\n")
    assert main(["upgrade", "--diff", "--support"]) == 0
    assert "-# before" in capsys.readouterr().out


def test_an_error_leaves_everything_as_it_was(root: Path, capsys: Output) -> None:
    main(["build"])
    module = root / "generated/greet.py"
    as_built_before(module, "class Former:", "class Limiter:")
    before = module.read_text()
    (root / "chains/other.ai").write_text("chain x:\n    step a:\n        valeu: 1\n")
    assert main(["upgrade"]) == 1
    assert module.read_text() == before
    assert "nothing was written" in capsys.readouterr().err


def test_support_alone_shows_nothing(root: Path) -> None:
    assert main(["upgrade", "--support"]) == 2


def change(before: str | None, after: str | None) -> Change:
    data = [None if text is None else text.encode() for text in (before, after)]
    return Change("/a.py", "a.py", Cause.COMPILER_CHANGED, *data)


def test_what_an_edited_module_becomes() -> None:
    """One that is not Python any more is compared as a whole."""
    found = upgrade_of(change("def f(:\n", "def f():\n    pass\n"))
    assert found.kind is Kind.CHAINS
    assert found.chains == Lines(2, 1)
    assert found.names == ("f", "the file")


def test_files_that_come_and_go() -> None:
    assert upgrade_of(change(None, "x = 1\n")).kind is Kind.NEW
    assert upgrade_of(change("x = 1\n", None)).kind is Kind.GONE
    header = "x = 1\n"
    old, new = stamp(header, "a.ai", "0" * 16), stamp(header, "a.ai", "1" * 16)
    assert upgrade_of(change(old, new)).kind is Kind.HEADER


def test_problems_have_the_formats_of_lint(root: Path, capsys: Output) -> None:
    path = next((root / "chains").glob("*.ai"))
    path.write_text("chain x:\n    step a:\n        valeu: 1\n")
    assert main(["upgrade", "--output-format", "github"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith(f"::error file=chains/{path.name},line=3,col=9,")
    assert shown.err == "nothing was written\n"
    assert main(["upgrade", "--output-format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["files"] == []
    assert [one["code"] for one in data["problems"]] == ["N201"]
