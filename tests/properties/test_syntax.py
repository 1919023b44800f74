"""Properties of both readers, both printers and the formatter."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from n3gen.diagnostics import Problems
from n3gen.source import SourceFile
from n3gen.syntax import (
    format_ai,
    print_ai,
    print_yaml,
    read_document,
    used_files,
)
from n3gen.syntax.ai_print import print_ai as ai_text
from n3gen.syntax.document import Document
from n3gen.syntax.nodes import build
from n3gen.syntax.scalars import number_text, resolve

CALM = settings(
    max_examples=100, deadline=None, suppress_health_check=list(HealthCheck)
)

WORDS = [
    "a",
    "step",
    "if",
    "else",
    "name",
    "parallel",
    "for",
    "one of",
    "step b",
    "yes",
    "true",
    "null",
    "012",
    "1.5",
    ".inf",
    "0x1f",
    "- a",
    "a: b",
    "a #b",
    "{{ a }}",
    "it's",
    'say "x"',
    "C:\\dir",
    "two\nlines",
    "  deeper\nback",
    "\nstarts empty",
    "ends\n",
    "ends\n\n",
    "tab\tinside",
    "\tstarts",
    " a ",
    "é😀",
    "\u202e",
    "\x00",
    "\x85",
    "\ufeff",
    "\ufffd",
    "\u2028",
    "",
    "~",
    "use",
    "(a, b)",
    "[a",
    "a]",
    "x:",
    ":x",
    "-",
    "?",
    "_",
    "'",
    '"',
    "a b\r\nc",
    "a\n \nb",
    "#",
    "...",
    "---",
    "<<",
    "=",
    "14 within db",
    "\\",
    "\n",
    "a  ",
    "a\n# b\n",
]
texts = st.sampled_from(WORDS) | st.text(max_size=20)
names = st.sampled_from(["a", "b_2", "Customer feedback", "class", "x: y", ""]) | texts
scalars = (
    texts
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([0, -1, 5, 10**30])
)
data: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
conditions = st.sampled_from(
    [
        "a",
        "true",
        "x.y < 0.5",
        'a["b: c"] == "d"',
        "a: b",
        "not 'it''s'",
        "x max 3",
        "{{ a }}",
        "f(x",
        "a #b",
        " a",
        "a\nb",
        "",
        "x in y",
        "a | default({'b': 1})",
        "5",
    ]
)
plain_keys = st.sampled_from(
    ["description", "timeout", "kind", "value", "options", "retry", "cache", "target"]
)


def _steps(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(entries, max_size=3)
    some = st.fixed_dictionaries
    named = {"name": names, "parallel": scalars, "max": scalars}
    return (
        some({"if": conditions, "then": lists}, optional={**named, "else": lists})
        | some(
            {
                "if": conditions,
                "then": lists,
                "elif": st.lists(
                    some({"if": conditions, "then": lists}, optional=named), max_size=2
                ),
            },
            optional={"else": lists},
        )
        | some(
            {
                "match": conditions,
                "cases": st.lists(
                    some({"case": st.lists(scalars, max_size=3), "steps": lists}),
                    max_size=2,
                ),
            },
            optional={**named, "else": lists},
        )
        | some({"while": conditions, "steps": lists}, optional=named)
        | some({"for": names, "in": conditions, "steps": lists}, optional=named)
        | some({"race": scalars, "steps": lists}, optional={"name": names})
        | some({"parallel": lists}, optional={"name": names})
        | some({"within": scalars, "steps": lists}, optional={"else": lists})
        | some({"finally": lists}, optional={"name": names})
    )


when = st.none() | conditions
plain_step = st.builds(
    lambda name, rest, more: {"name": name, **rest, **more},
    names,
    st.dictionaries(plain_keys, data, max_size=4),
    st.fixed_dictionaries(
        {}, optional={"when": when, "parallel": scalars, "on_error": scalars}
    ),
)
rescued_step = st.fixed_dictionaries(
    {"name": names, "on_error": st.lists(plain_step, max_size=2)}
)
entries = st.recursive(plain_step | rescued_step, _steps, max_leaves=8)
chain = st.builds(
    lambda rest, steps: {**rest, **steps},
    st.dictionaries(
        st.sampled_from(["description", "timeout", "input", "result", "schedule"])
        | texts,
        data,
        max_size=3,
    ).map(lambda d: {k: v for k, v in d.items() if k != "steps"}),
    st.fixed_dictionaries({}, optional={"steps": st.lists(entries, max_size=4)}),
)


def _begins(steps: list[dict[str, Any]]) -> bool:
    """Whether anything stands beside clauses, which alone are the stage's own in `.ai`."""
    return any("finally" not in one for one in steps)


records = st.dictionaries(names, data.map(lambda d: {} if d is None else d), max_size=3)
stage = st.builds(
    lambda name, rest: {"name": name, **rest},
    names,
    st.fixed_dictionaries(
        {},
        optional={
            "input": st.dictionaries(
                names, st.sampled_from(["str", "list[int]", "a, b", "x) -> y", "1"])
            ),
            "output": st.sampled_from(["str", "dict[str, int]", "a: b", ""]),
            "retry": data,
            "stream": data,
            "steps": st.lists(entries, min_size=1, max_size=2).filter(_begins),
        },
    ),
)
pipeline = st.fixed_dictionaries({}, optional={"stages": st.lists(stage, max_size=3)})
limit = data | st.fixed_dictionaries({"permits": st.integers(), "within": names})
test_case = st.fixed_dictionaries({"chain": names}, optional={"payload": data})
canonical_data = st.fixed_dictionaries(
    {},
    optional={
        "use": st.lists(texts, max_size=3),
        "chains": st.dictionaries(names, chain, max_size=3),
        "pipelines": st.dictionaries(names, pipeline, max_size=2),
        "connections": records,
        "connectors": records,
        "types": records,
        "limits": st.dictionaries(names, limit, max_size=3),
        "states": st.dictionaries(names, data, max_size=2),
        "tests": st.dictionaries(names, test_case, max_size=2) | records,
        "strange": data,
    },
)


