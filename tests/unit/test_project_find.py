"""Finding spec files, and which module each becomes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from n3gen.diagnostics.file_rules import ModuleClash
from n3gen.project.clashes import clashes
from n3gen.project.config import Config, find_config
from n3gen.project.edited import examine
from n3gen.project.errors import ProjectError
from n3gen.project.find import (
    SpecFile,
    covers,
    find_specs,
    glob_pattern,
)
from n3gen.project.texts import Texts

AI = "chain a:\n    step x: {value: 1}\n"
YAML = "chains: {a: {steps: [{name: x, value: 1}]}}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")


def found(root: Path, *paths: str, **settings: tuple[str, ...]) -> dict[str, str]:
    config = Config(str(root), **{"specs": ("chains",), **settings})  # type: ignore[arg-type]
    return {spec.path: spec.module for spec in find_specs(config, paths)}


def test_a_module_has_the_path_of_its_spec(root: Path) -> None:
    put(root, "chains/b.ai", "chains/a/c.yaml", "chains/a/d.yml", "chains/e.json")
    put(root, "chains/readme.md", "chains/.hidden.ai", "chains/.git/x.ai", "x.ai")
    assert found(root) == {
        "chains/a/c.yaml": "a/c",
        "chains/a/d.yml": "a/d",
        "chains/b.ai": "b",
        "chains/e.json": "e",
    }


def test_a_json_file_with_a_list_is_no_spec(root: Path) -> None:
    """It may have the rows of a test; one that is named is looked at."""
    put(root, "chains/a.json", "chains/b.json")
    (root / "chains/rows.json").write_bytes(b'\xef\xbb\xbf\n [{"n": 1}]')
    assert found(root) == {"chains/a.json": "a", "chains/b.json": "b"}
    assert found(root, "chains/rows.json") == {
        "chains/a.json": "a",
        "chains/b.json": "b",
        "chains/rows.json": "rows",
    }


@pytest.mark.parametrize(
    ("stem", "module"),
    [
        ("my-chain", "my_chain"),
        ("2 steps", "_2_steps"),
        ("class", "class_"),
        ("x.v2", "x_v2"),
        ("__init__", "__init___"),
        ("_runtime", "_runtime_"),
        ("Ärger", "Ärger"),
    ],
)
def test_a_module_name_is_an_identifier(root: Path, stem: str, module: str) -> None:
    put(root, f"chains/my dir/{stem}.ai")
    assert found(root) == {f"chains/my dir/{stem}.ai": f"my_dir/{module}"}


def test_a_name_without_letters_is_an_error(root: Path) -> None:
    put(root, "chains/---.ai")
    with pytest.raises(ProjectError, match="has no letter or digit for its module"):
        found(root)


def test_a_name_with_a_line_end_is_an_error(root: Path) -> None:
    put(root, "chains/a\nimport os.ai")
    with pytest.raises(ProjectError, match="contains an unprintable character"):
        found(root)


def test_globs_and_files_can_be_configured(root: Path) -> None:
    put(root, "a/x.ai", "a/b/y.ai", "a/b/z.yaml", "c/w.ai")
    assert found(root, specs=("a/**/*.ai", "c/w.ai")) == {
        "a/x.ai": "x",
        "a/b/y.ai": "b/y",
        "c/w.ai": "w",
    }


def test_excluded_folders_and_files_are_left_out(root: Path) -> None:
    put(root, "chains/a.ai", "chains/old/b.ai", "chains/c.json", "chains/d/e.json")
    excluded = ("chains/old", "chains/**/*.json")
    assert found(root, exclude=excluded) == {"chains/a.ai": "a"}


@pytest.mark.parametrize(
    ("name", "text", "is_another"),
    [
        ("n3gen.toml", "", True),
        ("pyproject.toml", "[tool.n3gen]", True),
        ("pyproject.toml", "[project]", False),
    ],
)
def test_a_project_within_another_keeps_its_specs(
    root: Path, name: str, text: str, is_another: bool
) -> None:
    put(root, "chains/a.ai", "chains/inner/chains/b.ai", "chains/other/c.ai")
    (root / "chains/inner" / name).write_text(text)
    paths = {"chains/a.ai", "chains/other/c.ai"}
    if not is_another:
        paths.add("chains/inner/chains/b.ai")
    assert set(found(root)) == paths
    inner = find_config(str(root / "chains/inner/chains/b.ai"))
    assert (inner.root == str(root / "chains/inner")) == is_another


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("chains/old", {"a", "new/old/c", "old.d"}),
        ("chains/old/", {"a", "new/old/c", "old.d"}),
        ("./chains/old/**/", {"a", "new/old/c", "old.d"}),
        ("chains/*/old/", {"a", "old/b", "old.d"}),
        ("**/old/", {"a", "old.d"}),
        ("old", {"a", "old.d"}),
        ("old/", {"a", "old.d"}),
        ("old*", {"a"}),
        ("./old", {"a", "old/b", "new/old/c", "old.d"}),
        ("c.ai", {"a", "old/b", "old.d"}),
    ],
)
def test_excluded_folders_are_those_of_a_gitignore(
    root: Path, exclude: str, left: set[str]
) -> None:
    specs = [f"chains/{name}.ai" for name in ("a", "old/b", "new/old/c", "old.d")]
    put(root, *specs)
    config = Config(str(root), specs=("chains",), exclude=(exclude,))
    kept = {f"chains/{name}.ai" for name in left}
    assert {spec.path for spec in find_specs(config)} == kept
    assert {path for path in specs if covers(config, path)} == kept


def test_an_excluded_file_can_still_be_named(root: Path) -> None:
    put(root, "chains/a.ai", "chains/old/b.ai")
    named = found(root, "chains/old/b.ai", exclude=("chains/old",))
    assert named == {"chains/a.ai": "a", "chains/old/b.ai": "old/b"}


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("a/**/b.ai", "a/b.ai", True),
        ("a/**/b.ai", "a/x/y/b.ai", True),
        ("a/*/b.ai", "a/x/y/b.ai", False),
        ("a/?.ai", "a/b.ai", True),
        ("a/?.ai", "a/bc.ai", False),
        ("a/**", "a/x/y.ai", True),
        ("**/*.ai", "x.ai", True),
        ("a.b", "axb", False),
        ("data", "data/x/y.json", True),
        ("data", "database/y.json", False),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    assert (glob_pattern(glob).fullmatch(path) is not None) is matches


def test_paths_select_and_keep_their_modules(root: Path) -> None:
    put(root, "chains/a/x.ai", "chains/a/y.ai", "chains/z.ai")
    config = Config(str(root), specs=("chains",))
    specs = find_specs(config, ["chains/a", str(root / "chains" / "z.ai")])
    assert [spec for spec in specs if not spec.selected] == []
    specs = find_specs(config, ["chains/a/x.ai"])
    assert SpecFile("chains/a/x.ai", "a/x", True) in specs
    assert SpecFile("chains/z.ai", "z", False) in specs


def test_paths_are_relative_to_the_working_directory(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "chains/a/x.ai", "chains/y.ai")
    monkeypatch.chdir(root / "chains" / "a")
    config = Config(str(root), specs=("chains",))
    selected = [spec.path for spec in find_specs(config, ["x.ai"]) if spec.selected]
    assert selected == ["chains/a/x.ai"]


def test_paths_that_the_configuration_does_not_cover_are_added(root: Path) -> None:
    put(root, "flows/a/x.ai", "other/y.ai")
    assert found(root, "flows", "other/y.ai", specs=()) == {
        "flows/a/x.ai": "a/x",
        "other/y.ai": "y",
    }


def test_a_folder_of_the_configuration_may_be_empty(root: Path) -> None:
    (root / "chains").mkdir()
    assert found(root, "chains") == {}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nope.ai", "there is no file or folder `nope.ai`"),
        ("notes.md", "`notes.md` is not a spec file: its ending is not .ai, .yaml"),
        ("../x.ai", "`../x.ai` is outside of the project"),
        ("../y.ai", "there is no file or folder `../y.ai`"),
        ("empty", "no file in `empty` is a spec: none ends in .ai, .yaml"),
    ],
)
def test_paths_that_lead_nowhere(
    root: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    put(root, "x.ai", "inner/notes.md", "inner/chains/x.ai", "inner/empty/notes.md")
    root /= "inner"
    monkeypatch.chdir(root)
    with pytest.raises(ProjectError) as caught:
        found(root, path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.ai", "chain mood:\n    step a: {value: 1}\n"),
        ("x.yaml", "chains: {mood: {steps: [{name: a, value: 1}]}}\n"),
        ("x.ai", "pipeline mood:\n    stage a(x: str) -> str: {value: x}\n"),
    ],
)
def test_a_chain_in_place_of_a_path_leads_to_its_file(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    put(root, f"chains/{name}", "chains/y.ai")
    (root / "chains" / name).write_text(text)
    with pytest.raises(ProjectError) as caught:
        found(root, "mood")
    assert str(caught.value) == (
        f"there is no file or folder `mood` in `{root}`; it is a chain of "
        f"`chains/{name}`: name that file"
    )
    monkeypatch.chdir(root / "chains")
    with pytest.raises(ProjectError) as caught:
        find_specs(Config(str(root / "chains"), specs=(".",)), ("../mood",))
    assert str(caught.value) == "there is no file or folder `../mood`"
    with pytest.raises(ProjectError) as caught:
        find_specs(Config(str(root), specs=("chains",)), ("mood",))
    assert str(caught.value).endswith(f"it is a chain of `{name}`: name that file")


def test_no_specs_at_all_says_what_to_do(root: Path) -> None:
    with pytest.raises(ProjectError, match="start with `n3gen init`"):
        found(root, specs=())


def test_a_configured_folder_must_be_there(root: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        found(root)
    assert str(caught.value) == (
        f"there is no file or folder `chains` in `{root}`, which `specs` in the "
        "configuration names"
    )


def test_a_link_to_a_folder_that_it_stands_in_is_told(root: Path) -> None:
    put(root, "chains/a/x.ai")
    (root / "chains/a/loop").symlink_to(root / "chains")
    with pytest.raises(ProjectError, match="`chains/a/loop` is a link to a folder"):
        found(root)


def test_links_that_lead_round_together_are_told(root: Path) -> None:
    put(root, "chains/a/x.ai", "chains/b/y.ai")
    (root / "chains/a/to_b").symlink_to(root / "chains/b")
    (root / "chains/b/to_a").symlink_to(root / "chains/a")
    with pytest.raises(ProjectError, match="is a link to a folder that contains it"):
        found(root)


def test_a_link_to_another_folder_is_followed(root: Path) -> None:
    put(root, "chains/x.ai", "elsewhere/y.ai")
    (root / "chains/more").symlink_to(root / "elsewhere")
    assert found(root)["chains/more/y.ai"] == "more/y"


@pytest.mark.parametrize("target", ["self.ai", "nowhere.ai"])
def test_a_link_that_leads_nowhere_is_a_spec_that_cannot_be_read(
    root: Path, target: str
) -> None:
    put(root, "chains/x.ai")
    (root / "chains/self.ai").symlink_to(root / "chains" / target)
    assert list(found(root)) == ["chains/self.ai", "chains/x.ai"]


def test_a_pipe_is_a_spec_that_cannot_be_read(root: Path) -> None:
    put(root, "chains/x.ai")
    os.mkfifo(root / "chains/pipe.json")
    assert list(found(root)) == ["chains/pipe.json", "chains/x.ai"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("x.ai", "x.yaml", "builds the module `x.py`, and so does `x.ai`"),
        ("my-x.ai", "my_x.ai", "builds the module `my_x.py`, and so does `my-x.ai`"),
        ("X.ai", "x.yaml", "builds the module `x.py`, and so does `X.ai`"),
        (
            "a.ai",
            "a/b.ai",
            "builds the package `a`, which would hide the module `a.py` of `../a.ai`",
        ),
    ],
)
def test_specs_that_meet_in_a_module(
    root: Path, first: str, second: str, message: str
) -> None:
    put(root, f"chains/{first}", f"chains/{second}", "chains/z.ai")
    for path, text in ((first, AI), (second, YAML if "yaml" in second else AI)):
        (root / "chains" / path).write_text(text)
    config = Config(str(root), specs=("chains",))
    texts = Texts(config)
    for selected in ((), (first,), (second,)):
        specs = find_specs(config, [f"chains/{path}" for path in selected])
        (problem,) = clashes(texts, specs)
        assert problem.rule is ModuleClash
        assert problem.message == f"this file {message}"
        places = [label.file.path for label in problem.labels]
        assert places == [f"chains/{second}", f"chains/{first}"]
    assert clashes(texts, find_specs(config, ["chains/z.ai"])) == []
    (root / "chains" / second).write_text("")
    assert clashes(Texts(config), find_specs(config)) == []


def test_a_module_that_many_files_would_hide_is_told_once(root: Path) -> None:
    put(root, "chains/a.ai", "chains/a/b.ai", "chains/a/c.ai")
    for path in ("a.ai", "a/b.ai", "a/c.ai"):
        (root / "chains" / path).write_text(AI)
    config = Config(str(root), specs=("chains",))
    (problem,) = clashes(Texts(config), find_specs(config))
    assert problem.file.path == "chains/a/b.ai"


def test_an_editor_is_told_of_files_that_meet_too(root: Path) -> None:
    put(root, "chains/x.ai", "chains/x.yaml", "chains/z.ai")
    (root / "chains/x.ai").write_text(AI)
    config = Config(str(root), specs=("chains",))
    (empty,) = examine(config, "chains/x.yaml", {}).problems
    assert empty.rule.code == "N233"
    opened = {"chains/x.yaml": YAML, "chains/z.ai": AI}
    (problem,) = examine(config, "chains/x.yaml", opened).problems
    assert (problem.rule, problem.file.path) == (ModuleClash, "chains/x.yaml")
    assert not list(examine(config, "chains/z.ai", opened).problems)
