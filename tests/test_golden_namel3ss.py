"""Apps of namel3ss, the specs that they become, and what is said of them.

A folder `golden/imports_namel3ss/<case>` holds `app.ai` with its modules and tools,
`expected.ai` where the app is sound, and `expected.txt` where something is said.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.diagnostics.formats import as_text
from n3gen.importers.model import Imported
from n3gen.importers.namel3ss import import_app
from n3gen.source import SourceFile
from n3gen.syntax import format_ai

from tests.compiling import problems_of
from tests.golden_files import compare, contents
from tests.soak.namel3ss_flows import app

Output = pytest.CaptureFixture[str]

GOLDEN = Path(__file__).parent / "golden" / "imports_namel3ss"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
SOUND = [path for path in CASES if not path.name.startswith("faulty")]
APP = "app.ai"
OUTPUTS = ("expected.ai", "expected.txt")

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
sound_case = pytest.mark.parametrize("case", SOUND, ids=lambda case: str(case.name))


def inputs_of(case: Path) -> dict[str, str]:
    return {n: t for n, t in contents(case).items() if n not in OUTPUTS}


def imported(case: Path) -> Imported:
    files = {n: SourceFile.of(n, t) for n, t in inputs_of(case).items()}
    modules: dict[str, list[SourceFile]] = {}
    for name, file in sorted(files.items()):
        if name.startswith("modules/"):
            modules.setdefault(name.split("/")[1], []).append(file)
    return import_app(files[APP], files.get, case.name, modules)


@every_case
def test_imports(case: Path, update_goldens: bool) -> None:
    found = imported(case)
    given = {"expected.txt": as_text(found.problems)} if len(found.problems) else {}
    if found.text is not None:
        given["expected.ai"] = found.text
    compare(case, given, update=update_goldens, inputs=inputs_of(case))
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
    shutil.copytree(case, tmp_path / case.name)
    assert main(["import", "namel3ss", f"{case.name}/{APP}"]) == 0
    assert main(["test"]) == 0, capsys.readouterr().out
    monkeypatch.syspath_prepend(str(tmp_path / case.name))
    assert main(["lint", "--strict"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("seed", range(3))
def test_any_control_flow_builds_and_passes_its_own_tests(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text('specs = ["chains"]\n')
    (tmp_path / "app.ai").write_text(app(seed, 5))
    assert main(["import", "namel3ss", "app.ai"]) == 0
    assert main(["lint", "--strict"]) == 0, capsys.readouterr().out
    assert main(["test"]) == 0, capsys.readouterr().out
