"""Expressions become the Python that one would have written."""

from __future__ import annotations

import re

import pytest
from n3gen.expressions import (
    Code,
    Name,
    Shape,
    data_to_python,
    parse_expression,
    parse_template,
    to_python,
)
from n3gen.names import fill_outside

NAMES = {name: name for name in ("payload", "options", "docs", "a", "b", "run")}
NAMES["sentiment"] = "sentiment.result()"


def spelled(code: Code) -> str:
    """The source with the names from outside as they are called there."""
    return fill_outside(code.source, str)


def outside_names(code: Code) -> set[str]:
    """The names that the source takes from outside."""
    names: set[str] = set()

    def note(name: str) -> str:
        names.add(name)
        return name

    fill_outside(code.source, note)
    return names


def condition(text: str) -> str:
    return spelled(to_python(parse_expression(text), NAMES))


def template(text: str) -> str:
    return spelled(to_python(parse_template(text), NAMES))


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("sentiment.score < 0.5", 'get(sentiment.result(), "sentiment.score") < 0.5'),
        ("steps.sentiment.a.b", 'get(sentiment.result(), "sentiment.a.b")'),
        ("[a] or [1]", "[a]"),
        ("[] or [1]", "[1]"),
        ("{'a': a} and {'b': 1}", '{"b": 1}'),
        ("{} and a", "dict[str, Any]()"),
        (
            "docs | select | list or [1]",
            "[each for each in docs if each] or list[Any]([1])",
        ),
        ("docs or [1]", "docs or [1]"),
        (
            "([1, 2] if a else b) and ['x', a]",
            '([1, 2] if a else b) and list[Any](["x", a])',
        ),
        ("([1] if a else b) and [3]", "([1] if a else b) and [3]"),
        ("([1] if a else b) and [a]", "([1] if a else b) and list[Any]([a])"),
        ("([[1]] if a else b) or [['x']]", '([[1]] if a else b) or list[Any]([["x"]])'),
        ("([1] if a else b) or {'c': 'x'}", '([1] if a else b) or {"c": "x"}'),
        (
            "({'c': 1} if a else b) or {'c': 'x'}",
            '({"c": 1} if a else b) or dict[str, Any]({"c": "x"})',
        ),
        (
            "({'c': 1} if a else b) or {a: 'x'}",
            '({"c": 1} if a else b) or dict[Any, Any]({a: "x"})',
        ),
        ("a and [1] or ['x']", 'a and [1] or list[Any](["x"])'),
        (
            "([1] if a else b) and (['x'] if b else [])",
            '([1] if a else b) and (list[Any](["x"]) if b else list[Any]())',
        ),
        (
            "([1] if a else b) and (b or ['x'])",
            '([1] if a else b) and (b or list[Any](["x"]))',
        ),
        ("[1, 2] if a else ['x']", '[1, 2] if a else ["x"]'),
        ("docs | select | list or []", "[each for each in docs if each] or []"),
        ("docs[0].title", 'get(docs, "docs.0.title")'),
        ("docs[a].title", 'get(get_item(docs, a, "docs"), ".title")'),
        ("docs['x y']", 'get_item(docs, "x y", "docs")'),
        ("docs[-1]", 'get_item(docs, -1, "docs")'),
        ("docs[1:]", "docs[1:]"),
        ("docs[a + 1:b]", "docs[a + 1 : b]"),
        ("env.HOME", 'read_env("HOME")'),
        ("run.id", "run.id"),
        ("not a in [1, 2]", "a not in [1, 2]"),
        ("not a == b", "a != b"),
        ("not not a", "bool(a)"),
        ("a == none", "a is None"),
        ("a is not none", "a is not None"),
        ("(a | string) is none", "is_same(str(a), None)"),
        ("(a < 1) is none", "is_same(a < 1, None)"),
        ("(a < 1) is true", "(a < 1) is True"),
        ("(a ~ 'x') is true", 'is_same(f"{a}x", True)'),
        ("(1 + 2) is none", "is_same(1 + 2, None)"),
        ("'x'.find('y') is none", 'is_same("x".find("y"), None)'),
        ("max(1, 2) is none", "is_same(max(1, 2), None)"),
        ("a != true", "not is_equal(a, True)"),
        ("5 < a", "a > 5"),
        ("1 < a <= b", "1 < a <= b"),
        ("(a + b) * 2", "(a + b) * 2"),
        ("a - (b - 1)", "a - (b - 1)"),
        ("-2 ** 2", "(-2) ** 2"),
        ("2 ** 3 ** 2", "(2**3) ** 2"),
        ("'-' * 3 ~ a", "f\"{'-' * 3}{a}\""),
        ("'%s' % a", 'format_text("%s", a)'),
        ("a and (b or not a)", "a and (b or not a)"),
        ("true if a else false", "bool(a)"),
        ("a | default('x')", "a"),
        ("a.b.c | default('x')", 'get_or(a, "a.b.c", "x")'),
        ("a.b | default('x', true)", 'get_or(a, "a.b", None) or "x"'),
        ("a[b] | default(1)", 'or_else(lambda: get_item(a, b, "a"), 1)'),
        (
            "a.x | d(b.y)",
            'first_defined(lambda: get(a, "a.x"), lambda: get(b, "b.y"))',
        ),
        ("a.b is defined", 'has(a, "a.b")'),
        ("a.b is undefined", 'not has(a, "a.b")'),
        ("(a | first) is defined", "is_defined(lambda: first_of(a))"),
        (
            "docs | map(attribute='t') | join(', ')",
            '", ".join(str(get(each, "each.t")) for each in docs)',
        ),
        (
            "docs | selectattr('n', 'gt', 1) | list",
            '[each for each in docs if get(each, "each.n") > 1]',
        ),
        ("docs | map('upper') | list", "[str(each).upper() for each in docs]"),
        ("docs | sum(attribute='n')", 'sum(get(each, "each.n") for each in docs)'),
        ("docs | sum(start=2)", "sum(docs, 2)"),
        ("docs | sum(start=[])", "sum_from(docs, [])"),
        ("sum(docs, [])", "sum_from(docs, [])"),
        ("docs | join('-')", '"-".join(map(str, items_for("join", docs)))'),
        ("docs | length", "len(docs)"),
        ("a | string | upper", "str(a).upper()"),
        ("a | truncate(20, end='…')", 'truncate_text(a, 20, end="…")'),
        ("a | int(default=7)", "to_int(a, 7)"),
        ("a | round(2)", "round(a, 2)"),
        ("a.split(',')", 'a.split(",")'),
        ("5.5.upper()", "(5.5).upper()"),
        ("dict(a=1)", '{"a": 1}'),
        ("zip(a, b)", "list(zip(a, b, strict=False))"),
        ("a is divisibleby 3", "a % 3 == 0"),
        ("a is odd", "a % 2 == 1"),
        ("a is not odd", "a % 2 != 1"),
        ("1 is none", "is_same(1, None)"),
    ],
)
def test_a_condition(text: str, source: str) -> None:
    assert condition(text) == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("{{ payload.text }}", 'get(payload, "payload.text")'),
        (
            'Sentiment of this {{ options.source }} feedback: {{ a }}\nSay "so".\n',
            "(\n    f\"Sentiment of this {get(options, 'options.source')} feedback: {a}\\n\"\n"
            "    'Say \"so\".\\n'\n)",
        ),
        ("{{ a }} {{ 'it\\'s' | upper }}", '(\n    f"{a} "\n    + "it\'s".upper()\n)'),
        ("{{ a | string }}!", 'f"{a}!"'),
        ("{{ {'x': a} }}!", '(\n    str({"x": a})\n    + "!"\n)'),
        ("{% if a %}x{% elif b %}y{% endif %}", '"x" if a else "y" if b else ""'),
        (
            "{% for d in docs %}- {{ d.t }}\n{% endfor %}",
            '"".join(f"- {get(d, \'d.t\')}\\n" for d in items_for("for", docs))',
        ),
        (
            "{% for d in docs %}x{% else %}y{% endfor %}",
            '"".join(["x" for _d in items_for("for", docs)] or ["y"])',
        ),
        (
            "{% for k, v in a.items() %}{{ k }};{% endfor %}",
            '"".join(f"{k};" for k, _v in a.items())',
        ),
        (
            "{% for d in docs if d %}{{ loop.index }}{{ d }}{% endfor %}",
            '"".join(f"{loop.index}{d}" for loop, d in looped([d for d in items_for("for", docs) if d]))',
        ),
        (
            "{% set n = docs | length %}{{ n }}/{{ n + 1 }}",
            '"".join(f"{n}/{n + 1}" for n in (len(docs),))',
        ),
        ("{% with a = b %}{{ a }}{% endwith %}", '"".join(str(a_) for a_ in (b,))'),
        ("{% filter upper %}x{{ a }}{% endfilter %}", 'f"x{a}".upper()'),
        (
            "{% for d in docs %}{% for d in d.x %}{{ d }}{% endfor %}{% endfor %}",
            '"".join("".join(str(d_) for d_ in items_for("for", get(d, "d.x"))) for d in items_for("for", docs))',
        ),
    ],
)
def test_a_template(text: str, source: str) -> None:
    assert template(text) == source


