"""The language server, asked by a client over standard input and output."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from n3gen.diagnostics import Diagnostic, Severity
from n3gen.diagnostics.fix import applied
from n3gen.lsp.completion import completions
from n3gen.lsp.cursor import MARK, cursor_in
from n3gen.lsp.positions import offset_of, position_of
from n3gen.lsp.readings import OpenFile
from n3gen.lsp.shift import Shift
from n3gen.lsp.tables import spots_in
from n3gen.lsp.tokens import KINDS
from n3gen.project.config import find_config
from n3gen.project.lint import lint
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, print_ai, print_yaml, read_document
from pygls.exceptions import JsonRpcInvalidParams

from tests.editor import Editor, edited, place
from tests.golden_files import contents

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in (GOLDEN / "diagnostics").iterdir() if path.is_dir())
BUILDS = sorted(path for path in (GOLDEN / "build").iterdir() if path.is_dir())

SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}

pytestmark = pytest.mark.xdist_group("lsp")

AI = """\
type Mood:
    label: one of [glad, sad]
    score: float

connection main:
    api: openai
    api_key: env("OPENAI_API_KEY")

connector classify:
    connection: main
    model: small
    prompt: "{{ payload.text }}"
    output: Mood

chain triage:
    input:
        text: str
        limit: int = 3
        tags: list[str] = []
    step mood:
        kind: connector
        target: classify
        parallel: true
    step other:
        value: "{{ payload.text | upper }}"
        parallel: true
    for docs: doc in payload.tags:
        step inner:
            value: "{{ doc }} {{ mood.label }}"
HERE
    step last:
        value: "{{ mood.label }} {{ docs }}"
"""

YAML = """\
types:
  Mood: {label: "one of [glad, sad]", score: float}
connections:
  main: {api: openai, api_key: 'env("OPENAI_API_KEY")'}
connectors:
  classify: {connection: main, model: small, prompt: "{{ payload.text }}", output: Mood}
chains:
  triage:
    input: {text: str, limit: "int = 3"}
    steps:
      - name: mood
        kind: connector
        target: classify
        parallel: true
      - name: other
        value: "{{ payload.text | upper }}"
        parallel: true
HERE
      - name: last
        value: "{{ mood.label }}"
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


def shown(problem: Diagnostic) -> tuple[Any, ...]:
    """A problem as the protocol has to have it."""
    span, file = problem.label.span, problem.file
    lines = file.text.split("\n")

    def position(offset: int) -> tuple[int, int]:
        line = file.text.count("\n", 0, offset)
        start = offset - sum(len(one) + 1 for one in lines[:line])
        return line, len(lines[line][:start].encode("utf-16-le", "surrogatepass")) // 2

    message = problem.message + (f"\n{problem.help}" if problem.help else "")
    where = position(min(span.start, len(file.text))), position(
        min(span.end, len(file.text))
    )
    return problem.rule.code, SEVERITIES[problem.severity], message, where


def published(editor: Editor, uri: str) -> list[tuple[Any, ...]]:
    return [
        (
            one.code,
            one.severity,
            one.message,
            (
                (one.range.start.line, one.range.start.character),
                (one.range.end.line, one.range.end.character),
            ),
        )
        for one in editor.problems[uri].diagnostics
    ]


@pytest.mark.parametrize("case", [*CASES, *BUILDS], ids=lambda case: str(case.name))
def test_problems_are_those_of_lint(editor: Editor, project: Path, case: Path) -> None:
    texts = {
        name: text
        for name, text in contents(case).items()
        if not name.startswith("expected")
    }
    for name, text in texts.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(text.encode())
    (name,) = (name for name in texts if name.startswith("spec."))
    config = find_config(str(project / name))
    found = lint(config, [str(project / name)], 1).problems
    expected = [shown(one) for one in found if one.file.path == name]
    uri = editor.open(project / name, texts[name])
    assert published(editor, uri) == expected
    editor.close(uri)


