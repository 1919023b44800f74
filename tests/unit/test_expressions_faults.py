"""What is wrong with an expression is told by its code, at its exact place."""

from __future__ import annotations

import re

import pytest
from n3gen.catalog import ALL_RULES
from n3gen.expressions import (
    Fault,
    Shape,
    field_faults,
    parse_expression,
    parse_template,
)
from n3gen.source import SourceFile, Span
from n3gen.syntax.document import Document

TEMPLATES = [
    ("Hi\n  {{ a | uper }}", "N503", "uper", "`upper`"),
    ("{{ a | random }}", "N503", "random", None),
    ("{{ a | map('uper') }}", "N503", "'uper'", "`upper`"),
    ("{{ a is defned }}", "N504", "defned", "`defined`"),
    ("{{ a is not evn }}", "N504", "evn", "`even`"),
    ("{{ a | select('odd') | select('evn') }}", "N504", "'evn'", "`even`"),
    ("{{ leng(a) }}", "N505", "leng", "`len`"),
    ("{{ a.b\n.uper() }}", "N505", "uper", "`upper`"),
    ("{{ a.encode(1) }}", "N505", "encode", "`python`"),
    ("{{ stream('a:b') }}", "N505", "stream", None),
    ("{{ (a | first)() }}", "N505", "first", None),
    ("{{ a.__class__ }}", "N506", "__class__", None),
    ("{{ a['_b'] }}", "N506", "'_b'", None),
    ("{{ a | attr('_b') }}", "N506", "'_b'", None),
    ("{{ a | map(attribute='b._c') | list }}", "N506", "'b._c'", None),
    ("{{ a | sort(attribute='b,_c') }}", "N506", "'b,_c'", None),
    ("{{ a == '{{ b }}' }}", "N515", "'{{ b }}'", "`b`"),
    ("{{ 'x {{ a | upper }}' ~ b }}", "N515", "'x {{ a | upper }}'", "`'x ' ~ (a |"),
    ("{{ a | join('{{ b }}') }}", "N515", "'{{ b }}'", "`b`"),
    ("{{ a and not ['{{ b.c }}'] }}", "N515", "'{{ b.c }}'", "`b.c`"),
    ("{% include 'x' %}", "N507", "include", "`if`"),
    ("{% fro a in b %}{% endfor %}", "N507", "fro", "`for`"),
    ("{% set a.b = 1 %}", "N507", "a", "own"),
    ("{% for loop in a %}{% endfor %}", "N507", "loop", "own"),
    ("{% for a in b recursive %}{% endfor %}", "N507", "for", "`python`"),
    ("{{ run.ids }}", "N509", "ids", "`id`"),
    ("{% for a in b %}{{ loop.indx }}{% endfor %}", "N509", "indx", "`index`"),
    ("{{ a | truncate(lenght=3) }}", "N510", "lenght", "`length`"),
    ("{{ a | truncate(1, length=3) }}", "N510", "length", None),
    ("{{ a | upper(1) }}", "N510", "1", None),
    ("{{ a | batch }}", "N510", "batch", None),
    ("{{ a | default(1, b) }}", "N510", "b", None),
    ("{{ a | dictsort(by='x') }}", "N510", "'x'", None),
    ("{{ len() }}", "N510", "len", None),
    ("{{ len(*a) }}", "N510", "a", None),
    ("{{ 'a' if b }}", "N511", "'a'", "else"),
    ("{% if a %}{% set x = 1 %}{% endif %}{{ x }}", "N512", "x", "set"),
    ("{{ env }}", "N513", "env", "`env.HOME`"),
    ("{{ steps[a] }}", "N513", "steps", "`steps.summary`"),
    ("Hi\n{{ a b }}", "N501", "b", None),
    ("{{ a + }}", "N501", "}}", None),
    ("{{ }}", "N501", "}}", None),
    ("{{ a }", "N501", "}", "`}}`"),
    ("{{ [1 }}", "N501", "}", "`]` comes first"),
    ("a {{ b", "N501", "{{", "`}}`"),
    ("{{ 'a }}", "N501", "'", "closing"),
    ("{{ a && b }}", "N501", "&", "`and`"),
    ("{{ a || b }}", "N501", "|", "`or`"),
    ("{{ !a }}", "N501", "!", "`not`"),
    ("{{ 1 + not a }}", "N501", "a", None),
    ("{{ 'x\\N{no}' }}", "N501", "'x\\N{no}'", None),
    ("{% if a %}{% else if b %}{% endif %}", "N501", "if", "`{% elif condition %}`"),
    ("{% for a in b %}{{ a }}", "N502", "for", "`{% endfor %}`"),
    ("{% if a %}{% endfor %}", "N502", "endfor", "`{% endif %}`"),
    ("{% endif %}", "N502", "endif", "opening"),
    ("a {# b", "N502", "{#", "`#}`"),
    ("{% raw %} b", "N502", "{% raw %}", "`{% endraw %}`"),
]


@pytest.mark.parametrize(("text", "code", "caret", "hint"), TEMPLATES)
def test_a_fault_of_a_template(
    text: str, code: str, caret: str, hint: str | None
) -> None:
    (fault,) = parse_template(text).faults
    assert (fault.rule.code, text[fault.start : fault.end]) == (code, caret)
    if hint is not None:
        assert hint in f"{fault.help} `{fault.meant}`"