def test_a_name_that_is_set_again_and_again_keeps_each_value() -> None:
    source = template(
        "{% set x = 1 %}{{ x }}{% set x = x + 1 %}{{ x }}{% set x = x + 1 %}{{ x }}"
    )
    assert eval(source) == "123"


def test_no_variable_of_a_comprehension_covers_a_name_of_the_chain() -> None:
    names = {"each": "each", "docs": "docs", "d": "d.result()"}
    parsed = parse_template("{{ docs | select('eq', each) | list }}")
    expected = "[each_1 for each_1 in docs if each_1 == each]"
    assert spelled(to_python(parsed, names)) == expected
    parsed = parse_template("{% for d in d %}{{ d }}{% endfor %}")
    expected = '"".join(str(d_) for d_ in items_for("for", d.result()))'
    assert spelled(to_python(parsed, names)) == expected


PAYLOAD = Shape(
    "mapping",
    {
        "text": Shape("str"),
        "count": Shape("int"),
        "mode": None,
        "docs": Shape("list", items=Shape("model", {"title": Shape("str")})),
    },
)
TYPED = {
    "payload": Name("payload", PAYLOAD),
    "x": Name("x", Shape("model", {"n": Shape("float")})),
}


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("{{ payload.text }}!", "f\"{payload['text']}!\""),
        ("{{ x.n }}", "x.n"),
        ("{{ x.n < 0.5 }}", "x.n < 0.5"),
        ("{{ payload.count + 1 }}", 'payload["count"] + 1'),
        ("{{ payload.text | upper }}", 'payload["text"].upper()'),
        ("{{ payload.text | default('a') }}", 'payload["text"]'),
        ("{{ payload.mode == 'x' }}", 'get(payload, "payload.mode") == "x"'),
        ("{{ payload.text < 3 }}", 'get(payload, "payload.text") < 3'),
        ("{{ payload.mode.deep }}", 'get(payload, "payload.mode.deep")'),
        (
            "{% for d in payload.docs %}{{ d.title }}{% endfor %}",
            '"".join(d.title for d in payload["docs"])',
        ),
    ],
)
def test_known_types_are_read_as_types(text: str, source: str) -> None:
    assert spelled(to_python(parse_template(text), TYPED)) == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("{{ a | default(none) }}", "a"),
        ("{{ a | default(0) }}", "0 if a is None else a"),
        ("{{ a.b | default(none) }}", 'get_or(a, "a.b", None)'),
        (
            "{% for x in a | default(none) %}{{ x }}{% endfor %}",
            '"".join(str(x) for x in items_for("for", a))',
        ),
    ],
)
def test_a_default_of_none_is_what_a_value_that_is_none_has(
    text: str, source: str
) -> None:
    names = {"a": Name("a", may_be_none=True)}
    assert spelled(to_python(parse_template(text), names)) == source


