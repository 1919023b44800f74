"""What a build would change, with a compiler that only copies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from n3gen.compiler import Options
from n3gen.diagnostics import Diagnostic, Label, Rule, Severity
from n3gen.project.build import build
from n3gen.project.compiling import Compiled, Task
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.project.survey import Request, Survey, survey
from n3gen.source import Span


class Odd(Rule):
    code = "N999"
    name = "odd"


class Unwise(Rule):
    code = "N998"
    name = "unwise"
    severity = Severity.WARNING


@dataclass
class Copier:
    """Compiles to a comment of the spec's lines; counts what it was asked."""

    asked: list[str] = field(default_factory=list)

    def __call__(
        self, tasks: Sequence[Task], options: Options, jobs: int
    ) -> list[Compiled]:
        self.asked = [task.source.path for task in tasks]
        return [self.compiled(task, options) for task in tasks]

    def compiled(self, task: Task, options: Options) -> Compiled:
        text = task.source.text
        label = Label(task.source, Span(0, 1))
        problems: tuple[Diagnostic, ...] = ()
        if "odd" in text:
            return Compiled((Odd.diagnose("this is odd", label),), (), None)
        if "unwise" in text:
            problems = (Unwise.diagnose("this is unwise", label),)
        names = tuple(
            line.split()[1][:-1] for line in text.split("\n") if "chain " in line
        )
        if not names:
            return Compiled(problems, (), None)
        used = "".join(f"# {path}\n" for path in sorted(task.used))
        depth = "." * (task.depth + 1)
        head = f"from {depth}_runtime.run.x import Run, " + ", ".join(names) + "\n"
        body = (head if options.runtime == "shared" else "") + used + f"x = {text!r}\n"
        return Compiled(problems, names, body)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for path, text in {
        "chains/a.ai": "chain a:\n",
        "chains/sub/b.ai": "chain b:\nchain c:\n",
        "chains/defs.ai": "type T:\n    x: str\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture(autouse=True)
def light_companions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry as a comment of what is in it."""
    monkeypatch.setattr("n3gen.compiler.registry_body", lambda found: f"# {found}\n")


@pytest.fixture
def config(root: Path) -> Config:
    return Config(str(root), specs=("chains",))


@pytest.fixture
def copier() -> Copier:
    return Copier()


@pytest.fixture
def request_(copier: Copier) -> Request:
    return Request(compile=copier)


def causes(found: Survey) -> dict[str, str]:
    return {change.shown: change.cause.value for change in found.changes}


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in (root / "generated").rglob("*") if path.is_file())
    return {
        path.relative_to(root / "generated").as_posix(): (
            path.read_bytes(),
            path.stat().st_mtime_ns,
        )
        for path in files
    }


def test_a_first_build_writes_modules_and_packages(
    root: Path, config: Config, request_: Request
) -> None:
    found = build(config, request_)
    assert found.modules == 2
    assert set(causes(found).values()) == {"missing"}
    assert sorted(tree(root)) == ["__init__.py", "a.py", "sub/__init__.py", "sub/b.py"]
    assert b"# @generated from chains/sub/b.ai\n" in tree(root)["sub/b.py"][0]
    assert b"# @generated from chains/sub\n" in tree(root)["sub/__init__.py"][0]


def test_a_second_build_compiles_and_touches_nothing(
    root: Path, config: Config, copier: Copier, request_: Request
) -> None:
    build(config, request_)
    before = tree(root)
    found = build(config, request_)
    assert found.is_fresh
    assert copier.asked == ["chains/a.ai", "chains/sub/b.ai"]
    assert tree(root) == before


def test_only_what_changed_is_compiled(
    root: Path, config: Config, copier: Copier, request_: Request
) -> None:
    build(config, request_)
    (root / "chains/a.ai").write_text("chain a:  # more\n")
    found = build(config, request_)
    assert copier.asked == ["chains/a.ai"]
    assert causes(found) == {"generated/a.py": "spec-changed"}


def test_line_ends_and_a_byte_order_mark_are_no_change(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    (root / "chains/sub/b.ai").write_bytes(b"\xef\xbb\xbfchain b:\r\nchain c:\r")
    module = root / "generated/a.py"
    module.write_bytes(module.read_bytes().replace(b"\n", b"\r\n"))
    assert survey(config, request_).is_fresh


@pytest.mark.parametrize(
    "setting",
    [
        {"enable_parallel_steps": True},
        {"max_concurrent_llm_calls": 51},
        {"chain_timeout_seconds": 1.0},
    ],
)
def test_options_make_modules_stale(
    config: Config, request_: Request, setting: dict[str, bool]
) -> None:
    build(config, request_)
    changed = replace(config, **setting)  # type: ignore[arg-type]
    found = build(changed, request_)
    assert causes(found) == {
        "generated/a.py": "spec-changed",
        "generated/sub/b.py": "spec-changed",
    }


def test_the_working_directory_does_not_matter(
    root: Path, config: Config, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(config, request_)
    monkeypatch.chdir(root / "chains" / "sub")
    assert survey(config, request_).is_fresh


def test_an_edit_by_hand_is_told_and_mended(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    before = (root / "generated/a.py").read_bytes()
    (root / "generated/a.py").write_bytes(before + b"y = 1\n")
    assert causes(build(config, request_)) == {"generated/a.py": "edited"}
    assert (root / "generated/a.py").read_bytes() == before


def test_a_chain_more_changes_the_registry(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    (root / "chains/a.ai").write_text("chain a:\nchain z:\n")
    assert causes(build(config, request_)) == {
        "generated/__init__.py": "spec-changed",
        "generated/a.py": "spec-changed",
    }


def test_an_orphan_is_removed_with_its_package(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    (root / "chains/sub/b.ai").unlink()
    found = build(config, request_)
    assert causes(found) == {
        "generated/__init__.py": "spec-changed",
        "generated/sub/__init__.py": "orphan",
        "generated/sub/b.py": "orphan",
    }
    assert sorted(tree(root)) == ["__init__.py", "a.py"]
    assert not (root / "generated/sub").exists()


def test_an_edited_orphan_stays(root: Path, config: Config, request_: Request) -> None:
    build(config, request_)
    with (root / "generated/sub/b.py").open("a") as file:
        file.write("mine = 1\n")
    (root / "chains/sub/b.ai").unlink()
    found = build(config, request_)
    assert [(c.shown, c.cause.value) for c in found.refused] == [
        ("generated/sub/b.py", "edited-orphan")
    ]
    assert (root / "generated/sub/b.py").exists()
    build(config, replace(request_, force=True))
    assert not (root / "generated/sub").exists()


def test_a_spec_that_loses_its_chains_loses_its_module(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    (root / "chains/a.ai").write_text("# nothing left\n")
    found = build(config, request_)
    assert causes(found)["generated/a.py"] == "orphan"
    assert survey(config, request_).is_fresh


def test_the_last_module_takes_the_folder_with_it(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    (root / "chains/a.ai").unlink()
    (root / "chains/sub/b.ai").unlink()
    build(config, request_)
    assert not (root / "generated").exists()


def test_paths_build_some_and_remove_nothing(
    root: Path, config: Config, copier: Copier, request_: Request
) -> None:
    found = build(config, replace(request_, paths=("chains/sub",)))
    assert copier.asked == ["chains/sub/b.ai"]
    assert found.modules == 1
    assert sorted(tree(root)) == ["__init__.py", "sub/__init__.py", "sub/b.py"]
    registry = tree(root)["__init__.py"]
    (root / "chains/sub/c.ai").write_text("chain d:\n")
    build(config, request_)
    (root / "chains/sub/c.ai").unlink()
    (root / "chains/a.ai").write_text("chain a:\n# more\n")
    found = build(config, replace(request_, paths=("chains/a.ai",)))
    assert causes(found) == {
        "generated/__init__.py": "spec-changed",
        "generated/a.py": "spec-changed",
    }
    assert tree(root)["__init__.py"][0] == registry[0]
    assert "sub/c.py" in tree(root)


def test_errors_write_nothing_and_name_what_is_stale(
    root: Path, config: Config, request_: Request
) -> None:
    build(config, request_)
    before = tree(root)
    (root / "chains/a.ai").write_text("chain a:  # more\n")
    (root / "chains/sub/b.ai").write_text("chain b:  # odd\n")
    found = build(config, request_)
    assert found.failed
    assert [problem.message for problem in found.problems] == ["this is odd"]
    assert [shown for shown, _ in found.uncompiled] == [
        "generated/a.py",
        "generated/sub/b.py",
    ]
    assert tree(root) == before


def test_warnings_fail_only_when_strict(
    root: Path, config: Config, request_: Request
) -> None:
    (root / "chains/a.ai").write_text("chain a:  # unwise\n")
    assert build(config, replace(request_, strict=True)).failed
    assert not (root / "generated").exists()
    found = build(config, request_)
    assert not found.failed
    assert len(found.problems) == 1


def test_a_file_of_somebody_else_is_never_overwritten(
    root: Path, config: Config, request_: Request
) -> None:
    (root / "generated").mkdir()
    (root / "generated/a.py").write_text("mine = 1\n")
    (root / "generated/__init__.py").write_text("")
    with pytest.raises(ProjectError, match=r"did not write `generated/a.py`"):
        build(config, request_)
    assert sorted(tree(root)) == ["__init__.py", "a.py"]
    build(config, replace(request_, force=True))
    assert b"mine" not in tree(root)["a.py"][0]


def test_other_files_in_the_out_folder_are_left_alone(
    root: Path, config: Config, request_: Request
) -> None:
    (root / "generated/.x").mkdir(parents=True)
    (root / "generated/mine.py").write_text("mine = 1\n")
    (root / "generated/.x/y.py").write_text("")
    build(config, request_)
    assert survey(config, request_).is_fresh
    assert tree(root)["mine.py"][0] == b"mine = 1\n"


@pytest.fixture
def light_runtime(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[str]]:
    """A support of one file for every name in lower case; all that was asked of it."""
    asked: list[frozenset[str]] = []

    def contents(names: frozenset[str]) -> dict[str, tuple[str, ...]]:
        asked.append(names)
        found = {f"files/{name}": (name,) for name in sorted(names) if name.islower()}
        return {**found, "run/x": ("Run", *(f"Long{n}" for n in range(30)))}

    monkeypatch.setattr("n3gen.compiler.runtime_contents", contents)
    monkeypatch.setattr(
        "n3gen.compiler.runtime_file",
        lambda path, names=(), http="", version="": f"# {path} {names}\n",
    )
    return asked


def test_shared_modules_get_what_they_import_together(
    root: Path,
    config: Config,
    request_: Request,
    light_runtime: list[frozenset[str]],
) -> None:
    shared = replace(config, runtime="shared")
    build(shared, request_)
    runtime = root / "generated/_runtime"

    def files() -> set[str]:
        return {path.stem for path in (runtime / "files").glob("[a-z]*.py")}

    assert files() == {"a", "b", "c"}
    assert light_runtime == [{"Run", "a", "b", "c"}]
    assert survey(shared, request_).is_fresh
    assert len(light_runtime) == 1, "the index says what is there"
    (root / "chains/a.ai").write_text("chain z:\n")
    found = build(shared, replace(request_, paths=("chains/a.ai",)))
    assert causes(found) == {
        "generated/__init__.py": "spec-changed",
        "generated/_runtime/__init__.py": "spec-changed",
        "generated/_runtime/files/a.py": "orphan",
        "generated/_runtime/files/z.py": "missing",
        "generated/a.py": "spec-changed",
    }
    assert files() == {"b", "c", "z"}
    gone = causes(build(config, request_))
    assert {gone[name] for name in gone if "_runtime" in name} == {"orphan"}
    assert not runtime.exists()


def test_a_shared_file_is_written_again_where_it_was_touched(
    root: Path,
    config: Config,
    request_: Request,
    light_runtime: list[frozenset[str]],
) -> None:
    shared = replace(config, runtime="shared")
    build(shared, request_)
    runtime = root / "generated/_runtime"
    (runtime / "files/a.py").unlink()
    with (runtime / "run/x.py").open("a") as file:
        file.write("# mine\n")
    assert causes(survey(shared, request_)) == {
        "generated/_runtime/files/a.py": "missing",
        "generated/_runtime/run/x.py": "edited",
    }
    with (runtime / "__init__.py").open("a") as file:
        file.write("# mine\n")
    assert len(causes(build(shared, request_))) == 3
    assert survey(shared, request_).is_fresh


def test_recompiling_finds_what_the_compiler_does_otherwise(
    root: Path, config: Config, copier: Copier, request_: Request
) -> None:
    build(config, request_)
    assert survey(config, replace(request_, recompile=True)).is_fresh
    assert len(copier.asked) == 2

    class Other(Copier):
        def compiled(self, task: Task, options: Options) -> Compiled:
            one = super().compiled(task, options)
            return replace(one, body=f"{one.body}# other\n")

    found = survey(config, Request(recompile=True, compile=Other()))
    assert causes(found) == {
        "generated/a.py": "compiler-changed",
        "generated/sub/b.py": "compiler-changed",
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"#" * (16 * 1024 * 1024 + 1),
            "this file cannot be read: it has 16,777,217 bytes, more than",
        ),
    ],
)
def test_files_that_are_no_specs_are_told(
    root: Path, config: Config, request_: Request, data: bytes, message: str
) -> None:
    (root / "chains/a.ai").write_bytes(data)
    found = build(config, request_)
    (problem,) = (one for one in found.problems if one.file.path == "chains/a.ai")
    assert message in problem.message
    assert not (root / "generated").exists()


def test_a_file_that_vanishes_is_told(
    root: Path, config: Config, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_specs(config)
    monkeypatch.setattr("n3gen.project.survey.find_specs", lambda *_: found)
    os.unlink(root / "chains/a.ai")
    problems = [(p.file.path, p.message) for p in build(config, request_).problems]
    told = "this file cannot be read: there is no such file"
    assert ("chains/a.ai", told) in problems


def test_an_out_folder_that_is_a_file_is_told(
    root: Path, config: Config, request_: Request
) -> None:
    (root / "generated").write_text("a file")
    with pytest.raises(ProjectError, match="`generated` is a file, not a folder"):
        build(config, request_)
    assert (root / "generated").read_text() == "a file"


def test_a_folder_where_a_module_belongs_is_told(
    root: Path, config: Config, request_: Request
) -> None:
    (root / "generated/a.py").mkdir(parents=True)
    with pytest.raises(
        ProjectError, match=r"`generated/a.py` is a folder, not a regular"
    ):
        build(config, request_)


def test_a_disk_that_refuses_is_told(
    root: Path, config: Config, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.mkdir", refuse)
    with pytest.raises(ProjectError, match=r"cannot write .*: permission denied"):
        build(config, request_)
    assert not (root / "generated").exists()