def _document(value: dict[str, Any]) -> Document:
    return Document(SourceFile("x.ai", ""), value)


def _reads_as(path: str, text: str, expected: Any) -> None:
    document, problems = read_document(SourceFile(path, text))
    told = [f"{one.rule.code} {one.message}" for one in problems]
    assert not told, (told, text)
    assert document is not None
    assert _typed(document.data) == _typed(expected), text


def _typed(value: Any) -> Any:
    """The value so that `1`, `1.0` and `True` differ, and mappings have no order."""
    if isinstance(value, dict):
        return {key: _typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_typed(one) for one in value]
    return (type(value).__name__, repr(value))


@CALM
@given(canonical_data)
def test_ai_that_is_printed_reads_back(value: dict[str, Any]) -> None:
    _reads_as("x.ai", print_ai(_document(value)), value)


@CALM
@given(canonical_data)
def test_yaml_that_is_printed_reads_back(value: dict[str, Any]) -> None:
    _reads_as("x.yaml", print_yaml(_document(value)), value)


@CALM
@given(canonical_data, st.data())
def test_formatting_keeps_the_meaning_and_comments_and_is_stable(
    value: dict[str, Any], draw: st.DataObject
) -> None:
    text = _untidy(print_ai(_document(value)), draw)
    before, problems = read_document(SourceFile("x.ai", text))
    if problems:
        return
    once, found = format_ai(SourceFile("x.ai", text))
    assert once is not None and not found
    assert before is not None
    _reads_as("x.ai", once, before.data)
    assert format_ai(SourceFile("x.ai", once))[0] == once
    assert once.count("#!") == text.count("#!")


def _untidy(text: str, draw: st.DataObject) -> str:
    """The text with comments and blank lines strewn in between its lines."""
    lines = []
    for line in text.split("\n"):
        kind = draw.draw(st.integers(0, 9))
        pad = " " * (len(line) - len(line.lstrip(" ")))
        if kind == 0:
            lines.append(f"{pad}#! a comment")
        elif kind == 1:
            lines.append("")
        elif kind == 2:
            lines.append("   #! a comment")
        tail = "  #! beside" if kind == 3 and line.rstrip().endswith(":") else ""
        lines.append(line + tail)
    return "\n".join(lines)


snippets = st.sampled_from(
    [
        "chain a:\n",
        "    step b:\n",
        "        kind: value\n",
        "  - ",
        "- step x:\n",
        "if a:\n",
        "else:\n",
        "for x in y parallel 3:\n",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "|\n",
        ">-\n",
        "\t",
        " ",
        "\n",
        "#",
        ": ",
        ",",
        "&a ",
        "*a ",
        "\\",
        "{{ ",
        " }}",
        "case 1:\n",
        "match x:\n",
        "stage a(b: c) -> d:\n",
        "test a of b:\n",
        "use x\n",
        "limit a: 1 within b\n",
        "\x00",
        "\u202e",
        "é",
        "😀",
        "key: value\n",
        "? ",
        "!!str ",
        "---\n",
        "%",
        "(",
        ")",
    ]
)
any_text = st.lists(snippets | st.text(max_size=4), max_size=30).map("".join)


@settings(CALM, max_examples=200)
@given(any_text | st.text(), st.sampled_from(["x.ai", "x.yaml", "x.json"]))
def test_any_text_gives_diagnostics_inside_of_the_file(text: str, path: str) -> None:
    source = SourceFile.of(path, text)
    document, problems = read_document(source)
    for problem in problems:
        for label in problem.labels:
            assert label.span.end <= len(source.text)
    if document is not None:
        for spans in (document.values, document.keys):
            assert all(span.end <= len(source.text) for span in spans.values())
        assert used_files(source) == _uses(document)
        format_ai(source)
    else:
        assert problems


def _uses(document: Document) -> tuple[str, ...]:
    entries = document.data.get("use")
    if not isinstance(entries, list):
        return ()
    return tuple(entry for entry in entries if isinstance(entry, str))


@CALM
@given(canonical_data)
def test_the_places_of_texts_lie_on_their_characters(value: dict[str, Any]) -> None:
    for path, text in (
        ("x.ai", ai_text(value)),
        ("x.yaml", print_yaml(_document(value))),
    ):
        document, _ = read_document(SourceFile(path, text))
        assert document is not None
        for loc, places in document.texts.items():
            found = document.data
            for key in loc:
                found = found[key]  # type: ignore[index]  # a loc leads through data
            for index, char in enumerate(str(found)):
                there = text[places.offset(index) : places.offset(index) + 1]
                assert there in (char, "\\", "", "'")


@given(st.integers() | st.floats(allow_nan=False))
def test_numbers_resolve_to_themselves(number: float) -> None:
    assert repr(resolve(number_text(number))) == repr(number)


@pytest.mark.parametrize("path", ["x.ai", "x.yaml"])
def test_nan_is_read_and_written(path: str) -> None:
    text = print_ai(_document({"strange": math.nan}))
    document, problems = read_document(SourceFile(path, text))
    assert not problems and document is not None
    assert math.isnan(document.data["strange"])


def test_the_document_of_nothing_is_empty() -> None:
    from n3gen.source import Span
    from n3gen.syntax.nodes import Mapping

    document = build(SourceFile("x.ai", ""), Mapping(Span(0, 0)), Problems())
    assert document.data == {}
