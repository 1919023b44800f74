"""What an expression reads is known without running it."""

from __future__ import annotations

import pytest
from n3gen.expressions import Reference, parse_expression, parse_template, templates_in


def shown(reference: Reference) -> tuple[str, str, tuple[str, ...], bool]:
    return reference.root, reference.name, reference.path, reference.optional


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b.c", [("name", "a", ("b", "c"), False)]),
        ("steps.a.b", [("step", "a", ("b",), False)]),
        ('steps["Two words"]["x y"].z', [("step", "Two words", ("x y",), False)]),
        ("input.x", [("payload", "payload", ("x",), False)]),
        ("payload.items[0].n", [("payload", "payload", ("items", "0", "n"), False)]),
        ("options.a", [("options", "options", ("a",), False)]),
        ("env.HOME", [("env", "HOME", (), False)]),
        ("state.count", [("state", "count", (), False)]),
        ("run.id", [("run", "run", (), False)]),
        ("a.b.upper()", [("name", "a", ("b",), False)]),
        ("a | default(b.c)", [("name", "a", (), True), ("name", "b", ("c",), False)]),
        ("a.b is defined", [("name", "a", ("b",), True)]),
        ("(a | first).b | d(1)", [("name", "a", (), True)]),
        ("(a.b + 1) | default(0)", [("name", "a", ("b",), False)]),
        ("a[b.c].d", [("name", "a", (), False), ("name", "b", ("c",), False)]),
    ],
)
def test_references(text: str, expected: list[object]) -> None:
    parsed = parse_expression(text)
    assert parsed.faults == ()
    assert [shown(reference) for reference in parsed.references] == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "{% for d in docs %}{{ d.x }}{{ loop.index }}{{ e }}{% endfor %}",
            ["docs", "e"],
        ),
        (
            "{% for d in docs %}{% endfor %}{{ d }}{{ loop.last }}",
            ["docs", "d", "loop"],
        ),
        ("{% set x = a %}{{ x.y }}", ["a"]),
        ("{% set x = x %}{{ x }}", ["x"]),
        ("{% set x %}{{ b }}{% endset %}{{ x }}", ["b"]),
        ("{% with x = a, y = x %}{{ y }}{% endwith %}{{ y }}", ["a", "x", "y"]),
        ("{% for k, (v, w) in a %}{{ k }}{{ v }}{{ w }}{% endfor %}", ["a"]),
        ("{% filter replace('a', b) %}{{ c }}{% endfilter %}", ["c", "b"]),
        ("{% for d in d if d.x %}{% else %}{{ d }}{% endfor %}", ["d", "d"]),
        ("{{ range(3) }}{{ true }}{{ None }}", []),
    ],
)
def test_names_that_a_template_binds_are_no_references(
    text: str, names: list[str]
) -> None:
    parsed = parse_template(text)
    assert parsed.faults == ()
    assert [reference.name for reference in parsed.references] == names


def test_places_are_exact_over_lines_and_trimmed_tags() -> None:
    text = "é\r\n  {{-\n  steps['a b']\n  . c -}}  \n{# {{ no }} #}{% raw %}{{ r }}{% endraw %}{{ d.e }}"
    parsed = parse_template(text)
    cut = [text[r.start : r.end] for r in parsed.references]
    fields = [[text[a:b] for a, b in r.places] for r in parsed.references]
    assert cut == ["'a b'", "d"]
    assert fields == [["c"], ["e"]]


@pytest.mark.parametrize(
    ("text", "constant", "is_single"),
    [
        ("plain { text }", "plain { text }", False),
        ("", "", False),
        ("a {# note -#}  b", "a b", False),
        ("{% raw %}{{ a }}{% endraw %}\n", "{{ a }}\n", False),
        ("{{ a }}", None, True),
        ("{{ 'a' }}", None, True),
        ("{{ a }}\n", None, False),
        ("{{ a }}{{ b }}", None, False),
        ("{% if a %}b{% endif %}", None, False),
    ],
)
def test_kinds_of_templates(text: str, constant: str | None, is_single: bool) -> None:
    parsed = parse_template(text)
    assert (parsed.constant, parsed.is_single) == (constant, is_single)
    assert parsed.is_constant == (constant is not None)


def test_a_condition_may_stand_in_braces() -> None:
    bare, enclosed = parse_expression("a.b > 1"), parse_expression(" {{ a.b > 1 }}\n")
    assert enclosed.faults == ()
    assert enclosed.is_single
    assert [shown(r) for r in enclosed.references] == [
        shown(r) for r in bare.references
    ]
    assert enclosed.references[0].start == 4


def test_templates_in_nested_data() -> None:
    data = {"a": ["{{ b }}", 1], "c": {"d": "text"}, "e": None}
    found = {loc: parsed.text for loc, parsed in templates_in(data, ("options",))}
    assert found == {("options", "a", 0): "{{ b }}", ("options", "c", "d"): "text"}