def test_columns_are_utf_16_units(editor: Editor, project: Path) -> None:
    text = 'chain c:\n    step a:\n        value: "🙂🙂 {{ paylod }}"\n'
    uri = editor.open(project / "a.ai", text)
    (problem,) = editor.problems[uri].diagnostics
    assert (problem.range.start.character, problem.range.end.character) == (24, 30)
    file = SourceFile.of("a.ai", text)
    for offset in range(len(text)):
        assert offset_of(file, position_of(file, offset)) == offset
    editor.close(uri)


def test_an_unsaved_text_counts_for_the_files_that_use_it(
    editor: Editor, project: Path
) -> None:
    (project / "shared.ai").write_text("type Mood:\n    label: str\n")
    user = (
        "use shared\n\nchain c:\n    step a:\n"
        "        kind: connector\n        target: f\n        output: Mood\n"
    )
    uri = editor.open(project / "user.ai", user)
    assert published(editor, uri) == []
    shared = editor.open(project / "shared.ai", "type Mood:\n    label: str\n")
    editor.change(shared, "type Moody:\n    label: str\n", 2)
    editor.until(uri, 1)
    assert "`Mood`" in editor.problems[uri].diagnostics[0].message
    editor.close(uri)
    editor.close(shared)


def fixed(editor: Editor, path: Path, text: str, title: str) -> str:
    """A text after the code action of a title."""
    uri = editor.open(path, text)
    everywhere = lsp.Range(lsp.Position(0, 0), lsp.Position(1000, 0))
    actions = editor.ask(
        "code_action", uri, range=everywhere, context=lsp.CodeActionContext([])
    )
    (action,) = (one for one in actions if one.title == title)
    editor.close(uri)
    file = SourceFile.of(path.name, text)
    return edited(file, action.edit.changes[uri])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.ai",
            "chain c:\n    step one:\n        kind: connector\n        target: f\n"
            "        parallel: true\n    step two:\n        value: 1\n"
            '        parallel: true\n        when: "{{ one }}"\n',
        ),
        (
            "a.yaml",
            "chains:\n  c:\n    steps:\n      - name: one\n        target: f\n"
            "        parallel: true\n      - {name: two, value: 1, parallel: true, "
            'when: "{{ one }}"}\n',
        ),
    ],
)
def test_a_fix_adds_the_dependency(
    editor: Editor, project: Path, name: str, text: str
) -> None:
    after = fixed(editor, project / name, text, "add `depends_on: [one]`")
    document, problems = read_document(SourceFile.of(name, after))
    assert document is not None and not problems
    assert document.data["chains"]["c"]["steps"][1]["depends_on"] == ["one"]


def test_a_fix_writes_what_was_meant(editor: Editor, project: Path) -> None:
    text = AI.replace("HERE\n", "").replace("target: classify", "target: clasify")
    after = fixed(editor, project / "a.ai", text, "write `classify`")
    assert after == AI.replace("HERE\n", "")


def labels(editor: Editor, path: Path, text: str) -> list[str]:
    text, position = place(text, "¦")
    uri = editor.open(path, text.replace(text, _whole(path)))
    editor.change(uri, text, 2, wait=False)
    found = editor.ask("completion", uri, position)
    editor.close(uri)
    return [one.label for one in found or ()]


