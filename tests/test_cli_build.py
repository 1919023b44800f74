"""`build`, `check`, `lint` and `init` from end to end."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main
from n3gen.compiler import Options
from n3gen.project import compiling
from n3gen.source import SourceFile
from n3gen.spec.json_schema import json_schema

from tests.test_cli_usage import HEAVY, modules_after

Output = pytest.CaptureFixture[str]
Write = Callable[[str, str], None]

CHAIN = """\
chain {name}:
    step one:
        value: 1
    step two:
        value: "{{{{ one + 1 }}}}"
"""
BROKEN = """\
chain broken:
    step one:
        kind: connector
        target: x
        depends_on: [on]
"""
WARNED = """\
chain warned:
    step one:
        kind: connector
        target: x
        parallel: true
    step two:
        value: "{{ one }}"
    step unused:
        value: 1
    step three:
        value: "{{ two }}"
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(root: Path) -> Write:
    def written(path: str, text: str) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return written


@pytest.fixture
def built(write: Write, capsys: Output) -> None:
    write("chains/a.ai", CHAIN.format(name="a"))
    write("chains/sub/b.yaml", "chains:\n  b:\n    steps: [{name: x, value: 1}]\n")
    assert main(["build"]) == 0
    capsys.readouterr()


def tree(root: Path) -> dict[str, tuple[str, int]]:
    files = (root / "generated").rglob("*.py")
    return {
        path.relative_to(root / "generated").as_posix(): (
            path.read_text(),
            path.stat().st_mtime_ns,
        )
        for path in files
    }


def test_init_gives_a_project_that_builds_and_runs(root: Path, capsys: Output) -> None:
    assert main(["init"]) == 0
    assert "wrote chains/hello.ai" in capsys.readouterr().err
    assert main(["lint", "--strict"]) == 0
    assert main(["fmt", "--check"]) == 0
    assert main(["build"]) == 0
    assert main(["check"]) == 0
    capsys.readouterr()
    payload = json.dumps({"name": "Ada", "message": "Lovely. It works."})
    assert main(["run", "chains/hello.ai", "hello", "--input", payload]) == 0
    assert json.loads(capsys.readouterr().out).startswith("Dear Ada, we are glad to")


def test_init_overwrites_nothing(root: Path, write: Write, capsys: Output) -> None:
    write("app/pyproject.toml", "[tool.n3gen]\nout = 'x'\n")
    write("app/.gitattributes", "mine\n")
    assert main(["init", "app"]) == 0
    err = capsys.readouterr().err
    assert "kept  .gitattributes" in err
    assert "kept  pyproject.toml (its modules are standalone: " in err
    assert "cd app && n3gen build" in err
    assert (root / "app/.gitattributes").read_text() == "mine\n"
    assert not (root / "app/n3gen.toml").exists()
    assert main(["init"]) == 0
    hello = (root / "chains/hello.ai").read_text()
    assert (root / "app/chains/hello.ai").read_text() == hello


@pytest.mark.parametrize(
    ("out", "pattern"),
    [("src/z/gen", "src/z/gen/**"), ("my modules", '"my modules/**"'), (".", None)],
)
def test_init_goes_by_the_configuration(
    root: Path, write: Write, out: str, pattern: str | None
) -> None:
    write("pyproject.toml", f"[tool.n3gen]\nspecs = ['flows/*.ai']\nout = '{out}'\n")
    assert main(["init"]) == 0
    assert not (root / "chains").exists()
    assert main(["build"]) == 0
    assert (root / out / "hello.py").exists()
    attributes = root / ".gitattributes"
    told = attributes.read_text() if attributes.exists() else None
    kind = "linguist-generated=true text eol=lf\n"
    assert told == (None if pattern is None else f"{pattern} {kind}")


def test_init_adds_no_spec_that_the_configuration_does_not_name(
    root: Path, write: Write, capsys: Output
) -> None:
    write("n3gen.toml", "specs = ['flows.ai']\n")
    assert main(["init"]) == 0
    err = capsys.readouterr().err
    assert "left out chains/hello.ai (`n3gen.toml` names no such spec)\n" in err
    assert not (root / "chains").exists()


