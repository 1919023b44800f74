"""What a module is made from: which parts of used files make it stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.compiler import Options, compile_file
from n3gen.prices import Price
from n3gen.project.build import build
from n3gen.project.config import Config
from n3gen.project.parts import definitions, reached_parts
from n3gen.project.survey import Request, survey
from n3gen.source import SourceFile

LIBRARY = """\
# What all chains share.
limit db: 30
limit reports: 14 within db
limit other: 3

type Answer:
    text: str

type Other:
    count: int

connection model:
    api: local

connector asker:
    connection: model
    prompt: "Answer {{ payload.question }}"
    output: Answer

connector unused:
    connection: model
    prompt: "Count {{ payload.question }}"
    output: Other

chain lost:
    step b:
        target: unused
        options: {temperature: 1}
        limit: other
"""

YAML = """\
limits:
  db: 30
  # Of the reports.
  reports: {permits: 14, within: db}
  other: 3
types:
  Answer:
    text: str
  Other:
    count: int
connections:
  model:
    api: local
connectors:
  asker:
    connection: model
    prompt: "Answer {{ payload.question }}"
    output: Answer
  unused:
    connection: model
    prompt: "Count {{ payload.question }}"
    output: Other
chains:
  lost:
    steps:
      - step: b
        target: unused
        options: {temperature: 1}
        limit: other
"""

SPEC = """\
use lib

chain a:
    step x:
        target: asker
        limit: reports
"""

SPELLINGS = {"lib.ai": LIBRARY, "lib.yaml": YAML}


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.mark.parametrize("path", SPELLINGS)
def test_a_file_is_taken_apart_by_its_definitions(path: str) -> None:
    found = definitions(path, SPELLINGS[path].encode())
    assert found is not None
    assert [(one.kind.decode(), one.name.decode()) for one in found] == [
        ("limit", "db"),
        ("limit", "reports"),
        ("limit", "other"),
        ("type", "Answer"),
        ("type", "Other"),
        ("connection", "model"),
        ("connector", "asker"),
        ("connector", "unused"),
        ("chain", "lost"),
    ]
    lines = SPELLINGS[path].split("\n")
    assert all(one.name.decode() in lines[one.line - 1] for one in found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.ai", "limit db: 3\nworkflow x:\n"),
        ("x.ai", "  limit db: 3\nlimit a: 1\n"),
        ("x.ai", "chain a: {\nb: 1\n}\n"),
        ("x.ai", ""),
        ("x.yaml", "limits: {db: 3}\n"),
        ("x.yaml", "limits:\n  db: &n 3\n  a: *n\n"),
        ("x.yaml", "limits:\n  db: 3\n a: 1\n"),
        ("x.yaml", 'limits:\n  "d\\x62": 3\n'),
        ("x.yaml", "---\nlimits:\n  db: 3\n"),
        ("x.yaml", "{limits: {db: 3}}\n"),
        ("x.json", '{"limits": {"db": 3}}\n'),
    ],
)
def test_what_cannot_be_seen_at_a_glance_is_one_part(path: str, text: str) -> None:
    assert definitions(path, text.encode()) is None
    parts = list(reached_parts(b"chain a:\n", {path: text.encode()}))
    assert parts == [(path, 0, text.encode())]


def reached(data: str, path: str, text: str) -> list[str]:
    parts = reached_parts(data.encode(), {path: text.encode()})
    return [part.decode().split()[1].rstrip(":") for _, _, part in parts]


def test_what_is_reached_is_found_through_what_it_reaches() -> None:
    assert reached(SPEC, "lib.ai", LIBRARY) == [
        "db",
        "reports",
        "Answer",
        "model",
        "asker",
    ]


def test_the_only_connection_is_reached_without_its_name() -> None:
    text = "connection one:\n    api: local\n"
    assert reached("chain a:\n", "lib.ai", text) == ["one"]
    assert reached("chain a:\n", "lib.ai", text + text.replace("one", "two")) == []


def test_names_of_several_words_and_escapes_are_never_missed() -> None:
    text = 'type T:\n    a: str\n\nchain "two words":\n    step a:\n        wait: 1s\n'
    assert reached('step: "two  words"', "lib.ai", text) == ['"two']
    assert len(list(reached_parts(b'"\\x54"', {"lib.ai": text.encode()}))) == 2


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a.ai").write_text(SPEC)
    return tmp_path


def stale(root: Path, **options: object) -> list[str]:
    found = survey(config(root, **options), Request(paths=("specs/a.ai",)))
    return [change.shown for change in found.changes]


def config(root: Path, **options: object) -> Config:
    return Config(str(root), specs=("specs",), **options)  # type: ignore[arg-type]


CHANGES = [
    ("other: 3", "other: 4"),
    ("count: int", "count: float"),
    ("Count {{", "How many {{"),
    ("temperature: 1", "temperature: 2"),
]

CHANGES_THAT_REACH = [
    ("db: 30", "db: 31"),
    ("14", "13"),
    ("text: str", "text: int"),
    ("api: local", "api: local\n    latency: 1"),
    ("Answer {{", "Tell {{"),
]


@pytest.mark.parametrize("path", SPELLINGS)
def test_a_module_is_stale_by_what_it_is_made_from_alone(
    project: Path, path: str
) -> None:
    library = project / "specs" / path
    text = SPELLINGS[path]
    library.write_text(text)
    build(config(project), Request())
    for old, new in CHANGES:
        library.write_text(changed(text, old, new))
        assert stale(project) == [], new
    for old, new in CHANGES_THAT_REACH:
        library.write_text(changed(text, old, new))
        assert stale(project) == ["generated/a.py"], new


@pytest.mark.parametrize("path", SPELLINGS)
def test_what_a_module_does_not_reach_is_not_in_it(path: str) -> None:
    text = SPELLINGS[path]

    def body(library: str) -> str | None:
        source = SourceFile.of("specs/a.ai", SPEC)
        used = {f"specs/{path}": SourceFile.of(f"specs/{path}", library)}
        return compile_file(source, Options(), used).body

    first = body(text)
    assert first is not None
    assert "lost" not in first
    assert "_unused" not in first
    assert "class Other" not in first
    for old, new in CHANGES:
        assert body(changed(text, old, new)) == first
    for old, new in CHANGES_THAT_REACH:
        assert body(changed(text, old, new)) != first


def test_prices_make_those_modules_stale_that_ask_models(project: Path) -> None:
    (project / "specs/lib.ai").write_text(LIBRARY)
    (project / "specs/b.ai").write_text("chain b:\n    step w:\n        wait: 1s\n")
    build(config(project), Request())
    found = survey(config(project, prices={"m": Price(1.0)}), Request())
    assert [change.shown for change in found.changes] == [
        "generated/a.py",
        "generated/lib.py",
    ]