def _whole(path: Path) -> str:
    return (AI if path.suffix == ".ai" else YAML).replace("HERE\n", "")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("            depe¦", ["depends_on", "when"]),
        ("    ¦", ["step", "for", "if", "result"]),
        ("    step b:\n        kind: ¦", ["llm", "connector", "wait"]),
        ("    step b:\n        kind: connector\n        target: ¦", ["classify"]),
        ("    step b:\n        output: ¦", ["Mood", "str"]),
        ("    step b:\n        depends_on: [¦", ["mood", "other", "docs"]),
        ("    step b:\n        on_error: ¦", ["stop", "continue", "skip"]),
        ('    step b:\n        value: "{{ ¦', ["mood", "payload", "docs"]),
        ('    step b:\n        value: "{{ mood.¦ }}"', ["label", "score"]),
        ('    step b:\n        value: "{{ payload.¦', ["text", "limit"]),
        ('    step b:\n        value: "{{ steps.mood.¦ }}"', ["status", "attempts"]),
        ('    step b:\n        value: "{{ mood | up¦', ["upper", "default"]),
        ("    if mood.¦", ["label", "score"]),
        ("    step b:\n        prompt: hi\n        options:\n            ¦", ["seed"]),
        ("    step b:\n        prompt: |\n            To {{ payload.¦", ["text"]),
    ],
)
def test_completion_in_a_text_that_is_not_whole(
    editor: Editor, project: Path, line: str, wanted: list[str]
) -> None:
    found = labels(editor, project / "a.ai", AI.replace("HERE", line))
    assert set(wanted) <= set(found)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("        depe¦", ["depends_on", "when"]),
        ("      - ¦", ["name", "kind", "for", "if"]),
        ("      - name: q\n        kind: ¦", ["llm", "connector"]),
        ("      - name: q\n        target: ¦", ["classify"]),
        ('      - name: q\n        value: "{{ ¦', ["mood", "payload"]),
        ('      - name: q\n        value: "{{ mood.¦ }}"', ["label", "score"]),
        ("      - name: q\n        output: ¦", ["Mood"]),
    ],
)
def test_completion_in_yaml(
    editor: Editor, project: Path, line: str, wanted: list[str]
) -> None:
    found = labels(editor, project / "a.yaml", YAML.replace("HERE", line))
    assert set(wanted) <= set(found)


def test_a_file_begins_with_blocks(editor: Editor, project: Path) -> None:
    found = labels(editor, project / "a.ai", "chain c:\n    step a: {value: 1}\n\nco¦")
    assert {"connection", "connector", "chain", "use"} <= set(found)


def page(editor: Editor, path: Path, text: str) -> str:
    text, position = place(text, "¦")
    uri = editor.open(path, text)
    found = editor.ask("hover", uri, position)
    editor.close(uri)
    return "" if found is None else found.contents.value


def test_hover(editor: Editor, project: Path) -> None:
    text, path = AI.replace("HERE\n", ""), project / "a.ai"
    step = page(editor, path, text.replace("step mood", "step mo¦od"))
    assert "`Mood`" in step and "runs beside other" in step
    key = page(editor, path, text.replace("parallel: true", "par¦allel: true", 1))
    assert "may run beside its neighbours" in key
    chain = page(editor, path, text.replace("chain triage", "chain tri¦age"))
    assert "critical path" in chain
    field = page(editor, path, text.replace("payload.text |", "payload.te¦xt |"))
    assert "`text: str`" in field
    assert "filter" in page(editor, path, text.replace("| upper", "| up¦per"))
    type_ = page(editor, path, text.replace("output: Mood", "output: Mo¦od"))
    assert "one of [glad, sad]" in type_


@pytest.mark.parametrize(
    "request_",
    ["hover", "definition", "references", "document_highlight", "completion"],
)
@pytest.mark.parametrize("is_mended", [False, True])
def test_answers_wait_for_the_first_reading(
    editor: Editor, project: Path, request_: str, is_mended: bool
) -> None:
    path = project / f"{request_}_{is_mended}.ai"
    text, position = place(
        AI.replace("HERE\n", "").replace("{{ mood.", "{{ mo¦od.", 1), "¦"
    )
    if is_mended:
        uri = editor.open(path, "chain :::\n")
        editor.change(uri, text, 2, wait=False)
    else:
        uri = path.as_uri()
        editor.send_open(path, text)
    context = {"context": lsp.ReferenceContext(include_declaration=True)}
    found = editor.ask(
        request_, uri, position, **(context if request_ == "references" else {})
    )
    assert found
    if request_ in ("references", "document_highlight"):
        assert len(found) == 3
    editor.close(uri)


