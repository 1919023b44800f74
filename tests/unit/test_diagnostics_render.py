"""The drawing of a diagnostic."""

from __future__ import annotations

import re
import time
from textwrap import dedent

from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.diagnostics import (
    Diagnostic,
    Label,
    Problems,
    Rule,
    Severity,
    render,
    summary,
)
from n3gen.diagnostics.render import column
from n3gen.source import SourceFile, Span


class Unknown(Rule):
    """A name that is not there."""

    code = "N301"
    name = "unknown-dependency"


class Idle(Unknown):
    """A remark."""

    code = "N410"
    name = "idle"
    severity = Severity.WARNING


def spec(text: str, path: str = "chains/a.ai") -> SourceFile:
    return SourceFile.of(path, text)


def at(file: SourceFile, part: str, text: str = "", count: int = 1) -> Label:
    """A label under the `count`th place where `part` stands."""
    start = -1
    for _ in range(count):
        start = file.text.index(part, start + 1)
    return Label(file, Span(start, start + len(part)), text)


def drawn(label: Label, *others: Label) -> list[str]:
    """The rows between the place and the help."""
    lines = render(Unknown.diagnose("wrong", label, *others)).splitlines()
    return lines[3:-1]


def test_the_drawing_of_the_house() -> None:
    file = spec(
        dedent("""\
            chain: brief
            steps:
              - step: news
                kind: connector
                target: search
              - step: summary
                kind: llm
                prompt: Sum up
              - step: brief
                kind: llm
                prompt: Write


                # both
                depends_on: [news, sumary]
            """),
        "chains/market_brief.yaml",
    )
    diagnostic = Unknown.diagnose(
        "`brief` needs `sumary`, but no step has that name",
        at(file, "sumary", "not a step"),
        at(file, "summary", "this step has a similar name"),
        help="did you mean `summary`?",
    )
    assert render(diagnostic) == dedent("""\
        error[N301]: `brief` needs `sumary`, but no step has that name
          --> chains/market_brief.yaml:15:24
           |
         6 |   - step: summary
           |           ------- this step has a similar name
        15 |     depends_on: [news, sumary]
           |                        ^^^^^^ not a step
           = help: did you mean `summary`?   (n3gen explain N301)""")


def test_without_a_help_the_page_is_named() -> None:
    file = spec("chain a:")
    text = render(Idle.diagnose("it does nothing", at(file, "a:")))
    assert text.startswith("warning[N410]: it does nothing\n")
    assert text.endswith("\n   = help: n3gen explain N410")


def test_another_file_gets_a_block_of_its_own() -> None:
    file, other = spec("use shared\nchain a:"), spec("\nchain a:\n", "shared.ai")
    text = render(Unknown.diagnose("twice", at(file, "a:"), at(other, "a:", "first")))
    assert text.splitlines()[1:-1] == [
        "  --> chains/a.ai:2:7",
        "   |",
        " 2 | chain a:",
        "   |       ^^",
        "   |",
        "  ::: shared.ai:2:7",
        "   |",
        " 2 | chain a:",
        "   |       -- first",
    ]


def test_the_gutter_is_as_wide_as_the_last_number() -> None:
    file = spec("\n" * 1233 + "chain a:")
    lines = render(Unknown.diagnose("wrong", at(file, "a:"))).splitlines()
    assert lines[1:] == [
        "    --> chains/a.ai:1234:7",
        "     |",
        "1234 | chain a:",
        "     |       ^^",
        "     = help: n3gen explain N301",
    ]


def test_labels_of_one_line_hang_under_each_other() -> None:
    file = spec("needs: [a, b, a]")
    rows = drawn(at(file, "a", "again", 2), at(file, "a", "first here"))
    assert rows == [
        " 1 | needs: [a, b, a]",
        "   |         -     ^ again",
        "   |         |",
        "   |         first here",
    ]


def test_a_label_inside_another_one_shows_both() -> None:
    file = spec("needs: [a, b]")
    rows = drawn(at(file, "b", "not a step"), at(file, "[a, b]", "this list"))
    assert rows == [
        " 1 | needs: [a, b]",
        "   |        ----^-",
        "   |        |   |",
        "   |        |   not a step",
        "   |        this list",
    ]


def test_wide_and_combining_characters_and_tabs_have_their_width() -> None:
    file = spec("\tx: 日本 e\u0301\u0301 bad")
    assert drawn(at(file, "bad", "here")) == [
        " 1 |     x: 日本 e\u0301\u0301 bad",
        "   |               ^^^ here",
    ]
    assert drawn(at(file, "日本"))[1] == "   |        ^^^^"
    assert drawn(at(file, "\u0301"))[1] == "   |              ^"
    assert column(file, file.text.index("bad")) == 15


