"""Block texts whose lines are not deep enough: one message, which names the indentation."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of

AI = "connection m:\n    api: local\nchain c:\n    step x:\n        prompt: |\n"
YAML = "connections: {m: {api: local}}\nchain: c\nsteps:\n  - name: x\n    prompt: |\n"
ALIKE = "indent all lines of the text alike, by more than {}"


@pytest.mark.parametrize(
    ("path", "text", "marked", "way_out"),
    [
        ("x.ai", AI + "        Hello there\n        a: b\n", "Hello there", "8"),
        ("x.ai", AI + "        if you can: say so, or not\n", "if you can: say", "8"),
        ("x.ai", AI + "        - one\n        - two\n", "- one", "8"),
        ("x.ai", AI + "      Hello there\n      more\n", "Hello there", "8"),
        ("x.ai", AI + "Hello there\nmore\n    step y:\n        value: 1\n", "H", "8"),
        (
            "x.ai",
            AI + "            One\n          two: three\n            o\n",
            "two",
            "",
        ),
        ("x.ai", AI + "            One\n        Two and three.\n", "Two and", ""),
        ("x.yaml", YAML + "    Hello there\n    more\n", "Hello there", "4"),
        ("x.yaml", YAML + "Hello there\nmore\n", "Hello there", "4"),
        ("x.yaml", YAML + "      Hello\n     less deep\n      again\n", "less", ""),
    ],
)
def test_a_text_that_is_not_deep_enough_is_told_once(
    path: str, text: str, marked: str, way_out: str
) -> None:
    (problem,) = problems_of(path, text)
    assert problem.rule.code == "N104"
    assert text[problem.label.span.start :].startswith(marked)
    deep = 12 if path == "x.ai" else 6
    first = f"indent it by {deep}, like the first line of the text"
    assert problem.help == (ALIKE.format(way_out) if way_out else first)


@pytest.mark.parametrize(
    ("below", "codes"),
    [
        ("        timeout: 3\n", ["N312"]),
        ("            Hello\n        timeout 3\n", ["N110"]),
        ("            Hello\n    for d in payload.x\n        step y:\n", ["N110"]),
        ("            Hello\n    # a comment of some words\n", []),
        ("            Hello\n    step y:\n        value: 1\n", []),
    ],
)
def test_what_ends_a_text_is_no_part_of_it(below: str, codes: list[str]) -> None:
    found = [problem.rule.code for problem in problems_of("x.ai", AI + below)]
    assert [code for code in found if code != "N409"] == codes


def test_the_lines_below_a_text_are_read_on() -> None:
    text = AI + "        Hello there\n        timeout: 3\n        timeout: 4\n"
    codes = [problem.rule.code for problem in problems_of("x.ai", text)]
    assert codes == ["N104", "N111"]