@pytest.mark.parametrize(
    ("text", "source"), [("{{ [] }}", "list[Any]()"), ("{{ {} }}", "dict[str, Any]()")]
)
def test_what_is_empty_says_of_what(text: str, source: str) -> None:
    assert template(text) == source


def test_support_is_what_the_source_names() -> None:
    code = to_python(parse_template("{{ a.get | default('get_item(') }}"), NAMES)
    assert outside_names(code) == {"get_or"}


@pytest.mark.parametrize(
    ("text", "fallible"),
    [
        ("{{ a }} b", False),
        ("{{ a.b }}", True),
        ("{{ a.b | d(1) }}", False),
        ("{{ a + 1 }}", True),
        ("{{ a == 1 and not b }}", False),
        ("{{ a < 1 }}", True),
        ("{{ 'x' if a else b }}", False),
        ("{% for c in a %}{% endfor %}", True),
    ],
)
def test_what_may_fail_is_known(text: str, fallible: bool) -> None:
    assert to_python(parse_template(text), NAMES).fallible is fallible


def test_a_single_expression_keeps_its_type_unless_a_text_is_asked_for() -> None:
    parsed = parse_template("{{ a }}")
    assert to_python(parsed, NAMES).source == "a"
    assert spelled(to_python(parsed, NAMES, as_text=True)) == "str(a)"


def test_an_argument_goes_without_its_parentheses() -> None:
    code = to_python(parse_template("a\n{{ b }}"), NAMES)
    assert code.source == f"(\n{code.argument.source}\n)"
    assert to_python(parse_template("{{ (a) }}"), NAMES).argument.source == "a"


def test_nested_data() -> None:
    data = {"a": "{{ a }}", "b": ["x {{ b.c }}", 1, None], "{k}": "plain"}
    code = data_to_python(data, NAMES)
    assert spelled(code) == (
        '{"a": a, "b": [f"x {get(b, \'b.c\')}", 1, None], "{k}": "plain"}'
    )
    assert outside_names(code) == {"get"}
    assert code.fallible


def test_a_name_that_is_not_given() -> None:
    with pytest.raises(KeyError, match="other"):
        template("{{ other.x }}")
    assert template("{{ other.x | default(1) }}") == 'get_or({}, ".other.x", 1)'
    with pytest.raises(ValueError, match="never closed"):
        template("{{ a")


def test_a_variable_of_a_template_covers_no_function_that_it_calls() -> None:
    text = "{% set get = docs %}{{ payload.x.y }}{{ get }}"
    assert "get(payload, 'payload.x.y')" in template(text)
    assert "for get_ in (docs,)" in template(text)


def test_no_text_of_a_spec_has_holes() -> None:
    text = "x \ue000get\ue001 {{ payload.x }} \ue000str\ue001"
    source = to_python(parse_template(text), NAMES).source
    assert re.findall("\ue000(\\w+)\ue001", source) == ["get"]


def test_a_text_of_many_parts_does_not_nest() -> None:
    source = template("{{ {'a': a} }}\n" * 1_500)
    assert eval(source, {"a": 1}) == "{'a': 1}\n" * 1_500