def test_hover_shows_what_a_function_gives(editor: Editor, project: Path) -> None:
    (project / "work.py").write_text("def f(ctx) -> list[int]: ...\n")
    text = (
        "chain c:\n    step nu¦mbers:\n        kind: python\n        target: work:f\n"
    )
    assert "-> `list[int]`" in page(editor, project / "a.ai", text)


def test_hover_shows_the_code_of_a_step(editor: Editor, project: Path) -> None:
    text, position = place(
        AI.replace("HERE\n", "").replace("step mood", "step mo¦od"), "¦"
    )
    uri = editor.open(project / "a.ai", text)
    for _ in range(50):
        code = editor.ask("hover", uri, position).contents.value
    assert "async def _mood(run: Run" in code
    editor.close(uri)


def test_names_over_files(editor: Editor, project: Path) -> None:
    shared = "connector classify:\n    connection: main\n    prompt: hi\n"
    main = "connection main:\n    api: local\n\n"
    user = (
        "use shared\n\nchain c:\n    step a:\n        kind: connector\n"
        '        target: class¦ify\n    step b:\n        value: "{{ a }}"\n'
    )
    (project / "shared.ai").write_text(main + shared)
    (project / "other.yaml").write_text(
        "use: [shared]\nchains:\n  d: {steps: [{name: a, target: classify}]}\n"
    )
    text, position = place(user, "¦")
    (project / "user.ai").write_text(text)
    uri = editor.open(project / "user.ai", text)
    there = editor.ask("definition", uri, position)
    assert there.uri == (project / "shared.ai").as_uri() and there.range.start.line == 3
    found = editor.ask("references", uri, position, context=lsp.ReferenceContext(True))
    assert [os.path.basename(one.uri) for one in found] == [
        "other.yaml",
        "shared.ai",
        "user.ai",
    ]
    changes = editor.ask("rename", uri, position, new_name="sort").changes
    for where, edits in changes.items():
        path = project / os.path.basename(where)
        path.write_text(edited(SourceFile.of(path.name, path.read_text()), edits))
    config = find_config(str(project))
    assert not lint(config, [], 1).problems.has_errors
    assert "target: sort" in (project / "user.ai").read_text()
    assert "target: sort" in (project / "other.yaml").read_text()
    editor.close(uri)


def test_a_step_is_renamed_wherever_it_is_read(editor: Editor, project: Path) -> None:
    text, position = place(
        AI.replace("HERE\n", "").replace("step mood", "step mo¦od"), "¦"
    )
    text += "test glad of triage:\n    payload: {text: hello}\n"
    text += "    mock:\n        mood: {label: glad, score: 1}\n"
    uri = editor.open(project / "a.ai", text)
    edits = editor.ask("rename", uri, position, new_name="tone").changes[uri]
    after = edited(SourceFile.of("a.ai", text), edits)
    assert after == text.replace("mood", "tone")
    editor.change(uri, after, 2)
    assert not [o for o in editor.problems[uri].diagnostics if o.severity == 1]
    editor.close(uri)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("other", "already that of another"), ("two words", "not a name")],
)
def test_a_name_that_would_break_the_spec_is_refused(
    editor: Editor, project: Path, name: str, reason: str
) -> None:
    text, position = place(
        AI.replace("HERE\n", "").replace("step mood", "step mo¦od"), "¦"
    )
    uri = editor.open(project / "a.ai", text)
    with pytest.raises(JsonRpcInvalidParams, match=reason):
        editor.ask("rename", uri, position, new_name=name)
    editor.close(uri)


