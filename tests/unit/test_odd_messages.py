"""Habits of other languages: each is one true sentence with its place and a way out.

A habit is written in both spellings where both have it, and means the same in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

import pytest
from n3gen.diagnostics.render import render

from tests.compiling import problems_of

AI, YAML, JSON = "x.ai", "x.yaml", "x.json"


@dataclass(frozen=True)
class Odd:
    """A slip, and the code, sentence, marked text and way out of its only message."""

    path: str
    text: str
    code: str
    message: str
    marked: str
    way_out: str


def in_ai(lines: str) -> str:
    return "chain c:\n" + indent(dedent(lines).strip("\n"), "    ") + "\n"


def in_yaml(lines: str) -> str:
    return "chains:\n  c:\n" + indent(dedent(lines).strip("\n"), "    ") + "\n"


def step_ai(line: str) -> str:
    return in_ai(f"step a:\n    {line}")


def step_yaml(line: str) -> str:
    return in_yaml(f"steps:\n  - name: a\n    {line}")


def field_ai(field: str) -> str:
    return f"type T:\n    a: {field}\n"


def field_yaml(field: str) -> str:
    return f"types:\n  T:\n    a: {field}\n"


def key_ai(key: str) -> str:
    return f"connection here:\n    api: openai\n    api_key: {key}\n"


def key_yaml(key: str) -> str:
    return f"connections:\n  here:\n    api: openai\n    api_key: {key}\n"


def both(
    ai: str, yaml: str, code: str, message: str, marked: str, way_out: str
) -> list[Odd]:
    """A slip that both spellings say alike."""
    told = (code, message, marked, way_out)
    return [Odd(AI, ai, *told), Odd(YAML, yaml, *told)]


def typed(field: str, code: str, message: str, marked: str, way_out: str) -> list[Odd]:
    """A slip in the type of a field: of a type, and of an input."""
    inputs = in_ai(f"input:\n    a: {field}\nstep s:\n    value: 1")
    told = (code, message, marked, way_out)
    return [*both(field_ai(field), field_yaml(field), *told), Odd(AI, inputs, *told)]


def variable(written: str) -> list[Odd]:
    """A variable of the environment in a form of another language."""
    return both(
        key_ai(written),
        key_yaml(written),
        "N214",
        "`api_key` names a variable of the environment in a form that is not known",
        written,
        'write `env("OPENAI_API_KEY")`',
    )


def expression(
    written: str, message: str, marked: str, way_out: str, *, code: str = "N501"
) -> list[Odd]:
    """A slip within the braces of a value."""
    line = f'value: "{{{{ {written} }}}}"'
    return both(step_ai(line), step_yaml(line), code, message, marked, way_out)


STEPS = """
    step a:
        value: 1
    step b:
        value: 1
    step d:
        value: 1
        depends_on: [a b]
"""
STEPS_YAML = """
    steps:
      - {name: a, value: 1}
      - {name: b, value: 1}
      - {name: d, value: 1, depends_on: [a b]}
