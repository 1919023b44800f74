"""`n3gen lint --fix`, and the keys that have another name by now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main
from n3gen.diagnostics import Diagnostic, Problems, Rule, Severity
from n3gen.diagnostics.fix import Edit, Fix, applied, compatible
from n3gen.project import mending
from n3gen.project.config import find_config
from n3gen.project.lint import lint
from n3gen.project.mending import mend
from n3gen.source import Loc, SourceFile, Span
from n3gen.spec.renamed_keys import RenamedKey
from n3gen.syntax import read_document

from tests.golden_files import contents

Output = pytest.CaptureFixture[str]

GOLDEN = Path(__file__).parent / "golden" / "diagnostics"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())

FAULTY = """\
chain c:
    step one:
        target: f
        parallel: true
    step two:
        valeu: "{{ one }}"
        paralel: true   # kept
"""
MENDED = """\
chain c:
    step one:
        target: f
        parallel: true
    step two:
        depends_on: [one]
        value: "{{ one }}"
        parallel: true   # kept
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "n3gen.toml").write_text('specs = ["."]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_fixes_are_made_until_there_are_none(root: Path, capsys: Output) -> None:
    (root / "a.ai").write_text(FAULTY)
    assert main(["lint", "--fix"]) == 0
    assert (root / "a.ai").read_text() == MENDED
    assert "mended 3 problems in 1 file" in capsys.readouterr().err
    before = (root / "a.ai").stat().st_mtime_ns
    assert main(["lint", "--fix"]) == 0
    assert (root / "a.ai").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("timeout = 30", "timeout: 30"),
        ("timeout:30", "timeout: 30"),
        ("timeout\N{FULLWIDTH COLON} 30", "timeout: 30"),
        ("step w: {value = 3}", "step w: {value: 3}"),
        ("if payload.z then", "if payload.z:"),
        ("if payload.z", "if payload.z:"),
        ("for d in payload.l parallel=3", "for d in payload.l parallel 3:"),
        ("for d in payload.l, parallel 3:", "for d in payload.l parallel 3:"),
        ("while payload.z max 3 times:", "while payload.z max 3:"),
        ("within 5s as w:", "within w: 5s:"),
    ],
)
def test_a_line_that_cannot_be_read_is_mended_with_what_it_hid(
    root: Path, line: str, mended: str
) -> None:
    step = "        step a: {vaule: 1}\n"
    body = step if mended.startswith(("if", "for", "while", "within")) else ""
    chain = "chain c:\n    max_paralel: 3\n    {}\n{}    step b: {{target: f}}\n"
    (root / "a.ai").write_text(chain.format(line, body))
    main(["lint", "--fix"])
    right = chain.format(mended, body.replace("vaule", "value"))
    assert (root / "a.ai").read_text() == right.replace("paralel", "parallel")


def test_branches_and_cases_of_other_languages_are_mended(root: Path) -> None:
    text = (
        "chain c:\n    if payload.x:\n        step a: {target: f}\n"
        "    elif payload.y:\n        step b: {target: f}\n"
        "    else:\n        step d: {target: f}\n"
        '    match payload.z:\n        case "x":\n            step e: {target: f}\n'
    )
    foreign = text.replace("elif", "else  if").replace("case ", "")
    (root / "a.ai").write_text(foreign)
    assert main(["lint", "--fix"]) == 0
    assert (root / "a.ai").read_text() == text


def test_a_line_of_which_nobody_knows_the_rest_is_left(root: Path) -> None:
    text = "limit db\nchain c:\n    step a: {target: f, limit: db}\n"
    (root / "a.ai").write_text(text)
    assert main(["lint", "--fix"]) == 1
    assert (root / "a.ai").read_text() == text


def test_a_diff_writes_nothing(root: Path, capsys: Output) -> None:
    (root / "a.ai").write_text(FAULTY)
    main(["lint", "--fix", "--diff"])
    printed = capsys.readouterr()
    assert (root / "a.ai").read_text() == FAULTY
    assert '+        value: "{{ one }}"' in printed.out
    assert "would mend 3 problems in 1 file" in printed.err