def test_init_gives_a_project_with_specs_no_further_one(
    root: Path, write: Write, capsys: Output
) -> None:
    write("specs/a.ai", CHAIN.format(name="a"))
    write("specs/b.ai", CHAIN.format(name="b"))
    assert main(["init"]) == 0
    err = capsys.readouterr().err
    assert "left out specs/hello.ai (there is `specs/a.ai`, and 1 more already)" in err
    assert err.endswith("next:\n  n3gen build\n  n3gen plan\n")
    assert main(["build"]) == 0
    built = {"__init__.py", "a.py", "b.py"}
    assert built <= {*tree(root)} and "hello.py" not in tree(root)


def test_init_in_the_other_spelling_adds_no_second_spec(
    root: Path, capsys: Output
) -> None:
    assert main(["init"]) == 0
    capsys.readouterr()
    assert main(["init", "--yaml"]) == 0
    err = capsys.readouterr().err
    assert "left out chains/hello.yaml (there is `chains/hello.ai` already)\n" in err
    assert "wrote n3gen.schema.json\n" in err
    assert not (root / "chains/hello.yaml").exists()
    assert main(["init"]) == 0
    err = capsys.readouterr().err
    assert "kept  chains/hello.ai\n" in err and "run chains/hello.ai" in err


def test_init_in_yaml_writes_the_schema_that_its_spec_names(
    root: Path, capsys: Output
) -> None:
    assert main(["init", "--yaml"]) == 0
    assert "n3gen run chains/hello.yaml" in capsys.readouterr().err
    first, *_ = (root / "chains/hello.yaml").read_text().splitlines()
    prefix, _, path = first.partition("=")
    assert prefix == "# yaml-language-server: $schema"
    schema = json.loads((root / "chains" / path).read_text())
    assert schema == json_schema()
    assert main(["build"]) == 0
    assert (root / "generated/hello.py").exists()


def test_convert_names_the_schema_of_the_project(
    root: Path, write: Write, capsys: Output
) -> None:
    write("chains/sub/a.ai", "chain a:\n    step s:\n        value: 1\n")
    assert main(["init", "--yaml"]) == 0
    assert main(["convert", "chains/sub/a.ai", "-o", "chains/sub/b.yaml"]) == 0
    first, *_ = (root / "chains/sub/b.yaml").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../../n3gen.schema.json"
    capsys.readouterr()
    assert main(["schema", "--output", "schema.json"]) == 0
    assert json.loads((root / "schema.json").read_text()) == json_schema()
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_init_into_a_file_is_told(write: Write, capsys: Output) -> None:
    write("app", "")
    assert main(["init", "app"]) == 2
    assert "`app` is a file" in capsys.readouterr().err