@pytest.mark.parametrize("case", BUILDS, ids=lambda case: str(case.name))
def test_the_outline_and_the_form_of_goldens(
    editor: Editor, project: Path, case: Path
) -> None:
    (name, text), *_ = [
        one for one in contents(case).items() if one[0].startswith("spec.")
    ]
    uri = editor.open(project / name, text)
    assert editor.ask("document_symbol", uri)
    assert editor.ask("folding_range", uri)
    options = lsp.FormattingOptions(4, True)
    edits = editor.ask("formatting", uri, options=options) or []
    file = SourceFile.of(name, text)
    wanted = format_ai(file)[0] if name.endswith(".ai") else text
    assert edited(file, edits) == wanted
    numbers = editor.ask("semantic_tokens_full", uri).data
    assert bool(numbers) == name.endswith(".ai")
    assert all(kind < len(KINDS) for kind in numbers[3::5])
    editor.close(uri)


def test_lenses_say_what_runs_beside_what(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "a.ai", AI.replace("HERE\n", ""))
    titles = [one.command.title for one in editor.ask("code_lens", uri)]
    assert any("runs beside other" in title for title in titles)
    assert any("critical path" in title for title in titles)
    editor.close(uri)


@pytest.mark.parametrize("case", [*CASES, *BUILDS], ids=lambda case: str(case.name))
def test_completion_answers_anywhere(case: Path) -> None:
    """It never fails, and never offers its own mark."""
    draw = random.Random(case.name)
    config = find_config(str(GOLDEN))
    for name, text in contents(case).items():
        if not name.endswith((".ai", ".yaml")):
            continue
        source = SourceFile.of(name, text)
        for _ in range(5):
            offset = draw.randrange(len(source.text) + 1)
            cut = SourceFile.of(name, source.text[:offset])
            for one in (source, cut):
                found = completions(OpenFile("", config, name, one), offset)
                assert all(MARK not in item.label for item in found)


def test_a_change_elsewhere_moves_places() -> None:
    before, after = "aXbcd", "aYYbcd"
    shift = Shift.between(before, after)
    assert [shift.on(at) for at in range(6)] == [0, 1, 3, 4, 5, 6]
    assert [shift.back(at) for at in (0, 1, 3, 4, 5, 6)] == [0, 1, 2, 3, 4, 5]


def test_the_cursor_is_found_in_a_key_and_in_a_value() -> None:
    source = SourceFile.of(
        "a.ai", "chain c:\n    step a:\n        ki\n        value: x\n"
    )
    key = cursor_in(source, source.text.index("ki") + 2)
    assert key is not None and key.is_key and key.loc == ("chains", "c", "steps", 0)
    value = cursor_in(source, source.text.index("x") + 1)
    assert value is not None and value.before == "x" and value.loc[-1] == "value"


def test_every_value_has_a_shape_of_the_tables() -> None:
    text = AI.replace("HERE\n", "")
    document, _ = read_document(SourceFile.of("a.ai", text))
    assert document is not None
    known = [one for one in spots_in(document.data) if one.shapes]
    assert {"target", "kind", "for", "output"} <= {
        str(o.loc[-1]) for o in known if o.loc
    }


def test_edits_of_a_text() -> None:
    file = SourceFile.of("a.ai", "one two")
    assert applied(file.text, []) == file.text


def test_yaml_that_is_no_spec_is_left_alone(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "n3gen.toml").write_text('specs = ["chains"]\nexclude = ["**/old"]\n')
    other = tmp_path / "compose.yaml"
    spec = tmp_path / "chains/a.yaml"
    spec.parent.mkdir()
    text = "services:\n  web: {image: nginx}\n"
    editor.send_open(other, text)
    old = tmp_path / "chains/old/b.yaml"
    editor.send_open(old, text)
    uri = editor.open(spec, text)
    assert editor.problems[uri].diagnostics
    assert not {other.as_uri(), old.as_uri()} & editor.problems.keys()
    assert editor.ask("completion", other.as_uri(), lsp.Position(0, 0)) == []
    editor.close(uri)


def test_what_is_in_braces_ends_behind_them(editor: Editor, project: Path) -> None:
    text = 'connection shop: {api: local, answers: [["a"]]}  # ours\n'
    uri = editor.open(project / "braces.ai", text)
    (shop,) = editor.ask("document_symbol", uri)
    assert text[: shop.range.end.character].endswith('answers: [["a"]]}')
    page = editor.ask("hover", uri, lsp.Position(0, 12)).contents.value
    assert 'answers: [["a"]]}\n```' in page