def test_line_ends_and_the_mark_of_byte_order_stay(root: Path) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        data = mark + FAULTY.replace("\n", "\r\n").encode()
        (root / "a.ai").write_bytes(data)
        assert main(["lint", "--fix"]) == 0
        wanted = mark + MENDED.replace("\n", "\r\n").encode()
        assert (root / "a.ai").read_bytes() == wanted


def test_a_file_with_errors_of_syntax_is_left_alone(root: Path, capsys: Output) -> None:
    text = "chian c:\n    step one:\n        value: 1\n   step x\n"
    (root / "a.ai").write_text(text)
    (root / "b.ai").write_text(FAULTY)
    assert main(["lint", "--fix"]) == 1
    assert (root / "a.ai").read_text() == text
    assert (root / "b.ai").read_text() == MENDED
    assert "left a.ai as it is" in capsys.readouterr().err


def test_an_error_of_syntax_that_a_fix_ends_is_mended(root: Path) -> None:
    (root / "a.ai").write_text("chian c:\n    step one:\n        valeu: 1\n")
    assert main(["lint", "--fix"]) == 0
    assert (root / "a.ai").read_text() == (
        "chain c:\n    step one:\n        value: 1\n"
    )


def test_a_fix_that_would_break_the_file_is_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "a.ai"
    path.write_text(FAULTY)

    def with_bad_fix(problems: Iterable[Diagnostic], own: set[str]) -> list[Fix]:
        found = mendable(problems, own)
        files = {edit.file for fix in found for edit in fix.edits}
        bad = [Fix("break it", (Edit(f, Span(0, 5), "chian ("),)) for f in files]
        return [*bad, *found]

    mendable = mending._fixes
    monkeypatch.setattr(mending, "_fixes", with_bad_fix)
    mended = mend(find_config(str(path)))
    assert mended.kept == ()
    assert [change.after for change in mended.changes] == [MENDED.encode()]


TYPED = """\
chain c:
    input: {text: str}
    step one:
        value: "{{ payload.text.strp() }}"
    if payload.text.startwith("a"):
        step two:
            valeu: "{{ payload.txet }} {{ a b }}"
"""


def test_misspelt_methods_are_mended(root: Path) -> None:
    (root / "a.ai").write_text(TYPED.replace(" {{ a b }}", ""))
    assert main(["lint", "--fix"]) == 0
    text = (root / "a.ai").read_text()
    assert 'value: "{{ payload.text.strip() }}"' in text
    assert 'if payload.text.startswith("a"):' in text
    assert 'value: "{{ payload.text }}"' in text


def test_a_fix_after_which_an_expression_cannot_be_read_is_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be read before hinders no fix beside it, and is none's fault."""
    path = root / "a.ai"
    path.write_text(TYPED)

    def with_bad_fix(problems: Iterable[Diagnostic], own: set[str]) -> list[Fix]:
        found = mendable(problems, own)
        return [
            Fix(fix.title, tuple(replace(one, text=bad(one.text)) for one in fix.edits))
            for fix in found
        ]

    def bad(text: str) -> str:
        return f".{text}()" if text in ("strip", "startswith") else text

    mendable = mending._fixes
    monkeypatch.setattr(mending, "_fixes", with_bad_fix)
    (change,) = mend(find_config(str(path))).changes
    assert change.after == TYPED.replace("valeu", "value").encode()


def test_only_the_files_that_were_named_are_written(root: Path) -> None:
    shared = "connector ask:\n    connection: mian\n    prompt: hi\n"
    (root / "shared.ai").write_text("connection main:\n    api: local\n\n" + shared)
    (root / "a.ai").write_text("use shared\n\n" + FAULTY)
    main(["lint", "--fix", "a.ai"])
    assert (root / "a.ai").read_text() == "use shared\n\n" + MENDED
    assert "mian" in (root / "shared.ai").read_text()
    main(["lint", "--fix"])
    assert "mian" not in (root / "shared.ai").read_text()


