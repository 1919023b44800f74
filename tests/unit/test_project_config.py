"""The configuration: where it is found, what it says, and how its faults read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from n3gen.compiler import Options
from n3gen.prices import Price
from n3gen.project.config import Config, find_config, read_config
from n3gen.project.errors import ProjectError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "chains" / "support").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_file_the_working_directory_is_the_root(root: Path) -> None:
    assert find_config() == Config(str(root), specs=("chains",))


def test_without_a_file_the_options_are_those_of_the_compiler(root: Path) -> None:
    assert find_config().options == Options()


def test_specs_is_the_folder_where_there_are_no_chains(root: Path) -> None:
    (root / "chains" / "support").rmdir()
    (root / "chains").rmdir()
    (root / "specs").mkdir()
    assert find_config().specs == ("specs",)


def test_a_file_is_found_upward_and_paths_are_relative_to_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "n3gen.toml").write_text('specs = ["flows"]\nout = "src/gen/"\n')
    monkeypatch.chdir(root / "chains" / "support")
    config = find_config()
    assert (config.root, config.file) == (str(root), "n3gen.toml")
    assert (config.specs, config.out) == (("flows",), "src/gen")
    assert config.shown("x.ai") == "chains/support/x.ai"
    assert config.absolute("x.ai") == str(root / "x.ai")


def test_of_two_files_in_a_folder_the_other_is_named(root: Path) -> None:
    (root / "n3gen.toml").write_text("out = 'a'\n")
    (root / "pyproject.toml").write_text("[tool.n3gen]\nout = 'b'\n")
    config = find_config()
    assert (config.file, config.out) == ("n3gen.toml", "a")
    assert config.unread == "pyproject.toml"
    for text in ("[tool.black]\n# n3gen\n", "[tool.n3gen", ""):
        (root / "pyproject.toml").write_text(text)
        assert find_config().unread is None
    (root / "n3gen.toml").unlink()
    (root / "pyproject.toml").write_text("[tool.n3gen]\n")
    assert (find_config().file, find_config().unread) == ("pyproject.toml", None)


def test_a_file_is_found_upward_from_a_given_path(root: Path) -> None:
    (root / "chains" / "n3gen.toml").write_text("enable_parallel_steps = true\n")
    config = find_config("chains/support/x.ai")
    assert config.root == str(root / "chains")
    assert config.options.enable_parallel_steps


def test_a_given_path_elsewhere_is_its_own_project(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "x.ai").write_text("")
    assert find_config(str(elsewhere / "x.ai")).root == str(elsewhere)
    assert find_config("chains/x.ai").root == str(root)


def test_pyproject_counts_only_with_our_table(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.n3gen]\nruntime = "shared"\n')
    (root / "chains" / "pyproject.toml").write_text('[project]\nname = "n3gen-x"\n')
    config = find_config("chains")
    assert (config.root, config.runtime) == (str(root), "shared")


def test_n3gen_toml_comes_before_pyproject(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.n3gen]\nout = "a"\n')
    (root / "n3gen.toml").write_text('out = "b"\n')
    assert find_config().out == "b"


def test_a_broken_pyproject_of_somebody_else_does_not_matter(root: Path) -> None:
    (root / "pyproject.toml").write_text("= = =")
    assert find_config().file is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spec = ['a']", "unknown key `spec`; did you mean `specs`?"),
        (
            "telemetry = 'jaeger'",
            '`telemetry` must be "none" or "otel", or a table of these by files and'
            " folders, not 'jaeger'",
        ),
        ("telemetry = {'../x' = 'otel'}", '`telemetry` must be "none" or "otel"'),
        ("[n3gen]\nspecs = ['a']", "go at its top, without `[n3gen]`"),
        ("[tool.n3gen]\nspecs = ['a']", "go at its top, without `[tool]`"),
        ("zzz = 1", "unknown key `zzz`; known are specs, out, exclude, runtime, "),
        ("specs = 'a'", "`specs` must be a list of paths inside the project, such as "),
        ("specs = []", "`specs` must be a list of paths inside the project"),
        ("specs = ['../a']", "`specs` must be a list of paths inside the project"),
        ("specs = ['/a']", "`specs` must be a list of paths inside the project"),
        (
            "exclude = [1]",
            'must be a list of paths inside the project, such as ["drafts"]',
        ),
        (
            "embed = 'x'",
            'must be a list of paths inside the project, such as ["README.md"]',
        ),
        ("out = ''", "`out` must be the path of a folder, not ''"),
        ("runtime = 'both'", 'must be "standalone" or "shared", not \'both\''),
        ("runtime = ['both']", '`runtime` must be "standalone" or "shared"'),
        ("enable_parallel_steps = 1", "`enable_parallel_steps` must be true or false"),
        ("max_concurrent_llm_calls = 0", "must be a whole number from 1, not 0"),
        ("max_concurrent_llm_calls = true", "must be a whole number from 1"),
        ("chain_timeout_seconds = nan", "must be a number of seconds above 0"),
        ("chain_timeout_seconds = inf", "must be a number of seconds above 0"),
        (f"chain_timeout_seconds = 1{'0' * 400}", "must be a number of seconds"),
        ("prices = 5", '`prices` must be a table of models, such as `[prices."'),
        ("prices.x = 5", '`prices."x"` must be a table of `input` and `output`, not'),
        ("[prices.x]\ninput = 1", '`prices."x"` has no `output`'),
        ("[prices.x]", '`prices."x"` has no `input` and no `output`'),
        (
            "[prices.x]\ninput = 1\noutputs = 1",
            'unknown key `outputs` in `prices."x"`; did you mean `output`?',
        ),
        (
            "[prices.x]\ninput = -1\noutput = 1",
            '`input` in `prices."x"` must be a price per million tokens, a number '
            "from 0, not -1",
        ),
        ("[prices.x]\ninput = true\noutput = 1", "must be a price per million"),
        ("[prices.x]\ninput = nan\noutput = 1", "must be a price per million"),
        (
            "[prices.gpt-4.1]\ninput = 1\noutput = 1",
            'a name with dots is in quotes: `"gpt-4.1"`',
        ),
        ("[prices.'']\ninput = 1", "is not the name of a model"),
        ("= 1", "is not valid TOML: "),
        ("a = '\\xff'", "unknown key `a`"),
    ],
)
def test_a_fault_names_file_and_key(root: Path, text: str, message: str) -> None:
    (root / "n3gen.toml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        find_config()
    assert message in str(caught.value)
    assert str(root / "n3gen.toml") in str(caught.value)


def test_all_faults_are_told_at_once(root: Path) -> None:
    (root / "n3gen.toml").write_text("a = 1\nb = 2\n")
    with pytest.raises(ProjectError) as caught:
        find_config()
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool = 1  # n3gen", "has no table"),
        ("[tool]\nn3gen = 1", "`tool.n3gen` must be a table"),
    ],
)
def test_a_pyproject_named_by_hand_must_have_the_table(
    root: Path, text: str, message: str
) -> None:
    (root / "pyproject.toml").write_text(text)
    with pytest.raises(ProjectError, match=message):
        read_config("pyproject.toml")


def test_a_file_named_by_hand_must_be_there(root: Path) -> None:
    with pytest.raises(ProjectError, match=r"no configuration file `x\.toml`"):
        read_config("x.toml")


def test_a_folder_named_by_hand_is_no_configuration(root: Path) -> None:
    (root / "n3gen.toml").write_text("")
    with pytest.raises(ProjectError, match="no configuration file `chains`"):
        read_config("chains")


@pytest.mark.parametrize("name", ["n3gen.toml", "pyproject.toml"])
def test_a_byte_order_mark_is_no_part_of_a_configuration(root: Path, name: str) -> None:
    head = "[tool.n3gen]\r\n" if name == "pyproject.toml" else ""
    text = f"\ufeff{head}out = 'made'\r\n"
    (root / name).write_text(text, encoding="utf-8", newline="")
    assert find_config().out == "made"


def test_bytes_that_are_no_text_are_told(root: Path) -> None:
    (root / "n3gen.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProjectError, match="is not valid TOML"):
        find_config()


def test_a_working_directory_that_is_gone_is_told(root: Path) -> None:
    gone = root / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    with pytest.raises(ProjectError, match="working directory no longer exists"):
        find_config()


def test_equal_options_have_equal_keys() -> None:
    assert (
        Config("a", chain_timeout_seconds=60).options_key(prices=True)
        == Config("b", out="x", chain_timeout_seconds=60.0).options_key(prices=True)
        != Config("a", chain_timeout_seconds=61).options_key(prices=True)
    )


def test_prices_are_those_of_models(root: Path) -> None:
    (root / "pyproject.toml").write_text(
        '[tool.n3gen.prices."gpt-4.1"]\ninput = 2\noutput = 8.0\ncached = 0.5\n'
        "[tool.n3gen.prices.small]\ninput = 0\noutput = 0\n"
    )
    config = find_config()
    assert config.prices == {
        "gpt-4.1": Price(2.0, 8.0, 0.5),
        "small": Price(0.0, 0.0, None),
    }
    assert config.options.prices == config.prices


def test_other_prices_make_another_key() -> None:
    one, other = {"a": Price(1.0), "b": Price(2.0)}, {"b": Price(2.0), "a": Price(1.0)}
    keys = [
        Config("a", prices=prices).options_key(prices=True)
        for prices in ({}, one, other)
    ]
    assert keys[0] != keys[1] == keys[2]


def test_telemetry_is_by_file_and_folder(root: Path) -> None:
    table = "[telemetry]\n'chains/support/' = 'otel'\n'chains/support/x.ai' = 'none'\n"
    (root / "n3gen.toml").write_text(table)
    config = find_config()
    assert config.options_for("chains/support/y.ai").telemetry == "otel"
    assert config.options_for("chains/support/x.ai").telemetry == "none"
    assert config.options_for("chains/y.ai").telemetry == "none"
    keys = [config.options_key(f"chains/{at}.ai", prices=False) for at in ("a", "b")]
    assert config.options_for("chains/y.ai").metrics == "counts"
    assert keys[0] == keys[1] != config.options_key("chains/support/y.ai", prices=False)