@pytest.mark.usefixtures("built")
def test_what_is_built_runs_without_n3gen(root: Path) -> None:
    program = (
        "import asyncio, sys, generated;"
        "print(asyncio.run(generated.run_chain('a'))['result']);"
        "print(any(name.split('.')[0] == 'n3gen' for name in sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["2", "False"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("command", ["check", "build"])
def test_a_build_with_nothing_to_do_is_light(root: Path, command: str) -> None:
    before = tree(root)
    assert not modules_after(command, folder=root) & HEAVY
    assert tree(root) == before


@pytest.mark.parametrize("layout", ["shared", "standalone"])
def test_a_build_is_current_whatever_comes_first_in_a_file(
    root: Path, write: Write, layout: str
) -> None:
    stages = "pipeline {}:\n    stage one() -> int:\n        value: 1\n"
    write("n3gen.toml", f'runtime = "{layout}"\n')
    chain = CHAIN.format(name="b")
    write("chains/a.ai", stages.format("c") + chain + stages.format("a"))
    assert main(["build"]) == 0
    assert main(["check"]) == 0
    write(
        "chains/a.ai", stages.format("c") + chain + "# changed\n" + stages.format("a")
    )
    assert main(["build"]) == 0
    assert main(["check"]) == 0


@pytest.mark.usefixtures("built")
def test_check_names_every_cause(root: Path, write: Write, capsys: Output) -> None:
    (root / "chains/a.ai").write_text(CHAIN.format(name="a").replace("+ 1", "+ 2"))
    (root / "chains/sub/b.yaml").unlink()
    write("chains/c.ai", CHAIN.format(name="c"))
    write("chains/d.ai", CHAIN.format(name="d"))
    write("generated/d.py", "mine = 1\n")
    before = tree(root)
    assert main(["check"]) == 1
    captured = capsys.readouterr()
    causes = [
        line for line in captured.out.splitlines() if line.startswith("generated/")
    ]
    assert causes == [
        "generated/__init__.py: spec or options changed",
        "generated/a.py: spec or options changed",
        "generated/c.py: missing",
        "generated/d.py: not written by n3gen",
        "generated/sub/__init__.py: orphan: no spec builds it",
        "generated/sub/b.py: orphan: no spec builds it",
    ]
    assert "\n--- generated/a.py\n+++ generated/a.py\n@@ " in captured.out
    assert "n3gen build --force" in captured.err
    assert tree(root) == before


@pytest.mark.usefixtures("built")
def test_check_says_the_command_that_mends_it(root: Path, capsys: Output) -> None:
    with (root / "generated/a.py").open("a") as file:
        file.write("mine = 1\n")
    assert main(["check", "chains/a.ai", "--out", "generated", "--no-diff"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "generated/a.py: edited by hand\n"
    command = captured.err.split("run `")[1].split("`")[0]
    assert command == "n3gen build chains/a.ai --out generated"
    assert main(command.split()[1:]) == 0
    assert main(["check"]) == 0


@pytest.mark.usefixtures("built")
def test_check_for_machines(root: Path, capsys: Output) -> None:
    assert main(["check", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "fresh": True,
        "modules": 2,
        "stale": [],
        "problems": [],
        "same_names": {},
    }
    (root / "generated/a.py").unlink()
    assert main(["check", "--output-format", "json"]) == 1
    stale = json.loads(capsys.readouterr().out)["stale"]
    assert stale == [{"file": "generated/a.py", "cause": "missing"}]
    assert main(["check", "--output-format", "github"]) == 1
    line = capsys.readouterr().out
    assert line == (
        "::error file=generated/a.py,line=1,col=1,endColumn=2,title=N902 stale-file::"
        "this file is not up to date: missing%0Ahelp: run `n3gen build`\n"
    )
    assert main(["check", "--output-format", "gitlab"]) == 1
    (issue,) = json.loads(capsys.readouterr().out)
    assert issue["check_name"] == "N902 stale-file"
    assert issue["location"]["path"] == "generated/a.py"
    assert main(["check", "--output-format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["N902"]
    assert main(["check", "--output-format", "junit"]) == 1
    assert '<testsuite name="generated/a.py" tests="1"' in capsys.readouterr().out
    (root / "generated/a.py").write_text("mine = 1\n")
    assert main(["check", "--output-format", "github"]) == 1
    assert "help: run `n3gen build --force`" in capsys.readouterr().out


@pytest.mark.usefixtures("built")
def test_an_error_leaves_everything_as_it_was(
    root: Path, write: Write, capsys: Output
) -> None:
    write("chains/a.ai", CHAIN.format(name="other"))
    write("chains/broken.ai", BROKEN)
    before = tree(root)
    assert main(["build"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--> chains/broken.ai:5:22" in captured.err
    assert captured.err.endswith("nothing was written\n")
    assert tree(root) == before
    assert main(["check"]) == 1
    captured = capsys.readouterr()
    assert "generated/broken.py: missing\n" in captured.out
    assert "mend the errors, then run `n3gen build`" in captured.err


def test_problems_for_machines_go_to_stdout(write: Write, capsys: Output) -> None:
    write("chains/broken.ai", BROKEN)
    assert main(["build", "--output-format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [problem["file"] for problem in found["problems"]] == ["chains/broken.ai"]
    assert found["files"] == []
    assert main(["lint", "--output-format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=chains/broken.ai,line=5")


def test_warnings_are_shown_and_fail_when_strict(
    root: Path, write: Write, capsys: Output
) -> None:
    write("chains/w.ai", WARNED)
    assert main(["build", "--strict"]) == 1
    assert not (root / "generated").exists()
    assert main(["build"]) == 0
    assert "warning[" in capsys.readouterr().err
    assert main(["lint"]) == 0
    assert "warning[" in capsys.readouterr().out
    assert main(["lint", "--strict"]) == 1


def test_lint_looks_at_definitions_too(
    root: Path, write: Write, capsys: Output
) -> None:
    write("chains/defs.ai", "type T:\n    x: strr\n")
    assert main(["build"]) == 0
    assert "no chains to build" in capsys.readouterr().err
    assert main(["lint"]) == 1
    assert "--> chains/defs.ai:2:8" in capsys.readouterr().out
    assert not (root / "generated").exists()


def test_lint_tells_two_files_of_one_module_as_a_build_does(
    write: Write, capsys: Output
) -> None:
    text = "chain a:\n    step x:\n        value: 1\n"
    write("chains/hello.ai", text)
    write("chains/hello.yaml", "types: {T: {x: str}}\n")
    assert main(["lint"]) == 0
    write("chains/hello.yaml", "chain: b\nsteps: [{name: x, value: 1}]\n")
    capsys.readouterr()
    write("chains/other.ai", "chain a:\n    step x:\n        valeu: 1\n")
    told = "this file builds the module `hello.py`, and so does `hello.ai`"
    for command in ("build", "check", "lint", "upgrade"):
        assert main([command]) == 1
        out, err = capsys.readouterr()
        assert (out + err).count(told) == 1
        assert "other.ai:3:9" in out + err
    assert main(["lint", "--output-format", "github"]) == 1
    place = "file=chains/hello.yaml,line=1,col=1,endColumn=2,title=N901 module-clash"
    assert f"::error {place}::{told}" in capsys.readouterr().out
    assert main(["lint", "chains/other.ai"]) == 1
    assert told not in capsys.readouterr().out
    assert main(["test", "chains/hello.ai"]) == 1
    assert capsys.readouterr().err.startswith("no tests")
    assert main(["build", "chains/hello.ai"]) == 1
    assert told in capsys.readouterr().err
    assert not Path("generated").exists()


def test_a_used_file_makes_its_users_stale(
    root: Path, write: Write, capsys: Output
) -> None:
    write("chains/shared/defs.ai", "connection m:\n    api: local\n")
    write(
        "chains/a.ai",
        "use shared/defs\n\nchain a:\n    step x:\n        connection: m\n        prompt: hi\n",
    )
    assert main(["build"]) == 0
    assert sorted(tree(root)) == ["__init__.py", "a.py"]
    write("chains/shared/defs.ai", "connection m:\n    api: local\n    latency: 1s\n")
    capsys.readouterr()
    assert main(["check", "--no-diff"]) == 1
    assert capsys.readouterr().out == "generated/a.py: spec or options changed\n"
    write("chains/shared/defs.ai", "connection m:\n    api: lokal\n")
    assert main(["build"]) == 1
    assert "--> chains/shared/defs.ai:2:10" in capsys.readouterr().err


@pytest.mark.usefixtures("built")
def test_diff_writes_nothing(root: Path, capsys: Output) -> None:
    (root / "chains/a.ai").write_text(CHAIN.format(name="a").replace("+ 1", "+ 2"))
    before = tree(root)
    assert main(["build", "--diff"]) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("--- ")] == [
        "--- generated/a.py"
    ]
    assert tree(root) == before


def test_all_processes_build_the_same_as_one(
    root: Path, write: Write, capsys: Output
) -> None:
    for number in range(12):
        write(f"chains/c{number}.ai", CHAIN.format(name=f"c{number}"))
    assert main(["build", "--jobs", "1", "--out", "one"]) == 0
    assert main(["build", "--jobs", "3", "--out", "three"]) == 0
    names = sorted(path.name for path in (root / "one").iterdir())
    assert len(names) == 13
    for name in names:
        assert (root / "one" / name).read_bytes() == (
            root / "three" / name
        ).read_bytes()
    write("chains/c3.ai", BROKEN)
    write("chains/c7.ai", BROKEN)
    capsys.readouterr()
    outputs = []
    for jobs in ("1", "3"):
        assert main(["build", "--recompile", "--jobs", jobs, "--out", "one"]) == 1
        outputs.append(capsys.readouterr())
    assert outputs[0] == outputs[1]


def test_shared_modules_run(
    root: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("chains/a.ai", CHAIN.format(name="a"))
    write("chains/sub/b.ai", CHAIN.format(name="b"))
    assert main(["build", "--runtime", "shared"]) == 0
    assert {"_runtime/__init__.py", "_runtime/run/execute.py"} <= {*tree(root)}
    number = sum(name.startswith("_runtime/") for name in tree(root))
    assert main(["check", "--runtime", "shared"]) == 0
    shutil.rmtree(root / "generated/_runtime/run")
    gone = number - sum(name.startswith("_runtime/") for name in tree(root))
    with (root / "generated/_runtime/__init__.py").open("a") as file:
        file.write("mine = 1\n")
    capsys.readouterr()
    assert main(["check", "--runtime", "shared", "--no-diff"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "generated/_runtime/__init__.py: edited by hand",
        f"generated/_runtime: missing ({gone} files of run-time support)",
    ]
    asked = ["check", "--runtime", "shared", "--output-format", "json"]
    assert main(asked) == 1
    assert len(json.loads(capsys.readouterr().out)["stale"]) == gone + 1
    assert main(["build", "--runtime", "shared"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert "overwrote generated/_runtime/__init__.py, which was edited by hand" in said
    assert f"updated generated/_runtime ({gone} files of run-time support)" in said
    program = "import asyncio, generated; print(asyncio.run(generated.run_chain('b')))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "'status': 'ok'" in ran.stdout
    assert main(["build", "chains/a.ai"]) == 0
    assert (root / "generated/_runtime").exists(), "the other module imports it"
    assert main(["build"]) == 0
    assert not (root / "generated/_runtime").exists()
    assert "removed from generated/_runtime (" in capsys.readouterr().err


INTERRUPTED = """\
import os, signal, sys
from n3gen.cli import main
from n3gen.compiler import Options
from n3gen.project import compiling
from n3gen.project import compiling

compiled = compiling._compiled

def interrupting(task, options):
    if task.source.path == "chains/c7.ai":
        os.killpg(0, signal.SIGINT)
    return compiled(task, options)

compiling._compiled = interrupting
sys.exit(main(["build", "--jobs", sys.argv[1]]))
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_nothing_half_written(
    root: Path, write: Write, jobs: str
) -> None:
    for number in range(12):
        write(f"chains/c{number}.ai", CHAIN.format(name=f"c{number}"))
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, jobs],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (ran.returncode, ran.stderr.strip()) == (130, "interrupted")
    assert not (root / "generated").exists()


def test_a_process_that_is_interrupted_ends_its_answer_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half of an answer would have the pool wait for the other half, for ever."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(compiling, "_interrupts", [])
    task = compiling.Task(SourceFile.of("c.ai", CHAIN.format(name="c")), {})
    try:
        compiling._end_on_interrupts()
        assert compiling._compiled_unless_interrupted(task, Options()).body is not None
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            compiling._compiled_unless_interrupted(task, Options())
    finally:
        signal.signal(signal.SIGINT, before)


def test_builds_at_the_same_time_do_no_harm(root: Path, write: Write) -> None:
    for number in range(4):
        write(f"chains/c{number}.ai", CHAIN.format(name=f"c{number}"))
    command = [sys.executable, "-m", "n3gen", "build"]
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert sorted(path.name for path in (root / "generated").iterdir()) == [
        "__init__.py",
        *(f"c{number}.py" for number in range(4)),
    ]
    assert main(["check"]) == 0


SLOW = "chain slow:\n    step pause: {wait: 1h}\n"


async def drained(package: Any) -> list[Any]:
    """Return how many runs a drain of a package cancels, and what became of two."""
    home = importlib.import_module(f"{package.__name__}.deep.b")
    quick, slow = home.start_chain("other"), home.start_chain("slow")
    cancelled = await package.drain(0.01)
    ended = [(await one.result())["status"] for one in (quick, slow)]
    return [cancelled, *ended, await package.drain()]


def test_chains_of_one_name_are_told_with_their_places(
    root: Path, write: Write, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("chains/a.ai", CHAIN.format(name="same"))
    write(
        "chains/deep/b.ai",
        CHAIN.format(name="other") + CHAIN.format(name="same") + SLOW,
    )
    assert main(["build", "--out", "same_names_out"]) == 0
    said = capsys.readouterr().err
    assert "a chain `same`: chains/a.ai:1, chains/deep/b.ai:6" in said
    assert main(["build", "--out", "same_names_out"]) == 0
    assert "several" not in capsys.readouterr().err
    for command in ("build", "check"):
        assert (
            main([command, "--out", "same_names_out", "--output-format", "json"]) == 0
        )
        told = json.loads(capsys.readouterr().out)["same_names"]
        assert told == {"same": ["chains/a.ai:1", "chains/deep/b.ai:6"]}
    monkeypatch.syspath_prepend(str(root))
    package = importlib.import_module("same_names_out")
    for name in ("a:same", "deep.b:same", "other", "deep.b:other"):
        assert asyncio.run(package.run_chain(name))["result"] == 2
    assert asyncio.run(drained(package)) == [1, "ok", "cancelled", 0]
    with pytest.raises(LookupError, match="several chains are 'same': a:same, deep"):
        package.CHAINS["same"]
    with pytest.raises(LookupError, match="no chain 'none'"):
        asyncio.run(package.run_chain("none"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.ai", 'pipeline same:\n    stage a(x: str) -> str: {value: "B"}\n'),
        ("b.yaml", "chains: {same: {steps: [{step: a, value: B}]}}\n"),
    ],
)
def test_names_of_files_that_are_not_compiled_are_told_too(
    root: Path, write: Write, capsys: Output, name: str, text: str
) -> None:
    write("chains/a.ai", CHAIN.format(name="same"))
    write(f"chains/deep/{name}", text)
    places = ["chains/a.ai:1", f"chains/deep/{name}:1"]
    assert main(["build"]) == 0
    assert ", ".join(places) in capsys.readouterr().err
    for command in ("build", "check"):
        assert main([command, "--output-format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)["same_names"]
        assert told == {"same": places}
    write("chains/a.ai", "# changed\n" + CHAIN.format(name="same"))
    assert main(["build", "chains/a.ai"]) == 0
    said = capsys.readouterr().err
    assert f"a chain `same`: chains/a.ai:2, chains/deep/{name}:1" in said


@pytest.mark.parametrize(
    ("out", "meant"),
    [("my-gen", "my_gen"), ("src/class", "class_"), ("src/my-gen/made", ""), (".", "")],
)
def test_an_out_folder_that_no_import_can_name_is_told(
    write: Write, capsys: Output, out: str, meant: str
) -> None:
    write("chains/a.ai", CHAIN.format(name="a"))
    assert main(["build", "--out", out]) == 0
    name = out.rpartition("/")[2]
    said = f"no `import` can name the folder `{name}`; `{meant}` can be imported"
    assert (said in capsys.readouterr().err) is bool(meant)
    assert main(["build", "--out", out]) == 0
    assert "warning" not in capsys.readouterr().err
