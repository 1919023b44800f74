"""Templates of Prompt Flow mean the same in a spec, and are split where it would."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment
from n3gen.expressions.reading import parse_template
from n3gen.expressions.tokens import Unreadable
from n3gen.importers.jinja import translated, used_names
from n3gen.importers.promptflow.turns import Loop, Setting, Turn, Unsplit, turns_of

THEIRS = Environment(trim_blocks=True, keep_trailing_newline=True)
OURS = Environment(keep_trailing_newline=True)

NAMES = {"items": "payload.items_", "text": "payload.text", "step": "answer"}
VALUES: dict[str, Any] = {"items": ["a", "b"], "text": "t", "step": {"name": "n"}}
GIVEN: dict[str, Any] = {
    "payload": {"items_": ["a", "b"], "text": "t"},
    "answer": {"name": "n"},
}

TEMPLATES = [
    "",
    "plain\n\ntext\n",
    "{{ text }}",
    "{{text}}{{ step.name }}{{ step['name'] }}",
    "{{ text | upper | default('text') }} text {{ 'text' }}",
    "{% for item in items %}\n- {{ item }}\n{% endfor %}\nend\n",
    "{% for item in items %}\n\n  - {{ item }}\n{% endfor %}\n\n  end\n",
    "{% for item in items -%}\n  {{ item }}\n  {%- endfor %}\nend",
    "{% for item in items +%}\n{{ item }}{% endfor +%}\nend",
    "{% for text in items %}{{ text }}{% endfor %}{{ text }}",
    "{% for a in items %}{% for items in a %}{{ items }}{% endfor %}{{ a }}{% endfor %}",
    "{% for items in items %}{{ items }}{% endfor %}",
    "{% if text is defined and text is not none %}\nyes\n{% else %}\nno\n{% endif %}\n",
    "{% if text in items or not text %}x{% elif text == 't' %}y{% endif %}",
    "{% set name = text ~ '!' %}\n{{ name }} {{ step.name }}\n",
    "{% with x = text %}{{ x }}{% endwith %}",
    "{{ items | join(step.name) }} {{ items | map('upper') | list }}",
    "{{ dict(text=text).text }} {{ range(2) | list }} {{ loop_ }}",
    "{# text #}\n{{ text }}{# two\nlines #}\n\nx",
    "{% raw %}\n{{ text }}\n{% endraw %}\n{{ text }}\n",
    "a\n{% if text %}\n{% if items %}\n{{ text }}\n{% endif %}\n{% endif %}\nb",
    "{{ [text, items[0]] }} {{ {'text': text}['text'] }}",
    "{{ text if items else step }}",
    "\t{% if text %}\n\t{{ text }}\n\t{% endif %}\n",
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_translated_template_renders_the_same(text: str) -> None:
    found = translated(text, NAMES, frozenset()).text
    wanted = THEIRS.from_string(text).render(**VALUES)
    assert OURS.from_string(found).render(**GIVEN) == wanted
    assert not parse_template(found).faults


def test_names_that_nothing_gives_are_told() -> None:
    found = translated("{{ text }} {{ other.name }} {{ loop.x }}", NAMES, frozenset())
    assert found.text == "{{ payload.text }} {{ ''.name }} {{ loop.x }}"
    assert [name for name, _ in found.unknown] == ["other"]


def test_names_of_loops_around_stay() -> None:
    found = translated("{{ text }}", NAMES, frozenset(["text"]))
    assert (found.text, found.unknown) == ("{{ text }}", [])


def test_used_names() -> None:
    text = "{% for a in b %}{{ a.c | d(e) }}{% endfor %}{{ f is g }}"
    assert used_names(text) == ["b", "e", "f"]


def test_what_is_no_template() -> None:
    with pytest.raises(Unreadable):
        translated("{{ 'text", NAMES, frozenset())


@pytest.mark.parametrize("sign", ["", "#", "# ", " # "])
@pytest.mark.parametrize("role", ["system", "System", "USER", "assistant"])
def test_lines_with_roles(sign: str, role: str) -> None:
    before, turns = turns_of(f"\n{sign}{role}:\n\n text \n  more\n\n{sign}user :\nlast")
    assert before == ""
    assert turns == (Turn(role.lower(), "text \n  more"), Turn("user", "last"))


@pytest.mark.parametrize(
    "text", ["the user:\nx", "## user:\nx", "user: x\n", "# bot:\nx", "user\n"]
)
def test_lines_that_are_no_roles(text: str) -> None:
    assert turns_of(text) == (text.strip(), ())


def test_turns_in_loops_and_conditions() -> None:
    text = (
        "# system:\ns {% if x %}\ninside{% endif %}\n"
        "{% for a in b %}\n{% if a %}\n# user:\n{{ a }}\n{% endif %}\n{% endfor %}\n"
        "# user:\nlast"
    )
    before, (first, loop, last) = turns_of(text)
    assert before == ""
    assert first == Turn("system", "s {% if x %}\ninside{% endif %}")
    assert isinstance(loop, Loop)
    assert (loop.variable, loop.items) == ("a", "b")
    assert last == Turn("user", "last")


def test_what_leaves_nothing_is_no_turn() -> None:
    text = "{# system:\n#}{% set a = 1 %}\n{% if a %}\n{% endif %}\nuser:\nx{% set b = a %}\n"
    assert turns_of(text) == (
        "",
        (Setting("a", "1"), Turn("user", "x"), Setting("b", "a")),
    )


@pytest.mark.parametrize(
    ("tags", "settings"),
    [
        ("{% set a, b = c %}", [Setting("a", None), Setting("b", None)]),
        ("{% if c %}{% set a = 1 %}{% endif %}", [Setting("a", None)]),
        ("{% for c in d %}{% set a = 1 %}{% endfor %}", []),
        ("{%- set a = b == c -%}", [Setting("a", "b == c")]),
    ],
)
def test_what_turns_set_for_those_behind(tags: str, settings: list[Setting]) -> None:
    first, *others = turns_of(f"user:\nx {tags} y\n")[1]
    assert first == Turn("user", f"x {tags} y")
    assert others == settings


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# user:\na\n# function:\n## name:\nf", "answers a call of a function"),
        ("{% for a in b %}text\n# user:\nx{% endfor %}", "would belong to a turn"),
        ("{% for a in b %}\n# user:\nx{% endfor %}text", "would belong to a turn"),
        ("{% for a, c in b %}\n# user:\nx{% endfor %}", "several names"),
        ("{% for a in b if c %}\n# user:\nx{% endfor %}", "with `if`"),
        ("{% for a in b %}\n# user:\nx{% else %}y{% endfor %}", "would belong"),
        ("{% for a in b %}\n# user:\nx", "is never closed"),
    ],
)
def test_turns_that_cannot_be_told(text: str, why: str) -> None:
    with pytest.raises(Unsplit, match=why):
        turns_of(text)
