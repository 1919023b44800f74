"""Exports of Dify, the specs that they become, and what is said of them.

A folder `golden/imports_dify/<case>` holds `app.yml`, `expected.ai` where the app is sound,
`expected.txt` where something is said, and the code that stood in it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.diagnostics.formats import as_text
from n3gen.importers.dify import import_app
from n3gen.importers.model import Imported
from n3gen.source import SourceFile
from n3gen.syntax import format_ai

from tests.compiling import problems_of
from tests.golden_files import compare

Output = pytest.CaptureFixture[str]

GOLDEN = Path(__file__).parent / "golden" / "imports_dify"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
SOUND = [path for path in CASES if not path.name.startswith("faulty")]
APP = "app.yml"

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
sound_case = pytest.mark.parametrize("case", SOUND, ids=lambda case: str(case.name))


def imported(case: Path) -> Imported:
    text = (case / APP).read_text("utf-8")
    return import_app(SourceFile.of(APP, text), case.name, "chains")


@every_case
def test_imports(case: Path, update_goldens: bool) -> None:
    found = imported(case)
    given = {"expected.txt": as_text(found.problems)} if len(found.problems) else {}
    if found.text is not None:
        given["expected.ai"] = found.text
    given |= dict(found.files)
    inputs = {APP: (case / APP).read_text("utf-8")}
    compare(case, given, update=update_goldens, inputs=inputs)
    assert (found.text is None) == case.name.startswith("faulty")


@sound_case
def test_specs_are_sound_and_in_the_one_layout(case: Path) -> None:
    text = imported(case).text
    assert text is not None
    assert format_ai(SourceFile("spec.ai", text)) == (text, ())
    problems = problems_of("spec.ai", text)
    assert [one.message for one in problems if one.severity != "note"] == []


@sound_case
def test_imported_specs_pass_their_own_tests(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text('specs = ["chains"]\n')
    shutil.copy(case / APP, tmp_path / f"{case.name}.yml")
    assert main(["import", "dify", f"{case.name}.yml"]) == 0
    assert main(["test"]) == 0, capsys.readouterr().out
    assert main(["lint", "--strict"]) == 0, capsys.readouterr().out