def test_answers_come_from_the_last_text_that_was_read(
    editor: Editor, project: Path
) -> None:
    """Outline, tokens, lenses and places are moved to where things are by now."""
    text = AI.replace("HERE\n", "")
    uri = editor.open(project / "a.ai", text)
    names = [one.name for one in editor.ask("document_symbol", uri)]
    known = editor.ask("semantic_tokens_full", uri).data
    moved = "# one\n# two\n" + text + "chain broken\n    step x:\n"
    editor.change(uri, "# one\n# two\n" + text, 2, wait=False)
    editor.change(uri, moved, 3, wait=False)
    outline = editor.ask("document_symbol", uri)
    assert [one.name for one in outline] == names
    last = text.split("\n").index("chain triage:")
    assert outline[-1].selection_range.start.line == last + 2
    tokens = editor.ask("semantic_tokens_full", uri).data
    assert len(tokens) > len(known)
    for lens in editor.ask("code_lens", uri):
        line = moved.split("\n")[lens.range.start.line]
        assert line.strip().startswith(("step", "for", "chain"))
    editor.close(uri)


SHARED = ("completion", "hover", "definition", "document_highlight")


@pytest.mark.parametrize("case", BUILDS, ids=lambda case: str(case.name))
def test_every_question_is_answered_in_both_spellings(
    editor: Editor, project: Path, case: Path
) -> None:
    """Asked at drawn places of each golden, as it is and converted."""
    (name, text), *_ = [
        one for one in contents(case).items() if one[0].startswith("spec.")
    ]
    for other, shown in contents(case).items():
        if not other.startswith(("expected", "spec.")):
            (project / other).parent.mkdir(parents=True, exist_ok=True)
            (project / other).write_bytes(shown.encode())
    document, _ = read_document(SourceFile.of(name, text))
    assert document is not None
    spellings = {"spec.ai": print_ai(document), "spec.yaml": print_yaml(document)}
    spellings[name] = text
    draw = random.Random(case.name)
    counts: dict[str, tuple[int, int]] = {}
    for path, written in spellings.items():
        uri = editor.open(project / path, written)
        file = SourceFile.of(path, written)
        for _ in range(4):
            position = position_of(file, draw.randrange(len(file.text)))
            for question in SHARED:
                editor.ask(question, uri, position)
            found = editor.ask(
                "references", uri, position, context=lsp.ReferenceContext(True)
            )
            try:
                edit = editor.ask("rename", uri, position, new_name="renamed")
            except JsonRpcInvalidParams as refused:
                told = ("may be this field as well", "has no field")
                assert any(words in str(refused) for words in told)
                continue
            places = [
                one
                for edits in (edit.changes if edit else {}).values()
                for one in edits
            ]
            assert len(places) == len(found or ())
        everything = lsp.Range(lsp.Position(0, 0), lsp.Position(9999, 0))
        context = lsp.CodeActionContext([])
        editor.ask("code_action", uri, range=everything, context=context)
        assert editor.ask("folding_range", uri)
        outline = editor.ask("document_symbol", uri)
        lenses = editor.ask("code_lens", uri) or []
        counts[path] = (len(outline), len(lenses))
        editor.close(uri)
    assert len(set(counts.values())) == 1, counts


def test_the_server_ends_without_a_word() -> None:
    request = '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}'
    messages = [
        request % ("initialize", '{"processId":null,"rootUri":null,"capabilities":{}}'),
        request % ("shutdown", "null"),
        '{"jsonrpc":"2.0","method":"exit","params":null}',
    ]
    sent = "".join(f"Content-Length: {len(one)}\r\n\r\n{one}" for one in messages)
    command = [sys.executable, "-m", "n3gen", "lsp"]
    done = subprocess.run(
        command, input=sent, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
