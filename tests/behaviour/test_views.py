"""Modules run as programs that show their steps and write traces."""

from __future__ import annotations

import io
import json
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.compiler import Options
from n3gen.project.trace_files import read_trace

from tests.building import built_text, module_from

SPEC = """\
connection editor:
    api: local
    answers:
        - answer: "</script><b>Rain</b>"

limit shelf: 1

chain notes:
    step first:
        connection: editor
        prompt: "{{ payload.text }}"
        parallel: true
        limit: shelf
    step second:
        target: checked
        parallel: true
        limit: shelf
        retry: {max: 2, delay: 0.05, jitter: false}
    step both:
        value: "{{ first }} {{ second }}"
"""
CONNECTORS = """\
calls = []


def checked(ctx):
    calls.append(ctx.step)
    if len(calls) == 1:
        raise ConnectionError("</script><i>odd</i>")
    return "secret result"


ALL = {"checked": checked}
"""
Program = Callable[..., int]


@pytest.fixture(scope="module", params=["standalone", "shared"])
def root(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    root = tmp_path_factory.mktemp(request.param)
    (root / "chains").mkdir()
    (root / "chains/notes.ai").write_text(SPEC)
    (root / "links.py").write_text(CONNECTORS)
    (root / "n3gen.toml").write_text(
        f'runtime = "{request.param}"\ntrace = true\nenable_parallel_steps = true\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["build"]) == 0
    yield root
    for name in [name for name in sys.modules if name.startswith("generated")]:
        del sys.modules[name]
    sys.modules.pop("links", None)


@pytest.fixture
def program(root: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Runs the module of the spec as a program, and returns its exit code."""
    monkeypatch.chdir(root)
    sys.modules.pop("links", None)

    def program(*arguments: str) -> int:
        sys.modules.pop("links", None)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["generated/notes.py", *arguments])
            patch.setattr(sys, "path", [str(root), *sys.path])
            with pytest.raises(SystemExit) as ended:
                runpy.run_path("generated/notes.py", run_name="__main__")
        return int(ended.value.code or 0)

    return program


GIVEN = ("--connectors", "links:ALL", "--input", '{"text": "Rain."}')


def test_progress_is_a_line_for_each_start_and_end(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert program(*GIVEN, "--progress") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "ok"
    words = [line.split("s  ")[-1] for line in err.splitlines() if " s  " in line]
    assert [line.split(" in ")[0] for line in words] == [
        "first started",
        "second started",
        "first ok",
        "second ok",
        "both started",
        "both ok",
    ]
    assert ", 2 tries" in words[3]
    assert err.splitlines()[-1].startswith("chain 'notes' ok in ")


def test_a_trace_for_perfetto_is_one_that_n3gen_reads(program: Program) -> None:
    assert program(*GIVEN, "--trace", "run.json") == 0
    written = json.loads(Path("run.json").read_text())
    names = [event["name"] for event in written["traceEvents"] if event["ph"] == "X"]
    assert {"first", "second", "both", "sleep"} <= set(names)
    trace = read_trace("run.json")
    assert [span.path for span in trace.spans] == ["first", "second", "both"]
    assert trace.spans[1].attempts == 2
    # Tries may have taken less than a millisecond.
    assert "sleep" in [part.kind for part in trace.spans[1].parts]
    permits = {one.name: one.most for one in trace.series}
    assert permits["shelf"] == 1
    assert "secret result" not in Path("run.json").read_text()
    assert main(["trace", "run.json", "--out", "again.json"]) == 0
    assert Path("again.json").read_text() == Path("run.json").read_text()


def test_the_page_of_a_trace_is_that_of_n3gen(program: Program) -> None:
    assert program(*GIVEN, "--trace", "run.json") == 0
    assert program(*GIVEN, "--trace", "run.html") == 0
    assert main(["trace", "run.json", "--out", "other.html"]) == 0
    mine, other = Path("run.html").read_text(), Path("other.html").read_text()
    data = '<script type="application/json" id="data">'
    assert mine.partition(data)[0] == other.partition(data)[0]
    assert mine.count("</script>") == other.count("</script>") == 2
    (told,) = json.loads(mine.partition(data)[2].partition("</script>")[0])
    assert told["retries"][0]["error"] == "ConnectionError: </script><i>odd</i>"
    assert told["limits"]["shelf"] == {"most": 1, "steps": {"first": 1, "second": 1}}
    assert "secret result" not in mine


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("run.svg", "a module draws no .svg; write a .json, and draw it by `n3gen"),
        ("run", "--trace: run ends in neither .html nor .json"),
        ("no/run.html", "cannot open no/run.html: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_a_trace_is_refused_before_the_run(
    program: Program, path: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*GIVEN, "--trace", path) == 2
    assert words in capsys.readouterr().err
    assert "links" not in sys.modules


def test_a_module_without_views_says_the_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = module_from(built_text(SPEC))
    for given in (["--trace", "x.html"], ["--progress"]):
        with pytest.raises(SystemExit) as ended:
            module.run_command(module.MODULE, module.aclose, given)
        assert ended.value.code == 2
        told = capsys.readouterr().err.splitlines()[-1]
        assert told.endswith(
            "error: this module has no --progress and --trace: build it with "
            "`trace = true`, or give its --events to `n3gen trace`"
        )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_module_shows_its_loops_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """chain c:
    for docs: doc in payload.docs parallel 2:
        step a: {target: f}
        for parts: part in range(3):
            step b: {target: f}
"""
    built = built_text(text, options=Options(trace=True))
    assert '"docs.parts": ((("docs",), 1), (3, 1))' in built
    module = module_from(built)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    sizes = {"docs": ((("docs",), 1),), "docs.parts": ((("docs",), 1), (3, 1))}
    view = module.Views(limits={}, loops={"c": sizes})
    given = ("c", "--progress", "--input", '{"docs": [1, 2]}')
    module.connector("f")(lambda ctx: 1)
    assert module.run_command(module.MODULE, module.aclose, given, view=view) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "ok"
    last = terminal.getvalue().rpartition("\x1b[J")[2].splitlines()
    assert [line.partition(" rounds")[0] for line in last if line[0] == "="] == [
        "= docs 2 of 2",
        "= docs.parts 6 of 6",
    ]


def test_where_questions_are_asked_steps_are_lines() -> None:
    text = "chain c:\n    step a: {wait: go, default: 1, timeout: 1s}\n"
    assert "asks=True" in built_text(text, options=Options(trace=True))
    assert "Views" not in built_text(text)
