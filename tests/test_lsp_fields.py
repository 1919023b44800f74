"""Fields of declared types in editors: definitions, references, and other names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from n3gen.project.config import find_config
from n3gen.project.lint import lint
from n3gen.source import SourceFile
from pygls.exceptions import JsonRpcInvalidParams

from tests.editor import Editor, edited, place

pytestmark = pytest.mark.xdist_group("lsp")

TYPES = """\
type Judge:
    # The score: from 0 on.
    score: int
    label: str

type Other:
    score: str
"""
SPEC = """\
use types

connection m:
    api: local

chain c:
    input:
        judge: Judge
        judges: list[Judge]
        other: Other
    step j:
        prompt: "Judge it."
        output: Judge
    step high:
        value: "{{ j.score > 1 and payload.judge['score'] > 2 }}"
    step first:
        value: "{{ payload.judges[0].score + steps.j.score }}"
    for each: one in payload.judges:
        step inner:
            value: "{{ one.score }}"
    step text:
        value: "{% for x in payload.judges %}{{ x.score }}{% endfor %}"
    step other:
        value: "{{ payload.other.score }}"
    result:
        all: "{{ each }} {{ first }} {{ high }} {{ text }} {{ other }}"
"""
USES = (
    "j.^score > 1",
    "payload.judge['^score']",
    "judges[0].^score",
    "steps.j.^score",
    "one.^score",
    "x.^score",
)


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    found = Editor()
    yield found
    found.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "n3gen.toml").write_text('specs = ["."]\n')
    (tmp_path / "types.ai").write_text(TYPES)
    (tmp_path / "a.ai").write_text(SPEC)
    return tmp_path


def marked(at: str, spec: str = SPEC) -> tuple[str, lsp.Position]:
    assert spec.count(at.replace("^", "")) == 1
    return place(spec.replace(at.replace("^", ""), at), "^")


@pytest.mark.parametrize("at", USES)
def test_a_field_is_found_wherever_its_owner_has_a_type(
    editor: Editor, project: Path, at: str
) -> None:
    text, position = marked(at)
    uri = editor.open(project / "a.ai", text)
    there = editor.ask("definition", uri, position)
    assert os.path.basename(there.uri) == "types.ai"
    assert there.range.start == lsp.Position(2, 4)
    context = lsp.ReferenceContext(True)
    found = editor.ask("references", uri, position, context=context)
    assert len(found) == 1 + len(USES)
    assert len(editor.ask("document_highlight", uri, position)) == len(USES)
    editor.close(uri)


@pytest.mark.parametrize("at", [*USES[:1], None])
def test_a_field_has_another_name_in_all_files(
    editor: Editor, project: Path, at: str | None
) -> None:
    path = project / ("a.ai" if at else "types.ai")
    text, position = (
        marked(at)
        if at
        else place(TYPES.replace("    score: int", "    ^score: int"), "^")
    )
    uri = editor.open(path, text)
    changes = editor.ask("rename", uri, position, new_name="points").changes
    editor.close(uri)
    for where, edits in changes.items():
        file = project / os.path.basename(where)
        file.write_text(edited(SourceFile.of(file.name, file.read_text()), edits))
    expected = SPEC.replace("score", "points").replace("other.points", "other.score")
    assert (project / "a.ai").read_text() == expected
    own = TYPES.replace("    score: int", "    points: int")
    assert (project / "types.ai").read_text() == own
    assert not lint(find_config(str(project)), [], 1).problems.has_errors


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("    step k:\n        target: f\n    step l:\n", "`score` in `a.ai:"),
        (
            "    step l:\n        value: \"{{ payload.judges | sum(attribute='score') }}\"\n",
            "",
        ),
        (
            "    step l:\n        output: Judge\n        value: {score: 1, label: x}\n",
            "",
        ),
    ],
)
def test_a_name_is_kept_where_not_all_uses_are_known(
    editor: Editor, project: Path, more: str, reason: str
) -> None:
    if reason:
        more += '        value: "{{ k.score }}"\n'
    spec = SPEC.replace("    result:\n", more + "    result:\n")
    text, position = marked(USES[0], spec)
    uri = editor.open(project / "a.ai", text)
    with pytest.raises(JsonRpcInvalidParams, match="may be this field as well"):
        editor.ask("rename", uri, position, new_name="points")
    with pytest.raises(JsonRpcInvalidParams, match=reason or "a.ai"):
        editor.ask("rename", uri, position, new_name="points")
    editor.close(uri)


def test_a_name_that_the_type_has_is_refused(editor: Editor, project: Path) -> None:
    text, position = marked(USES[0])
    uri = editor.open(project / "a.ai", text)
    with pytest.raises(JsonRpcInvalidParams, match="`label`"):
        editor.ask("rename", uri, position, new_name="label")
    editor.close(uri)