@pytest.mark.parametrize("arguments", [["lint", "--diff"], ["lint", "--fix", "-"]])
def test_what_makes_no_sense_is_refused(root: Path, arguments: list[str]) -> None:
    assert main(arguments) == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_mending_a_golden_is_done_once_and_adds_no_error(
    case: Path, root: Path
) -> None:
    for name, text in contents(case).items():
        if not name.startswith("expected"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text.encode())
    config = find_config(str(root))
    before = lint(config, (), 1)
    found = mend(config, (), 1)
    if not found.changes:
        return
    for change in found.changes:
        assert change.after is not None
        Path(change.path).write_bytes(change.after)
        source = SourceFile.of(change.shown, change.after.decode())
        _, faults = read_document(source)
        assert not [one for one in faults if one.severity is Severity.ERROR]
    assert list(lint(config, (), 1).problems) == list(found.left.problems)
    assert errors(found.left.problems) <= errors(before.problems)
    assert not mend(config, (), 1).changes


def errors(problems: Problems) -> int:
    return sum(one.severity is Severity.ERROR for one in problems)


def edit(start: int, end: int, text: str) -> Edit:
    return Edit(SourceFile.of("a.ai", "0123456789"), Span(start, end), text)


def test_of_fixes_that_overlap_the_first_is_made_whole() -> None:
    first = Fix("first", (edit(0, 2, "a"), edit(6, 7, "b")))
    second = Fix("second", (edit(6, 8, "c"), edit(4, 5, "d")))
    third = Fix("third", (edit(4, 5, "e"),))
    same = Fix("same", (edit(0, 2, "a"), edit(9, 10, "f")))
    chosen = compatible([first, second, third, same])
    assert chosen == [first, third, same]
    edits = {one for fix in chosen for one in fix.edits}
    assert applied("0123456789", edits) == "a23e5b78f"


def test_insertions_at_one_place_are_not_made_together() -> None:
    one, two = Fix("one", (edit(3, 3, "x"),)), Fix("two", (edit(3, 3, "y"),))
    assert compatible([one, two]) == [one]
    assert compatible([one, one]) == [one, one]


# --- keys that have another name ------------------------------------------------


@pytest.fixture
def moment() -> Iterator[type[RenamedKey]]:
    """As long as no key has ever had another name, one of the test's own."""

    class Moment(RenamedKey):
        code = "N999"
        name = "moment-renamed"
        old, new, since = "within_time", "timeout", "9.9"

        @classmethod
        def stands_in(cls, loc: Loc, mapping: Mapping[str, Any]) -> bool:
            return (len(loc) == 2 and loc[0] == "chains") or "emit" in mapping

    yield Moment
    RenamedKey.known.remove(Moment)
    Rule.defined.remove(Moment)


OLD = {
    "a.ai": 'chain c:\n    within_time: 5\n    step one:\n        emit: 1\n        "within_time": 2s\n',
    "a.yaml": "chains:\n  c:\n    within_time: 5\n    steps:\n"
    "      - {name: one, emit: 1, within_time: 2s}\n",
}


@pytest.mark.parametrize("name", OLD)
def test_an_old_key_is_read_and_told_and_mended(
    name: str, root: Path, moment: type[RenamedKey], capsys: Output
) -> None:
    (root / name).write_text(OLD[name])
    assert main(["lint", "--output-format", "json"]) == 0
    problems = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in problems] == ["N999", "N999"]
    assert "`within_time` is called `timeout` since n3gen 9.9" in problems[0]["message"]
    assert main(["plan", name]) == 0
    assert "5s" in capsys.readouterr().out.replace(" s", "s")
    assert main(["lint", "--fix"]) == 0
    assert (root / name).read_text() == OLD[name].replace("within_time", "timeout")


def test_faults_below_an_old_key_stand_at_their_place(
    root: Path, moment: type[RenamedKey], capsys: Output
) -> None:
    (root / "a.ai").write_text(OLD["a.ai"].replace(": 5", ": soon"))
    assert main(["lint"]) == 1
    assert "a.ai:2:18" in capsys.readouterr().out


def test_both_names_of_a_key_are_one_too_many(
    root: Path, moment: type[RenamedKey], capsys: Output
) -> None:
    text = OLD["a.ai"].replace(
        "    within_time: 5", "    within_time: 5\n    timeout: 6"
    )
    (root / "a.ai").write_text(text)
    assert main(["lint"]) == 1
    assert "no key `within_time`" in capsys.readouterr().out