@pytest.mark.parametrize(
    ("text", "caret", "hint"),
    [
        ("a b", "b", None),
        ("a = b", "=", "`==`"),
        ("a and", "", None),
        ("", "", None),
        (" {{ a }} b", "{{ a }} b", None),
        ("{% if a %}", "%", "`{% %}`"),
        ("a == b)", ")", None),
        ("a not b", "not", None),
    ],
)
def test_a_fault_of_a_condition(text: str, caret: str, hint: str | None) -> None:
    (fault,) = parse_expression(text).faults
    assert fault.rule.code == "N501"
    assert text[fault.start : fault.end] == caret
    assert hint is None or hint in (fault.help or "")


def test_all_faults_of_an_expression_are_told() -> None:
    faults = parse_template("{{ a | uper }} {{ b is evn }} {{ c | lowr }}").faults
    assert [fault.rule.code for fault in faults] == ["N503", "N504", "N503"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{{ " + "not " * 5_000 + "a }}",
        "{{ a" + " + b" * 5_000 + " }}",
        "{{ a" + ".b" * 5_000 + " }}",
        "{{ " + "1 if a else " * 3_000 + "2 }}",
        "{% if a %}" * 5_000 + "{% endif %}" * 5_000,
        "{% if a %}" + "{% elif b %}" * 3_000 + "{% endif %}",
        "{% set a = b %}" * 200 + "{{ a }}",
        "{{ a }}" * 10_000,
    ],
)
def test_what_is_too_deep_or_too_long_is_told_and_not_tried(text: str) -> None:
    faults = parse_template(text).faults
    assert {fault.rule.code for fault in faults} == {"N508"}
    assert len(faults) == 1


def test_a_long_condition_is_told() -> None:
    (fault,) = parse_expression("a" + " " * 200_000 + "+ 1").faults
    assert fault.rule.code == "N508"


@pytest.mark.parametrize("choices", [101, 1_000, 3_000])
def test_a_chain_of_choices_is_bounded_before_the_parser_recurses(choices: int) -> None:
    text = "{{ " + "1 if a else " * choices + "1 }}"
    (fault,) = parse_template(text).faults
    assert (fault.rule.code, fault.start) == ("N508", 3 + 12 * 100 + 7)
    assert not parse_template("{{ [" + "1 if a else 2, " * choices + "1] }}").faults


def test_a_fault_becomes_a_diagnostic_at_its_place() -> None:
    source = SourceFile.of("a.ai", 'value: "{{ a | uper }}"')
    loc = ("value",)
    document = Document(source, {"value": "{{ a | uper }}"}, {loc: Span(7, 23)})
    (fault,) = parse_template("{{ a | uper }}").faults
    diagnostic = fault.diagnostic(document, loc)
    assert diagnostic.message == "no filter is called `uper`"
    assert diagnostic.rule.code == "N503"
    assert diagnostic.label.span == Span(7, 23)


TICKET = Shape("model", {"title": Shape("str"), "tags": Shape("list")})
SHAPES = {
    "payload": Shape("mapping", {"name": Shape("str"), "ticket": TICKET, "x": None})
}


@pytest.mark.parametrize(
    ("text", "caret", "hint"),
    [
        ("{{ payload.nam }}", "nam", "`name`"),
        ("{{ payload['nam'] }}", "'nam'", "`name`"),
        ("{{ input.ticket.titel }}", "titel", "`title`"),
        ("{{ payload.name.first }}", "first", None),
        ("{{ payload.zzz }}", "zzz", "it has `name`, `ticket`, `x`"),
    ],
)
def test_a_field_that_a_known_type_does_not_have(
    text: str, caret: str, hint: str | None
) -> None:
    (fault,) = field_faults(parse_template(text), SHAPES)
    assert fault.rule.code == "N509"
    assert text[fault.start : fault.end] == caret
    assert hint is None or hint in (fault.help or "")


@pytest.mark.parametrize(
    "text",
    [
        "{{ payload.name }}",
        "{{ payload.ticket.title.upper() }}",
        "{{ payload.ticket.tags[0].x }}",
        "{{ payload.x.anything }}",
        "{{ env.payload }} {{ other.y }}",
    ],
)
def test_fields_that_may_be_there_are_not_told(text: str) -> None:
    assert field_faults(parse_template(text), SHAPES) == ()


def _faults_of_page(section: str) -> list[Fault]:
    """What is wrong with the templates of a page's example."""
    found: list[Fault] = []
    for text in re.findall(r'value: "(.*)"', section):
        parsed = parse_template(text)
        shapes = {"payload": Shape("mapping", {"name": Shape("str")})}
        declared = shapes if "input:" in section else {}
        found += [*parsed.faults, *field_faults(parsed, declared)]
    return found


RULES = [rule for rule in ALL_RULES if ".expressions." in rule.__module__]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_examples_of_a_page_are_wrong_and_right(rule: type) -> None:
    wrong, right = (rule.__doc__ or "").split("Right:")
    assert [fault.rule for fault in _faults_of_page(wrong)] == [rule]
    assert _faults_of_page(right) == []


def test_codes_and_names_are_the_room_s_own() -> None:
    codes = [f"N5{n:02}" for n in (*range(1, 14), 15, 34)]
    assert [rule.code for rule in RULES] == codes
    assert len({rule.name for rule in RULES}) == len(RULES)