"""
MODELS = "connection m:\n    api: local\n"
MODELS_YAML = "connections: {m: {api: local}}\n"
CONNECTORS = MODELS + "".join(
    f"connector {name}:\n    connection: m\n    prompt: hi\n" for name in "pqr"
)
ITEMS = "separate items by `,`"
CASE = "is not a case without `case` before it"
EACH_CASE = "write each case as `- case: VALUE` with its `steps:`"
RESULT = 'a chain returns what its key `result` says: `result: "{{ some_step }}"`'
UNTYPED = "a field is `name: type`; write a description as a comment (`#`)"
QUOTES = "write straight quotes: `\"` or `'`"
FILTER = "a filter's name follows `|`: remove it, or write `| upper`"
CURLY = "these curly quotes are part of the text"

ARROW = "an order of steps is not written with an arrow"
AFTER_A = "write `depends_on: [a]` in the step `b`"
PAIR = "step a:\n    value: 1\nstep b:\n    value: 1\n"
PAIR_YAML = "steps:\n  - {name: a, value: 1}\n  - {name: b, value: 1}\n"


def drawn(arrow: str, marked: str, way_out: str) -> list[Odd]:
    """An order that an arrow draws, on a line of its own."""
    return [
        Odd(AI, in_ai(PAIR + arrow), "N110", ARROW, marked, way_out),
        Odd(YAML, in_yaml(f"{PAIR_YAML}  - {arrow}"), "N203", ARROW, marked, way_out),
    ]


def statement(text: str, word: str, way_out: str) -> list[Odd]:
    """A statement of templates between the braces of a value."""
    told = f"`{word}` is a statement, and `{{{{ }}}}` takes a value"
    line = f'value: "Hello {text}"'
    return both(step_ai(line), step_yaml(line), "N502", told, word, way_out)


ODD = [
    *drawn("a -> b", "a -> b", AFTER_A),
    *drawn("a->b", "a->b", AFTER_A),
    *drawn("a >> b", "a >> b", AFTER_A),
    *drawn("a => b", "a => b", AFTER_A),
    *drawn("step a -> step b", "step a -> step b", AFTER_A),
    *drawn("a --> b --> d", "a --> b --> d", f"{AFTER_A}, and so on"),
    *both(
        in_ai(f"{PAIR}    depends_on: a -> b"),
        in_yaml(PAIR_YAML.replace("{name: b,", "{name: b, depends_on: a -> b,")),
        *("N301", ARROW, "a -> b", AFTER_A),
    ),
    Odd(
        AI,
        in_ai("step a -> str:\n    value: 1"),
        *("N112", "a `step` has only a name before its `:`", " -> str:"),
        "its arguments are its key `with`, the type of its result is its key `output`",
    ),
    *expression(
        "payload->n",
        *("unexpected `>`", ">"),
        "a field is read by `.`, a filter is applied by `|`",
    ),
    *typed(
        "tuple[str]",
        *("N701", "`tuple` is not a type of this language"),
        *("tuple[str]", "write `list[str]`"),
    ),
    *typed(
        "tuple[str, ...]",
        *("N701", "`tuple` is not a type of this language"),
        *("tuple[str, ...]", "write `list[str]`"),
    ),
    *typed(
        "set[int | str]",
        *("N701", "`set` is not a type of this language"),
        *("set[int | str]", "write `list[int | str]`"),
    ),
    *typed(
        "Mapping[str, int]",
        *("N701", "`Mapping` is not a type of this language"),
        *("Mapping[str, int]", "write `dict[str, int]`"),
    ),
    *typed("tuple", "N702", "no type has the name `tuple`", "tuple", "did you mean"),
    *statement("{{ if payload.n }}yes{{ endif }}", "if", "write `{% if payload.n %}`"),
    *statement(
        "{{ for x in payload.n }}{{ x }}{{ endfor }}",
        *("for", "write `{% for x in payload.n %}`"),
    ),
    *both(
        step_ai('value: 1\n    when: "{{ if payload.n }}"'),
        step_yaml('value: 1\n    when: "{{ if payload.n }}"'),
        *("N502", "`if` is a statement, and `{{ }}` takes a value", "if"),
        "write the expression alone, such as `payload.a`",
    ),
    *statement("{{ set x = 1 }}", "set", "write `{% set x = 1 %}`"),
    *statement(
        "{% if payload.n %}a{{ else }}b{% endif %}", "else", "write `{% else %}`"
    ),
    *statement("{{ if a then b else c }}", "if", "write `{{ x if condition else y }}`"),
    *(
        odd
        for word, begun in (("if", "if"), ("each", "for"))
        for line in (f'value: "{{{{#{word} payload.n}}}}yes{{{{/{word}}}}}"',)
        for odd in both(
            step_ai(line),
            step_yaml(line),
            *("N501", "unexpected character `#`", "#"),
            f"write `{{% {begun} ... %}}`, and `{{% end{begun} %}}` at its end",
        )
    ),
    Odd(
        AI,
        in_ai("timeout = 30\nstep a:\n    value: 1"),
        "N110",
        "a key and its value are separated by `:`, not by `=`",
        "timeout = 30",
        "write `timeout: 30`",
    ),
    *(
        Odd(
            AI,
            in_ai(f"{line}\nstep a:\n    value: 1"),
            "N110",
            f"a key and its value are separated by `:`, not by `{sign}`",
            marked,
            f"write `{right}`",
        )
        for line, sign, marked, right in (
            ("timeout := 30", ":=", "timeout := 30", "timeout: 30"),
            ("timeout:= 30", ":=", "timeout:= 30", "timeout: 30"),
            ('description -> "x"', "->", 'description -> "x"', 'description: "x"'),
            ("input = {a: str}", "=", "input", "input: {a: str}"),
        )
    ),
    *(
        Odd(
            AI,
            in_ai(
                "step p: {value: 1}\nstep q: {value: 1}\nstep a:\n    value: 1\n"
                f"    depends_on: [{line}]"
            ),
            "N301",
            f"`a` needs `{line}`, but no step has that name",
            line,
            "write `[p, q]`",
        )
        for line in ("p; q", "p and q", "p & q")
    ),
    Odd(
        YAML,
        in_yaml("timeout = 30\nsteps:\n  - {name: a, value: 1}"),
        "N110",
        "a key and its value are separated by `:`, not by `=`",
        "timeout = 30",
        "write `timeout: 30`",
    ),
    *typed(
        "List[str]",
        *(
            "N701",
            "`List` is not a type of this language",
            "List[str]",
            "write `list[str]`",
        ),
    ),
    *typed(
        "Optional[int]",
        *("N701", "`Optional` is not a type of this language"),
        *("Optional[int]", "write `int?`"),
    ),
    *typed(
        "str = null",
        *("N703", "the default `null` is not of type `str`", "null"),
        "write `str?`: it may be left out, and is none then",
    ),
    *typed(
        "{type: str, default: null}",
        *("N703", "the default `null` is not of type `str`", "null"),
        "write `str?`: it may be left out, and is none then",
    ),
    *typed(
        "str = None",
        *("N703", "the default `None` is a text: none is written `none`", "None"),
        'write `str?`, or `"None"` for the text',
    ),
    *typed(
        "str? = None",
        *("N703", "the default `None` is a text: none is written `none`", "None"),
        'write `none`, or `"None"` for the text',
    ),
    *typed(
        "bool = yes",
        *("N703", "the default `yes` is not of type `bool`", "yes", "write `true`"),
    ),
    *typed(
        "{type: bool, default: off}",
        *("N703", "the default `off` is not of type `bool`", "off", "write `false`"),
    ),
    *typed(
        "one of [red green]",
        *("N701", "`one of` has the text `red green` alone", "one of [red green]"),
        'write `[red, green]`, or `["red green"]` for the text',
    ),
    *typed(
        "string",
        *("N702", "no type has the name `string`", "string", "did you mean `str`?"),
    ),
    *typed(
        "Lettr",
        *("N702", "no type has the name `Lettr`", "Lettr", "declare `type Lettr:`"),
    ),
    *both(
        "type T:\n    description: A document\n    a: int\n",
        "types:\n  T:\n    description: A document\n    a: int\n",
        *("N701", "`document` cannot follow a type", "document", UNTYPED),
    ),
    Odd(
        AI,
        in_ai('match payload.a:\n    "x":\n        step b:\n            value: 1'),
        *("N114", f'`"x"` {CASE}', '"x"', 'write `case "x":`'),
    ),
    Odd(
        AI,
        in_ai('match payload.a:\n    "x":\n        step b: {value: 1}'),
        *("N114", f'`"x"` {CASE}', '"x"', 'write `case "x":`'),
    ),
    *(
        Odd(
            AI,
            in_ai(f"match payload.a:\n    case {word}:\n        step b: {{value: 1}}"),
            *(
                "N213",
                f"`case {word}` means the text `{word}`, not everything else",
                word,
            ),
            f'write `else:` for all other values, or `"{word}"` for the text',
        )
        for word in ("_", "default", "otherwise")
    ),
    Odd(
        YAML,
        in_yaml(
            "steps:\n  - match: payload.a\n    cases:\n"
            "      - {case: else, steps: [{name: b, value: 1}]}"
        ),
        *("N213", "`case else` means the text `else`, not everything else", "else"),
        'write `else:` for all other values, or `"else"` for the text',
    ),
    Odd(
        YAML,
        in_yaml(
            "steps:\n  - {name: a, value: 1}\n"
            "  - on_error:\n      - {name: b, value: 1}"
        ),
        *("N203", "the steps of an `on_error` clause stand below `steps`", "on_error"),
        "write `on_error: any`, and `steps:` with the steps beside it",
    ),
    Odd(
        AI,
        step_ai("value: \"{{ payload.s | replace('a') }}\""),
        *("N510", "filter `replace` needs `new`", "replace"),
        "it takes `old`, `new`, `count`",
    ),
    Odd(
        AI,
        step_ai('value: "{{ payload.s | truncate(len=3) }}"'),
        *("N510", "filter `truncate` takes no argument `len`", "len"),
        "it takes `length`, `killwords`, `end`, `leeway`",
    ),
    Odd(
        AI,
        in_ai(
            "for x in [1, 2]:\n    tolerate: 1\n    on_error: continue\n"
            "    step b: {value: 1}"
        ),
        *("N205", "`tolerate` does nothing beside `on_error: continue`", "tolerate"),
        "that lets any number of rounds fail: leave one of them out",
    ),
    Odd(
        YAML,
        in_yaml(
            'steps:\n  - match: payload.a\n    cases:\n      - "x": [{name: b, value: 1}]'
        ),
        *("N213", f"`x` {CASE}", '"x": [{name: b, value: 1}]'),
        "write `case: x`, and the steps below `steps:` beside it",
    ),
    Odd(
        YAML,
        in_yaml(
            "steps:\n  - match: payload.a\n    cases:\n      x: [{name: b, value: 1}]"
        ),
        *("N203", "`cases` must be a list, not a mapping"),
        *("x: [{name: b, value: 1}]", EACH_CASE),
    ),
    Odd(
        YAML,
        in_yaml(
            "steps:\n  - match: payload.a\n"
            "    cases: [{case: x, steps: [{name: b, value: 1}]}]\n"
            "    default: [{name: d, value: 1}]"
        ),
        *("N201", "a `match` block has no key `default`", "default"),
        "did you mean `else`?",
    ),
    Odd(
        AI,
        in_ai("step:\n    value: 1"),
        *("N113", "the name of a `step` goes before the `:`", "step"),
        "write `step some_name:`",
    ),
    Odd(
        YAML,
        in_yaml("steps:\n  - step:\n    value: 1"),
        *("N202", "this step has no `name`", ""),
        "begin it with `- name: some_name`",
    ),
    Odd(
        AI,
        in_ai("step a:\n    value: 1\nreturn a"),
        *("N110", "this line has no `:` after a key", "return a", RESULT),
    ),
    Odd(
        YAML,
        in_yaml("steps:\n  - {name: a, value: 1}\n  - return: a"),
        *("N206", "this entry is neither a step nor a block", "return: a", RESULT),
    ),
    *both(
        in_ai("return: a\nstep a:\n    value: 1"),
        in_yaml("return: a\nsteps:\n  - {name: a, value: 1}"),
        *("N201", "a chain has no key `return`", "return", "did you mean `result`?"),
    ),
    Odd(
        JSON,
        '{"chains": {"c": {"steps": [{"name": "a" "value": 1}]}}}',
        *("N106", "a `,` or a `}` is missing before this", '"', ITEMS),
    ),
    Odd(
        JSON,
        '{"chains": {"c":\n{"timeout": 3\n"steps": [{"name": "a", "value": 1}]}}}',
        *("N106", "a `,` or a `}` is missing before this", '"', ITEMS),
    ),
    Odd(
        JSON,
        '{"chains": {"c": {"steps": [{"name": "a", "value": 1}\n{"name": "b"}]}}}',
        *("N106", "a `,` or a `]` is missing before this", "{", ITEMS),
    ),
    *both(
        step_ai('value: {"a": 1 "b": 2}'),
        step_yaml('value: {"a": 1 "b": 2}'),
        *("N106", "a `,` or a `}` is missing before this", '"', ITEMS),
    ),
    *both(
        step_ai("value: {a: 1 b: 2}"),
        step_yaml("value: {a: 1 b: 2}"),
        *("N106", "a `,` or a `}` is missing before this", "b", ITEMS),
    ),
    *variable("${OPENAI_API_KEY}"),
    *variable("$OPENAI_API_KEY"),
    *variable('"{{ env.OPENAI_API_KEY }}"'),
    *both(
        in_ai(STEPS),
        in_yaml(STEPS_YAML),
        *("N301", "`d` needs `a b`, but no step has that name"),
        *("a b", "write `[a, b]`"),
    ),
    *both(
        MODELS + step_ai("prompt: hi\n    tools: [app.x:a app.x:b]"),
        MODELS_YAML + step_yaml("prompt: hi\n    tools: [app.x:a app.x:b]"),
        *("N305", "`app.x:a app.x:b` does not name a Python function"),
        *("app.x:a app.x:b", "write `[app.x:a, app.x:b]`"),
    ),
    Odd(
        AI,
        CONNECTORS + in_ai("step a:\n    target: p\n    fallback: [q r]"),
        *("N314", "no connector has the name `q r`", "q r", "write `[q, r]`"),
    ),
    Odd(
        AI,
        "limit db: 3\nlimit web: 2\n"
        + in_ai("step a:\n    target: f\n    limit: [db web]"),
        *("N314", "no limit has the name `db web`", "db web", "write `[db, web]`"),
    ),
    *both(
        step_ai("target: f\n    retry: {max: 3, on: [timeout 404]}"),
        step_yaml("target: f\n    retry: {max: 3, on: [timeout 404]}"),
        *("N217", "`timeout 404` is not a kind of failure"),
        *("timeout 404", "write `[timeout, 404]`"),
    ),
    *both(
        step_ai("value: “hi”"),
        step_yaml("value: “hi”"),
        *("N234", CURLY, "“hi”", 'write straight quotes: `"`'),
    ),
    *both(
        in_ai("if payload.a == “x”:\n    step a:\n        value: 1"),
        in_yaml("steps:\n  - if: payload.a == “x”\n    then: [{name: a, value: 1}]"),
        *("N501", "unexpected character `“`", "“", QUOTES),
    ),
    Odd(
        AI,
        "chain “c”:\n    step a:\n        value: 1\n",
        *("N112", "`“c”` is in curly quotes", "“c”"),
        "write `c`, or straight quotes",
    ),
    *(
        Odd(
            AI,
            in_ai(f"step a: {text}"),
            "N106",
            "nothing can follow the `:` here",
            text,
            way,
        )
        for text, way in (
            ("work", "what a step calls is its target: `{target: work}`"),
            ('"{{ 1 }}"', 'write which key it is, such as `{value: "{{ 1 }}"}`'),
            (
                "work {n: 1}",
                "the keys of a step go in braces, or indented on the next lines",
            ),
        )
    ),
    Odd(
        AI,
        in_ai("if payload.a: work"),
        *("N106", "nothing can follow the `:` here", "work"),
        "steps stand on the next lines, indented: `step some_name: {target: work}`",
    ),
    *expression(
        "payload.a == \u2018x\u2019", "unexpected character `\u2018`", "\u2018", QUOTES
    ),
    *expression("payload.a |", "the expression ends too early", "}}", FILTER),
    *expression(
        "",
        "the expression is empty",
        "}}",
        "write what it reads, such as `payload`, " "or remove the braces",
    ),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd.path[2:]}-{odd.marked}")
def test_an_odd_line_is_one_message_with_a_place_and_a_way_out(odd: Odd) -> None:
    (problem,) = problems_of(odd.path, odd.text)
    label = problem.labels[0]
    marked = odd.text[label.span.start : label.span.end]
    assert problem.rule.code == odd.code
    assert problem.message == odd.message
    assert marked == odd.marked
    assert problem.help == odd.way_out or odd.way_out.startswith("did you mean")
    assert f"= help: {odd.way_out}" in render(problem)
