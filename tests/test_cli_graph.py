"""`n3gen graph` from end to end, and `n3gen check` where a graph is embedded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

SPEC = """\
connection m:
    api: local
    rate_limit:
        requests_per_minute: 60
chain greet:
    description: Greets a visitor
    timeout: 90
    step mood:
        prompt: "The mood of {{ payload.text }}"
        parallel: true
        timeout: 10
    step name:
        value: "{{ payload.name }}"
        parallel: true
    step hello:
        prompt: "Greet {{ name }}: {{ mood }}"
"""

OTHER = 'chain other:\n    step "one":\n        value: 1\n'


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    return tmp_path


def graph(*options: str) -> int:
    return main(["graph", "chains/x.ai", *options])


def test_text(capsys: Output) -> None:
    assert graph("--width", "90") == 0
    assert capsys.readouterr().out == """\
chain greet (at most 90s)

┏━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ mood                      ┃
┃ llm                       ┃━━┓  ┏━━━━━━━━━━━━━━━━━━━━┓
┃ ≤10s · limit llm · 60/min ┃  ┃  ┃ hello              ┃
┗━━━━━━━━━━━━━━━━━━━━━━━━━━━┛  ┣━▶┃ llm                ┃
┌───────────────────────────┐  │  ┃ limit llm · 60/min ┃
│ name                      │  │  ┗━━━━━━━━━━━━━━━━━━━━┛
│ value                     │──┘
└───────────────────────────┘

critical path   mood -> hello
ideal speed-up  1x (2 steps in the time of 2)
worst case      90s
calls           2 of models and connectors
thick lines     the critical path
"""


def test_text_where_only_ascii_can_be_shown() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "n3gen", "graph", "chains/x.ai"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "COLUMNS": "90"},
        check=True,
    )
    shown = ran.stdout.decode("ascii")
    assert "=>" in shown
    assert "\\u" not in shown


def test_a_chain_with_one_source_edge_is_mermaid(capsys: Output) -> None:
    assert graph("--format", "mermaid") == 0
    assert capsys.readouterr().out == """\
flowchart LR
  n1["mood<br>llm<br>≤10s · limit llm · 60/min"]
  n2["name<br>value"]
  n3["hello<br>llm<br>limit llm · 60/min"]
  n1 & n2 --> n3
  classDef critical stroke-width:3px
  class n1,n3 critical