def test_hidden_characters_are_spelt_out() -> None:
    file = spec("a: \u202e\x1b[31mx\u2028 bad\ud800", "chains/\u202ea.ai")
    diagnostic = Unknown.diagnose(
        "no\x1b[2J\n`\u2066`",
        at(file, "bad", "\u200b?"),
        help="\x07",
    )
    assert render(diagnostic) == dedent("""\
        error[N301]: no<U+001B>[2J<U+000A>`<U+2066>`
          --> chains/<U+202E>a.ai:1:34
           |
         1 | a: <U+202E><U+001B>[31mx<U+2028> bad<U+D800>
           |                                  ^^^ <U+200B>?
           = help: <U+0007>   (n3gen explain N301)""")


def test_a_span_of_several_lines_shows_its_first() -> None:
    file = spec("steps:\n  - a: 1  \n    b: 2\n")
    start = file.text.index("- a")
    label = Label(file, Span(start, len(file.text)), "this step")
    assert drawn(label) == [" 2 |   - a: 1", "   |   ^^^^^^ this step"]


def test_places_at_the_ends_of_things() -> None:
    empty = spec("")
    assert drawn(Label(empty, Span(0, 0), "nothing")) == [" 1 |", "   | ^ nothing"]
    file = spec("a: [\nb: c")
    assert drawn(Label(file, Span(4, 4), "not closed")) == [
        " 1 | a: [",
        "   |     ^ not closed",
    ]
    beyond = Label(file, Span(999, 1_000), "ends here")
    assert drawn(beyond) == [" 2 | b: c", "   |     ^ ends here"]


def test_a_long_line_is_cut_round_its_caret() -> None:
    file = spec("k: [" + "lorem, " * 60 + "bad" + ", ipsum" * 60 + "]")
    rows = drawn(at(file, "bad", "not a step"), at(file, "k"))
    assert [row[:5] for row in rows] == [" 1 | ", "   | ", " 1 | ", "   | "]
    assert all(len(row) <= 131 for row in rows)
    assert rows[0].startswith(" 1 | k: [lorem") and rows[0].endswith("...")
    assert rows[2].startswith(" 1 | ...") and rows[2].endswith("...")
    caret = rows[3].index("^")
    assert rows[2][caret : caret + 3] == "bad"


def test_a_place_after_the_end_of_a_long_line() -> None:
    file = spec("k: " + "x" * 500)
    row, marks = drawn(Label(file, Span(503, 503), "missing"))
    assert row.endswith("xxx")
    assert marks.index("^") == len(row)


def test_a_long_message_loses_its_middle() -> None:
    file = spec("a")
    text = render(Unknown.diagnose("x" * 1_000_000 + "end", at(file, "a", "y" * 9_999)))
    assert len(text) < 1_500
    assert "xxx...xxx" in text and "xend" in text


def test_many_places_are_counted() -> None:
    file = spec("a\n" * 30)
    labels = [Label(file, Span(2 * n, 2 * n + 1)) for n in range(30)]
    lines = render(Unknown.diagnose("a cycle", *labels)).splitlines()
    assert lines[-2] == "   = note: 10 more places not shown"
    assert sum("-" in line for line in lines[3:-2]) == 19


def test_colour_only_when_asked() -> None:
    file = spec("chain a:")
    diagnostic = Unknown.diagnose("wrong", at(file, "a:", "here"), at(file, "chain"))
    plain, coloured = render(diagnostic), render(diagnostic, color=True)
    assert "\x1b" not in plain
    assert coloured.startswith("\x1b[1;31merror[N301]\x1b[0m")
    assert "\x1b[1;34m-----\x1b[0m \x1b[1;31m^^\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_many_problems_on_one_huge_line_stay_linear() -> None:
    file = spec("é{{ x }} " * 200_000)
    started = time.process_time()
    for start in range(0, 1_800_000, 6_000):
        render(Unknown.diagnose("wrong", Label(file, Span(start, start + 5))))
    assert time.process_time() - started < 2


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=40) | st.text(" \t\nab\u0301日\u202e", max_size=400),
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=4
    ),
)
def test_any_text_with_any_labels_is_drawn(
    text: str, spans: list[tuple[int, int]]
) -> None:
    file = spec(text)
    labels = [Label(file, Span(min(s), max(s)), "here") for s in spans]
    lines = render(Unknown.diagnose("wrong", *labels)).split("\n")
    assert any("^" in line for line in lines)
    shown = "".join(lines).replace("\u200c", "").replace("\u200d", "")
    assert all(
        char.isprintable() or char.isspace() for char in shown if ord(char) < 256
    )
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def problems(*found: Diagnostic) -> Problems:
    kept = Problems()
    kept.extend(found)
    return kept


def test_summary() -> None:
    file, other = spec("a b c"), spec("a", "b.ai")
    wrong = [Unknown.diagnose("x", at(file, part)) for part in "ab"]
    idle = Idle.diagnose("x", at(file, "c"))
    assert summary(problems(*wrong, idle)) == "2 errors, 1 warning in chains/a.ai"
    more = Unknown.diagnose("x", at(other, "a"))
    assert summary(problems(more, *wrong)) == "3 errors in 2 files"
    assert summary(problems()) == "no problems found"
