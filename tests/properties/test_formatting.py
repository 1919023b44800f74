"""Properties of formatting: whatever black is not shown is what black would say."""

from __future__ import annotations

import ast
from textwrap import indent

import black
from black.mode import TargetVersion
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.emit.examples import example_of
from n3gen.emit.formatting import format_python
from n3gen.expressions import enclosed, literal

MODE = black.Mode(target_versions={TargetVersion.PY311})

names = st.sampled_from(["a", "_", "match", "case", "type", "print", "first_of_all"])
texts = st.sampled_from(
    [
        '"a"', '""', "''", "'b'", "'say \"b\"'", '"it\'s"', '"\\n"', '"\\""', '"\\\'"',
        'f"{a}"', "F'{a}'", 'rb"\\d"', '"é"', '"漢字"', '"(["', '"# no"', '"a" "b"',
        '"' + "word " * 7 + '"', '"""a"""', '"""a\nb"""',
    ]
)  # fmt: skip
numbers = st.sampled_from(["0", "12", "1.50", "1e5", "0XFF", "1_0", "10.", "2J", "-3"])
expressions = st.recursive(
    names | texts | numbers | st.sampled_from(["None", "True"]),
    lambda inner: st.one_of(
        st.builds("{}({}, a={})".format, names, inner, inner),
        st.builds("{}({},)".format, names, inner),
        st.builds("call(\n{},\n  {})".format, inner, inner),
        st.builds("({})".format, inner),
        st.builds("({},)".format, inner),
        st.builds("[{}, *{}]".format, inner, inner),
        st.builds("{{ {}: {}}}".format, inner, inner),
        st.builds("a[{}:{}]".format, inner, inner),
        st.builds("({}) ** {}".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("(not {} in ({}))".format, inner, inner),
        st.builds("(lambda: {})".format, inner),
        st.builds("(await {}(run))".format, names),
    ),
    max_leaves=5,
)
lines = st.one_of(
    st.builds("a = {}".format, expressions),
    st.builds("a: Any={}".format, expressions),
    st.builds("{}".format, expressions),
    st.builds("return {}".format, expressions),
    st.builds("a = 1;  del ({})".format, names),
    st.builds("a = {}  # why".format, expressions),
    st.sampled_from(["pass", "# alone", "", "import a", "a = 1 \\\n    + 2", "..."]),
)


def within(head: str, body: list[str]) -> str:
    return f"{head}:\n{indent(chr(10).join([*body, 'pass']), '    ')}"


bodies = st.recursive(
    lines,
    lambda inner: st.one_of(
        st.builds(
            lambda cases: within(
                "match a[0]",
                [within(f"case {case}", body) for case, body in cases] or [],
            ).removesuffix("\n    pass"),
            st.lists(
                st.tuples(
                    st.sampled_from(['"a"', "'b'", '"a" | "b"', "1", "_ if b"]),
                    st.lists(inner, max_size=3),
                ),
                min_size=1,
                max_size=6,
            ),
        ),
        st.builds(
            lambda branches: "\n".join(
                within(f"{'elif' if number else 'if'} {condition}", body)
                for number, (condition, body) in enumerate(branches)
            ),
            st.lists(
                st.tuples(expressions, st.lists(inner, max_size=2)),
                min_size=1,
                max_size=5,
            ),
        ),
        st.builds(
            lambda body, last: (
                within("try", body) + "\n" + within("except A as b", last)
            ),
            st.lists(inner, max_size=2),
            st.lists(inner, max_size=2),
        ),
        st.builds(
            lambda body: within("async with a(\nb) as c", body),
            st.lists(inner, max_size=2),
        ),
        st.builds(
            lambda body: "@b\n" + within("def f(a, b=1)", body),
            st.lists(inner, max_size=2),
        ),
        inner.map(lambda line: "\n".join([line] * 4)),
    ),
    max_leaves=8,
)
definitions = st.builds(
    lambda head, body: within(head, body),
    st.sampled_from(
        ["async def f(run: Run) -> Any", "class A(B)", "@a\nasync def f(a,)", "def f()"]
    ),
    st.lists(bodies, min_size=1, max_size=4),
)


@given(definitions)
@settings(max_examples=60, deadline=None)
def test_a_definition_is_formatted_as_black_does(text: str) -> None:
    text = f"{text}\n"
    once = black.format_str(text, mode=MODE)
    assert format_python(text) == once
    for before, after in ((text, once), (once, black.format_str(once, mode=MODE))):
        example = example_of(before)
        if black.format_str(example, mode=MODE) == example:
            assert before == after


@given(st.lists(st.text(max_size=30), max_size=8), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_what_is_enclosed_is_written_as_black_does(
    words: list[str], depth: int
) -> None:
    values = [literal(word) for word in words]
    pairs = [f"{value}: 1" for value in values]
    for source in (enclosed(values), enclosed(pairs, "{", "}")):
        for name in ("x", "a_long_name_for_it"):
            text = f"{name} = {source}\n"
            formatted = black.format_str(text, mode=MODE)
            assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(formatted))
            if "\n" in source:
                assert formatted == text