"""


def test_dot(capsys: Output) -> None:
    assert graph("--format", "dot") == 0
    out = capsys.readouterr().out
    assert out.startswith('digraph "greet" {\n  rankdir=LR\n')
    assert '  n2 [label="name\\nvalue"]\n' in out
    assert "  n1 -> n3 [penwidth=2.5]\n" in out


def test_the_ending_of_a_file_says_the_format(root: Path, capsys: Output) -> None:
    for name, start in (
        ("a.svg", "<svg "),
        ("a.html", "<!doctype html>"),
        ("a.dot", "digraph "),
        ("a.mmd", "flowchart "),
        ("a.txt", "chain greet"),
    ):
        assert graph("--out", name) == 0
        assert (root / name).read_text().startswith(start)
        assert capsys.readouterr().err.endswith(f"wrote {name}\n")


def test_an_ending_that_says_no_format_is_refused(root: Path, capsys: Output) -> None:
    for name in ("x.bmp", "x.pdf", "drawing"):
        assert graph("--out", name) == 2
        assert f"`{name}` does not say what is drawn" in capsys.readouterr().err
        assert not (root / name).exists()
    assert graph("--out", "drawing", "--format", "svg") == 0
    assert (root / "drawing").read_text().startswith("<svg ")


def test_a_page_leads_to_lines_of_specs_and_modules(root: Path) -> None:
    assert main(["build"]) == 0
    assert main(["graph", "chains", "--out", "docs/all.html"]) == 0
    page = (root / "docs/all.html").read_text()
    found = re.search(r'href="\.\./generated/x\.py#L(\d+)-L(\d+)">line \1', page)
    assert found is not None
    lines = (root / "generated/x.py").read_text().splitlines()
    own = lines[int(found[1]) - 1 : int(found[2])]
    assert own[0].startswith("async def _mood(")
    assert any('"mood"' in line for line in own)
    assert 'href="../chains/x.ai#L8">line 8<' in page


def test_texts_of_specs_are_no_markup(root: Path, capsys: Output) -> None:
    spec = SPEC.replace("Greets a visitor", '"</script><b>&"').replace(
        "The mood of", "]]> <img src=x> & --> `#`"
    )
    (root / "chains/x.ai").write_text(spec)
    for form in ("svg", "html"):
        assert graph("--format", form) == 0
        out = capsys.readouterr().out
        assert "<img" not in out
        assert "<b>" not in out


def test_control_characters_leave_a_picture_whole(root: Path) -> None:
    prompt = SPEC.replace('"Greet', r'"\x07\x1b[1m Greet')
    (root / "chains/x.ai").write_text(prompt)
    assert graph("--out", "x.svg") == 0
    picture = (root / "x.svg").read_text()
    ElementTree.fromstring(picture)
    assert "prompt: &lt;U+0007&gt;&lt;U+001B&gt;[1m Greet" in picture


def test_a_name_that_is_no_identifier(root: Path, capsys: Output) -> None:
    spec = 'chain "A b --> c]":\n    step s:\n        value: 1\n'
    (root / "chains/x.ai").write_text(spec)
    assert graph("--embed", "README.md") == 0
    assert main(["build"]) == 0
    assert main(["check"]) == 0
    assert graph("--embed", "README.md") == 0
    assert capsys.readouterr().err.endswith("README.md is up to date\n")


def test_one_chain_of_several(root: Path, capsys: Output) -> None:
    (root / "chains/y.ai").write_text(OTHER)
    assert main(["graph", "chains"]) == 0
    out = capsys.readouterr().out
    assert "chain greet" in out
    assert "chain other" in out
    assert main(["graph", "chains", "--format", "svg"]) == 2
    error = "error: a picture as svg is of one chain; say which: `greet`, `other`\n"
    assert capsys.readouterr().err == error
    assert main(["graph", "chains", "other", "--format", "svg"]) == 0
    assert "<svg" in capsys.readouterr().out
    assert main(["graph", "chains", "othr"]) == 2
    wanted = "error: there is no chain `othr` in `chains`; did you mean `other`?\n"
    assert capsys.readouterr().err == wanted


def test_a_spec_with_errors_is_not_drawn(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text(SPEC.replace("mood }}", "moody }}"))
    assert graph() == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "error[N313]" in shown.err


def test_a_graph_in_a_readme_is_kept_current(root: Path, capsys: Output) -> None:
    (root / "README.md").write_text("# Greetings\n\nText.\n")
    assert main(["build"]) == 0
    assert graph("--embed", "README.md") == 0
    text = (root / "README.md").read_text()
    assert text.startswith("# Greetings\n\nText.\n\n<!-- n3gen graph chains/x.ai greet")
    assert "```mermaid\nflowchart LR\n" in text
    assert main(["check"]) == 0
    (root / "README.md").write_text(f"{text}\nMore.\n")
    (root / "chains/x.ai").write_text(SPEC.replace("step hello", "step greeting"))
    assert main(["build"]) == 0
    capsys.readouterr()
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "README.md: its graph of chains/x.ai greet is not current\n"
    assert "run `n3gen graph --embed README.md`" in shown.err
    assert main(["check", "--output-format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["fresh"], data["stale"]) == (
        False,
        [{"file": "README.md", "cause": "graph"}],
    )
    assert main(["check", "--output-format", "github"]) == 1
    shown = capsys.readouterr().out
    assert "title=N903 stale-graph::its graph of chains/x.ai greet is not" in shown
    assert "%0Ahelp: run `n3gen graph --embed README.md`" in shown
    assert main(["graph", "--embed", "README.md"]) == 0
    after = (root / "README.md").read_text()
    assert after.endswith("\nMore.\n")
    assert "greeting" in after
    assert main(["check"]) == 0


def test_a_page_that_is_not_there_is_stale_where_the_configuration_names_it(
    root: Path, capsys: Output
) -> None:
    assert main(["build"]) == 0
    assert main(["check"]) == 0  # README.md need not be there
    (root / "n3gen.toml").write_text('embed = ["README.md", "docs/graphs.md"]\n')
    (root / "README.md").write_text("# Greetings\n")
    capsys.readouterr()
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    words = "there is no such file, which the configuration names as `embed`"
    assert shown.out == f"docs/graphs.md: {words}\n"
    assert "graph --embed" not in shown.err
    assert main(["check", "--output-format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["stale"] == [
        {"file": "docs/graphs.md", "cause": "missing"}
    ]
    assert main(["check", "--output-format", "github"]) == 1
    assert f"::{words}%0Ahelp: write it, or take it" in capsys.readouterr().out


def test_a_prompt_that_changes_nothing_in_a_graph_leaves_it_current(root: Path) -> None:
    assert main(["build"]) == 0
    assert graph("--embed", "README.md") == 0
    (root / "chains/x.ai").write_text(SPEC.replace("Greet {{", "Welcome {{"))
    assert main(["build"]) == 0
    assert main(["check"]) == 0


def test_a_graph_that_was_edited_or_lost_its_chain_is_stale(
    root: Path, capsys: Output
) -> None:
    assert main(["build"]) == 0
    assert graph("--embed", "README.md") == 0
    text = (root / "README.md").read_text()
    (root / "README.md").write_text(text.replace("n1 & n2", "n1"))
    assert main(["check"]) == 1
    (root / "README.md").write_text(text.replace("x.ai greet ", "x.ai gone "))
    capsys.readouterr()
    assert main(["check"]) == 1
    shown = capsys.readouterr().out
    assert "cannot be drawn: there is no chain `gone` in `chains/x.ai`" in shown


def test_what_is_wrong_with_an_embedded_graph(root: Path, capsys: Output) -> None:
    assert main(["graph", "--embed", "README.md"]) == 2
    assert "`README.md` has no graph; say of what" in capsys.readouterr().err
    (root / "README.md").write_text("a\n<!-- n3gen graph chains/x.ai greet -->\n")
    assert main(["graph", "--embed", "README.md"]) == 2
    assert "the graph at `README.md:2` is not closed" in capsys.readouterr().err
    assert main(["check"]) == 2
    (root / "README.md").unlink()
    (root / "docs").mkdir()
    assert graph("--embed", "docs/y.md") == 0
    assert 'configure `embed = ["README.md", "docs/y.md"]`' in capsys.readouterr().err


def test_an_example_between_fences_is_no_graph(root: Path) -> None:
    example = "````\n<!-- n3gen graph a b -->\n```\nx\n```\n````\n"
    whole = "~~~\n<!-- n3gen graph a b -->\n<!-- end of n3gen graph -->\n~~~\n"
    (root / "README.md").write_text(f"{example}{whole}")
    assert graph("--embed", "README.md") == 0
    text = (root / "README.md").read_text()
    assert text.startswith(f"{example}{whole}\n<!-- n3gen graph chains/x.ai greet")
    assert main(["build"]) == 0
    assert main(["check"]) == 0
    (root / "chains/x.ai").write_text(SPEC.replace("step hello", "step greeting"))
    assert main(["build"]) == 0
    assert main(["check"]) == 1
    assert main(["graph", "--embed", "README.md"]) == 0
    assert (root / "README.md").read_text().startswith(f"{example}{whole}")


def test_other_line_ends_stay(root: Path) -> None:
    (root / "README.md").write_bytes(b"Text\r\n")
    assert graph("--embed", "README.md") == 0
    data = (root / "README.md").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert main(["build"]) == 0
    assert main(["check"]) == 0


@pytest.mark.parametrize(
    ("shape", "condition"),
    [
        ("text", "if payload.x > 3"),
        ("mermaid", '["if payload.x #62; 3"]'),
        ("dot", 'label="if payload.x > 3"'),
        ("svg", ">if payload.x &gt; 3<"),
        ("html", ">if payload.x &gt; 3<"),
    ],
)
@pytest.mark.parametrize("name", ["", "big: "])
def test_an_if_with_one_branch_shows_its_condition(
    shape: str, condition: str, name: str, root: Path, capsys: Output
) -> None:
    text = f"chain c:\n    if {name}payload.x > 3:\n        step a: {{value: 1}}\n"
    (root / "chains/x.ai").write_text(text)
    assert graph("--format", shape) == 0
    shown = capsys.readouterr().out
    assert "payload.x" in shown
    assert condition in shown or name
