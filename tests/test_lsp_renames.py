"""Names that the language server gives to things: those that clash are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from n3gen.project.config import find_config
from n3gen.project.lint import lint
from n3gen.source import SourceFile
from pygls.exceptions import JsonRpcInvalidParams

from tests.editor import Editor, edited, place

pytestmark = pytest.mark.xdist_group("lsp")

SPEC = """\
type Mood:
    label: str

state seen: int = 0

chain first:
    input:
        text: str
        tags: list[str]
        kind: str
    step one:
        value: "{{ payload.text }}"
    for each: tag in payload.tags:
        step inner:
            value: "{{ tag }} {{ one }}"
    for all: word in payload.tags:
        step inner:
            value: "{{ word }}"
    if payload.kind == "a":
        step branch:
            value: 1
    else:
        step other:
            value: 2
    step last:
        value: "{{ each }} {{ all }}"

chain second:
    input:
        mood: Mood
    step two:
        value: "{{ payload.mood.label }}"

pipeline line:
    stage a(text: str) -> str:
        value: "{{ text }}"
"""


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    found = Editor()
    yield found
    found.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "n3gen.toml").write_text('specs = ["."]\n')
    return tmp_path


def renamed(editor: Editor, project: Path, at: str, name: str, spec: str = SPEC) -> str:
    """A spec in which what stands at `at`, where a `^` marks it, has another name."""
    text, position = place(spec.replace(at.replace("^", ""), at, 1), "^")
    uri = editor.open(project / "a.ai", text)
    try:
        changes = editor.ask("rename", uri, position, new_name=name).changes
        return edited(SourceFile.of("a.ai", text), changes[uri])
    finally:
        editor.close(uri)


@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("step ^one", "text"),  # an input field is read as `payload.text`
        ("        ^kind: str", "one"),
        ('in payload.tags:\n        step inner:\n            value: "{{ ^word', "tag"),
        ("step ^branch", "other"),  # one of two branches runs
        ("step ^two", "one"),  # a step of another chain
        ("step ^one", "seen"),  # a state is read as `state.seen`
        ("chain ^second", "seen"),
        ("type ^Mood", "first"),
    ],
)
def test_a_name_may_be_that_of_something_else(
    editor: Editor, project: Path, at: str, name: str
) -> None:
    after = renamed(editor, project, at, name)
    assert after != SPEC
    (project / "a.ai").write_text(after)
    assert not lint(find_config(str(project)), [], 1).problems.has_errors


@pytest.mark.parametrize(
    ("at", "name", "reason"),
    [
        ("step ^one", "last", "the name `last` is already that of another step"),
        ("step ^one", "inner", "the name `inner` is already that of another step"),
        ("step ^one", "tag", "the loop variable `tag` has the name of a step"),
        ("for each: ^tag", "one", "the loop variable `one` has the name of a step"),
        ("for each: ^tag", "payload", "`payload` cannot be its name"),
        ("chain ^first", "second", "`second` is given twice"),
        ("chain ^first", "line", "the name `line` is already that of another chain"),
        ("type ^Mood", "str", "`str` is already a type of the language"),
        ("step ^one", "two words", "is not a name"),
    ],
)
def test_a_name_that_clashes_is_refused(
    editor: Editor, project: Path, at: str, name: str, reason: str
) -> None:
    with pytest.raises(JsonRpcInvalidParams, match=reason):
        renamed(editor, project, at, name)


def test_a_refusal_is_an_answer_and_no_traceback(project: Path) -> None:
    editor = Editor()
    with pytest.raises(JsonRpcInvalidParams, match="`1 x` is not a name"):
        renamed(editor, project, "step ^one", "1 x")
    with pytest.raises(JsonRpcInvalidParams, match="already that of another step"):
        renamed(editor, project, "step ^one", "last")
    assert editor.stop() == ""


def test_a_name_that_a_file_defines_beside_what_it_uses_is_refused(
    editor: Editor, project: Path
) -> None:
    user = (
        "use a\n\nchain third:\n    step deep:\n        target: first\n        input:\n"
    )
    user += "            text: x\n            tags: []\n            kind: a\n"
    (project / "user.ai").write_text(user)
    with pytest.raises(JsonRpcInvalidParams, match="`third`"):
        renamed(editor, project, "chain ^first", "third")
    assert "chain deep:" in renamed(editor, project, "chain ^first", "deep")


@pytest.mark.parametrize("at", ["step ^same:\n            value: 1", "{{ ^same"])
def test_a_name_of_all_branches_is_changed_in_each(
    editor: Editor, project: Path, at: str
) -> None:
    text = (
        "chain c:\n    input: {kind: str}\n    if payload.kind:\n"
        "        step same:\n            value: 1\n    else:\n"
        "        step same:\n            value: 2\n"
        '    step last:\n        value: "{{ same }}"\n'
    )
    after = renamed(editor, project, at, "other", text)
    assert after == text.replace("same", "other")


@pytest.mark.parametrize(
    ("at", "old", "count"),
    [
        ("for ^each:", "each", 4),
        ("step ^call:", "call", 3),
        ("step ^inner:", "inner", 3),
    ],
)
def test_a_step_is_changed_where_tests_name_it_by_its_path(
    editor: Editor, project: Path, at: str, old: str, count: int
) -> None:
    text = (
        "chain sub:\n    step inner:\n        target: f\nchain c:\n"
        "    for each: n in [1, 2]:\n        step call:\n            target: sub\n"
        "            kind: chain\n    result: '{{ each }}'\ntest t of c:\n"
        "    mock:\n        each[0].call.inner: 1\n        'each[1].call.inner': 2\n"
    )
    after = renamed(editor, project, at, "other", text)
    assert text.count(old) == count
    assert after == text.replace(old, "other")


def test_a_limit_is_changed_where_it_is_a_key(editor: Editor, project: Path) -> None:
    text = (
        "limit db: 3\nlimit few: 2 within db\nchain c:\n    step a:\n"
        "        target: f\n        limit: {db: 2}\n    step b:\n"
        "        target: f\n        limit: [few, db]\n"
    )
    after = renamed(editor, project, "limit ^db", "store", text)
    assert after == text.replace("db", "store")


@pytest.mark.parametrize("at", ["te^xt: str", "{te^xt: again}", "{te^xt: once"])
def test_a_field_of_an_input_is_changed_in_payloads(
    editor: Editor, project: Path, at: str
) -> None:
    spec = (
        "chain called:\n"
        "    input: {text: str, kind: str = a}\n"
        '    step one: {value: "{{ payload.text }}"}\n'
        "\n"
        "chain caller:\n"
        "    step call:\n"
        "        kind: chain\n"
        "        target: called\n"
        "        payload: {text: again}\n"
        "\n"
        "test t of called:\n"
        "    payload: {text: once, kind: text}\n"
    )
    after = spec.replace("text: ", "words: ").replace("payload.text", "payload.words")
    assert renamed(editor, project, at, "words", spec) == after
