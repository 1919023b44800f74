"""What a message says to write is right: forms of other languages, as they are said here."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from n3gen.plan.loop_sizes import known_items
from n3gen.project.errors import ProjectError
from n3gen.project.given_data import json_given

from tests.compiling import problems_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("list(str)", "list[str]"),
        ("List<str>", "list[str]"),
        ("dict(str, int)", "dict[str, int]"),
        ("Set(int)", "list[int]"),
        ("optional(str)", "str?"),
        ("optional str", "str?"),
        ("string[]", "list[str]"),
        ("Foo[]", "list[Foo]"),
        ("nullable int", "int?"),
    ],
)
def test_a_type_in_other_brackets_is_shown_as_it_is_written(
    written: str, meant: str
) -> None:
    for path, text in (
        ("x.ai", f"type T:\n    a: {written}\n"),
        ("x.yaml", f"types:\n  T:\n    a: {written}\n"),
    ):
        (problem,) = problems_of(path, text)
        assert (problem.rule.code, problem.help) == ("N701", f"write `{meant}`")


@pytest.mark.parametrize(
    ("read", "code", "way_out"),
    [
        ("payload.s.upper", "N509", "write `payload.s | upper`"),
        ("payload.s.strip", "N509", "write `payload.s | trim`"),
        ("payload.s.length", "N509", "write `payload.s | length`"),
        ("payload.s.other", "N509", "read `payload.s` alone"),
        ("payload.s.len()", "N505", "a filter does it: write `| length`"),
        ("payload.s.toUpperCase()", "N505", "a filter does it: write `| upper`"),
        ("payload.l.map(x)", "N505", "a filter does it: write `| map`"),
        ("payload.l.count", "N509", "write `payload.l | length`"),
        (
            "payload.s | startswith('a')",
            "N503",
            "it is a method: write `value.startswith(...)`",
        ),
        ("payload.s | contains('a')", "N503", "write `'text' in value`"),
        ("steps.a.state", "N509", "write `steps.a.status`"),
        ("steps.a.duration", "N509", "write `steps.a.elapsed_ms`"),
        ("steps.a.statuss", "N509", "write `steps.a.status`"),
    ],
)
def test_what_others_have_as_a_field_or_a_method_is_shown_as_it_is_written(
    read: str, code: str, way_out: str
) -> None:
    text = (
        "chain c:\n    input:\n        s: str\n        l: list[int]\n"
        "    step a:\n        target: t\n        output: str\n"
        f'    step b:\n        value: "{{{{ {read} }}}}"\n    result: "{{{{ a ~ b }}}}"\n'
    )
    found = [p for p in problems_of("x.ai", text) if p.rule.code == code]
    assert [problem.help for problem in found] == [way_out]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("len", "length"),
        ("uppercase", "upper"),
        ("lowercase", "lower"),
        ("strip", "trim"),
        ("filter", "select"),
        ("to_json", "tojson"),
    ],
)
def test_a_filter_of_other_languages_is_told_by_its_name_here(
    name: str, meant: str
) -> None:
    text = f'chain c:\n    step s:\n        value: "{{{{ payload.a | {name} }}}}"\n'
    (problem,) = problems_of("x.ai", text)
    assert (problem.rule.code, problem.help) == ("N503", f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("written", "caret", "what"),
    [
        ("[x.s for x in payload.l]", "for", "loops"),
        ("{x: 1 for x in payload.l}", "for", "loops"),
        ("sum(x.n for x in payload.l)", "for", "loops"),
        ("payload.l | map(x: x.s)", ":", "functions"),
        ("payload.l | map(x => x.s)", ">", "functions"),
        ("payload.l.map(x -> x.s)", ">", "functions"),
        ("payload.l | map(lambda x: x.s)", "x", "functions"),
        ("payload.l | map(.s)", ".", "functions"),
    ],
)
def test_a_loop_or_function_in_an_expression_is_a_filter_or_a_block(
    written: str, caret: str, what: str
) -> None:
    text = f'chain c:\n    step s:\n        value: "{{{{ {written} }}}}"\n'
    (problem,) = problems_of("x.ai", text)
    span = problem.label.span
    assert (problem.rule.code, text[span.start : span.end]) == ("N501", caret)
    assert (problem.help or "").startswith(
        f"expressions have no {what} of their own: write "
        "`payload.list | map(attribute='name') | list`"
    )


@pytest.mark.parametrize(
    ("condition", "way_out"),
    [
        ('m == "good"', "compare a field of it: `m.label`"),
        ('payload.p != "x"', "compare a field of it: `payload.p.x`, `payload.p.y`"),
    ],
)
def test_a_whole_object_beside_a_text_is_told_by_its_fields(
    condition: str, way_out: str
) -> None:
    text = (
        "type M:\n    label: one of [good, bad]\n    n: int\n"
        "type P:\n    x: str\n    y: str\n"
        "chain c:\n    input: {p: P}\n    step m:\n        target: t\n        output: M\n"
        f"    if {condition}:\n        step s:\n            value: 1\n"
    )
    (problem,) = [p for p in problems_of("x.ai", text) if p.rule.code == "N525"]
    assert problem.help == way_out


def test_a_type_with_brackets_in_braces_of_yaml_is_put_in_quotes() -> None:
    for written, meant in (("list[str]", "list[str]"), ("int[]", "list[int]")):
        text = f"chain: c\nsteps:\n  - {{name: s, target: t, output: {written}}}\n"
        (problem,) = problems_of("x.yaml", text)
        assert problem.help == f'put it in quotes: `"{meant}"`'


def test_a_type_in_quotes_with_a_default_behind_it_loses_its_quotes() -> None:
    text = 'chain c:\n    input:\n        a: "list[str]" = []\n    step s: {value: 1}\n'
    (problem,) = problems_of("x.ai", text)
    assert problem.help == (
        "a type stands without quotes, and a default behind it: `list[str] = []`"
    )


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u3000"])
def test_a_blank_of_another_kind_behind_a_block_word_is_named(blank: str) -> None:
    for text, way_out in (
        (f"chain{blank}c:\n    step s: {{value: 1}}\n", "write `chain c:`"),
        (f"chain c:\n    step{blank}s:\n        value: 1\n", "write `step s:`"),
        (
            f"chain c:\n    if{blank}payload.a:\n        step s: {{value: 1}}\n",
            "write `if payload.a:`",
        ),
    ):
        found = [p for p in problems_of("x.ai", text) if p.rule.code == "N113"]
        assert [problem.help for problem in found] == [way_out]
        assert text[found[0].label.span.start] == blank


_CHAIN = "chain c:\n    input: {l: list[str], x: str}\n"
_STEP = "        step s: {value: 1}\n"


@pytest.mark.parametrize(
    ("line", "code", "way_out"),
    [
        ("for x in payload.l do", "N110", "write `:` in place of `do`"),
        ("if payload.x then", "N110", "write `:` in place of `then`"),
        ("for x in payload.l do:", "N501", "remove it: a first line ends at its `:`"),
        ("for x in payload.l {", "N113", "write `:` in its place"),
        ("for each x in payload.l:", "N113", "write `for x in payload.l:`"),
        (
            "for x in payload.l parallel=2:",
            "N113",
            "write `for x in payload.l parallel 2:`",
        ),
        (
            "for x in payload.l paralel 5:",
            "N501",
            "write `parallel 5`, in YAML the key `parallel: 5` beside it",
        ),
        ("for x in payload.l parallel: 2:", "N106", "write `parallel 2:`"),
        ("while payload.x max: 2:", "N106", "write `max 2:`"),
        ("unless payload.x:", "N114", "write `if not (...):`"),
        ("until payload.x:", "N114", "write `while not (...) max 5:`"),
        (
            "parallel both 3:",
            "N113",
            "all its steps run at once: the chain's key `max_parallel` bounds them, and a "
            "`for ... parallel 3:` its rounds",
        ),
        (
            "except Timeout as e:",
            "N114",
            "write `on_error as error:`, or only for some kinds, such as "
            "`on_error [timeout, connection, 404] as error:`",
        ),
        (
            "llm summarize:",
            "N114",
            "it is a kind of step: write `step some_name:`, and `kind: llm` below it",
        ),
        (
            "wait approval:",
            "N114",
            "it is a key of a step: write `step some_name:`, and `wait: ...` below it",
        ),
        (
            "stage s:",
            "N115",
            "a `stage` belongs in a `pipeline`; in a chain it is a `step`",
        ),
    ],
)
def test_a_first_line_of_another_language_is_shown_as_it_is_written(
    line: str, code: str, way_out: str
) -> None:
    text = f"{_CHAIN}    {line}\n{_STEP}"
    found = [p for p in problems_of("x.ai", text) if p.rule.severity.value == "error"]
    assert [(p.rule.code, p.help) for p in found] == [(code, way_out)]


def test_blocks_in_braces_are_one_message() -> None:
    text = (
        f'{_CHAIN}    if payload.x == "a" {{\n        step s {{\n            value: 1\n'
        "        }\n    } else {\n        step t:\n            value: 1\n    }\n"
        "    step u: {value: 1}\n"
    )
    (problem,) = problems_of("x.ai", text)
    assert problem.rule.code == "N113"


@pytest.mark.parametrize("line", ["else: fallback", "if payload.x: fallback"])
def test_a_step_behind_a_colon_is_shown_below_it(line: str) -> None:
    first = "    if payload.x:\n        step s: {value: 1}\n"
    text = f"{_CHAIN}{first}    {line}\n"
    (problem,) = [p for p in problems_of("x.ai", text) if p.rule.code == "N106"]
    assert problem.help == (
        "steps stand on the next lines, indented: `step some_name: {target: fallback}`"
    )


@pytest.mark.parametrize(
    ("step", "code", "way_out"),
    [
        ("{wait: approval, type: bool}", "N201", "did you mean `output`?"),
        ("{kind: state, target: st, push: x}", "N201", "did you mean `append`?"),
        ("{kind: state, target: st, inc: 1}", "N201", "did you mean `update`?"),
        (
            "{messages: hi}",
            "N203",
            "a single message is the `prompt`: write that key instead",
        ),
        ("{messages: [hi]}", "N203", "write `{role: user, content: ...}`"),
        ("{messages: [{role: user, text: hi}]}", "N201", "did you mean `content`?"),
        ("{messages: [{role: human, content: hi}]}", "N207", "did you mean `user`?"),
        (
            "{messages: [{human: hi}]}",
            "N203",
            "write `role: user`, and what it says under `content:`",
        ),
    ],
)
def test_a_key_of_other_tools_is_told_once_by_its_name_here(
    step: str, code: str, way_out: str
) -> None:
    head = "connection m: {api: local}\nstate st: list[str] = []\n"
    for path, text in (
        ("x.ai", f"{head}chain c:\n    step s: {step}\n"),
        (
            "x.yaml",
            "connections: {m: {api: local}}\nstates: {st: {type: 'list[str]'}}\n"
            f"chain: c\nsteps:\n  - {{name: s, {step[1:]}\n",
        ),
    ):
        found = [p for p in problems_of(path, text) if p.rule.severity.value == "error"]
        assert [(p.rule.code, p.help) for p in found] == [(code, way_out)]


@pytest.mark.parametrize(
    ("name", "read"),
    [("payload", "payload.x"), ("run", "run"), ("run", "run.foo"), ("env", "env.A")],
)
def test_a_step_with_a_name_that_is_taken_is_one_message(name: str, read: str) -> None:
    text = (
        "connection m: {api: local}\nchain c:\n"
        f'    step {name}: {{prompt: "hi"}}\n'
        f'    step t: {{value: "{{{{ {read} }}}}"}}\n'
    )
    found = [p for p in problems_of("x.ai", text) if p.rule.severity.value == "error"]
    assert [problem.rule.code for problem in found] == ["N304"]


@pytest.mark.parametrize(
    ("limit", "message", "way_out"),
    [
        (
            "two",
            "`gpu` must be a whole number of permits, not the text `two`",
            "write a whole number of permits",
        ),
        (
            '"3"',
            "`gpu` must be a whole number of permits, not the text `3`",
            "write it without quotes",
        ),
        (
            "3 in db",
            "`gpu` must be a whole number of permits, not the text `3 in db`",
            "write `3 within db`",
        ),
    ],
)
def test_a_limit_that_is_no_number_is_told_by_its_name(
    limit: str, message: str, way_out: str
) -> None:
    for path, text in (
        ("x.ai", f"limit gpu: {limit}\n"),
        ("x.yaml", f"limits:\n  gpu: {limit}\n"),
    ):
        (problem,) = problems_of(path, text)
        assert (problem.message, problem.help) == (message, way_out)


@pytest.mark.parametrize(
    ("read", "code", "message", "way_out"),
    [
        (
            "my-step",
            "N313",
            "the `-` in `my-step` subtracts, and there is nothing to subtract",
            "write `steps['my-step']`",
        ),
        (
            "my-other",
            "N313",
            "the `-` in `my-other` subtracts, and there is nothing to subtract",
            "write `my_other`",
        ),
        (
            "user-id",
            "N313",
            "the `-` in `user-id` subtracts, and there is nothing to subtract",
            "a name has no `-`: if it is part of the payload, write `payload['user-id']`",
        ),
        (
            "payload.my-own-field",
            "N509",
            "the `-` in `payload.my-own-field` subtracts",
            "write `payload['my-own-field']`",
        ),
        (
            "payload.n-tx",
            "N313",
            "nothing is called `tx` here",
            "did you mean `payload.tax`?",
        ),
        (
            "payload.n-tax",
            "N313",
            "nothing is called `tax` here",
            "did you mean `payload.tax`?",
        ),
    ],
)
def test_a_name_with_a_dash_is_told_as_one(
    read: str, code: str, message: str, way_out: str
) -> None:
    text = (
        "chain: c\ninput: {my-own-field: str, n: int, tax: int}\nsteps:\n"
        "  - {name: my-step, value: 1}\n  - {name: my_other, value: 1}\n"
        f'  - {{name: t, value: "{{{{ {read} }}}}"}}\nresult: "{{{{ t }}}}"\n'
    )
    (problem,) = [p for p in problems_of("x.yaml", text) if p.rule.code == code]
    assert (problem.message, problem.help) == (message, way_out)
    errors = [
        p for p in problems_of("x.yaml", text) if p.rule.severity.value == "error"
    ]
    assert errors == [problem]


@pytest.mark.parametrize(
    "text",
    [
        '{\n  // c\n  "chain": "c"\n}\n',
        '{\n  "chain": "c", // c\n  "timeout": 3\n}\n',
        '// c\n{\n  "chain": "c"\n}\n',
        '/* c */\n{\n  "chain": "c"\n}\n',
        '{\n  /* c */\n  "chain": "c",\n  "timeout": 3\n}\n',
    ],
)
def test_a_comment_of_another_language_in_json_is_told_at_its_sign(text: str) -> None:
    (problem,) = problems_of("x.json", text)
    sign = "//" if "//" in text else "/*"
    assert problem.message == f"`{sign}` begins no comment"
    assert text[problem.label.span.start :].startswith(sign)


@pytest.mark.parametrize(
    ("keys", "way_out"),
    [
        (
            ("inputs", "outputs", "nodes"),
            "`n3gen import promptflow DIR` makes a spec of it",
        ),
        (("app", "kind", "workflow"), "`n3gen import dify FILE` makes a spec of it"),
    ],
)
def test_a_flow_of_another_tool_is_told_what_imports_it(
    keys: tuple[str, ...], way_out: str
) -> None:
    (problem,) = problems_of("x.yaml", "".join(f"{key}: {{}}\n" for key in keys))
    assert (problem.rule.code, problem.help) == ("N201", way_out)


@pytest.mark.parametrize(
    ("line", "way_out"),
    [
        (
            "enum Mood {",
            "choices are a type where they are used, such as the field "
            "`mood: one of [good, bad]` of a `type`",
        ),
        (
            "class Resume {",
            "write `type Resume:`, and a field per line below it, as `name: str`",
        ),
        (
            "function Extract(x: string) -> Resume {",
            "write `chain Extract:`; what it takes is its key `input`, and a step with "
            "`prompt:` and `output: TYPE` asks the model",
        ),
        ("client<llm> GPT4 {", "write `connection some_name:` with an `api:`"),
    ],
)
def test_a_definition_of_another_language_is_shown_as_it_is_written(
    line: str, way_out: str
) -> None:
    text = f"{line}\n  Good\n}}\nchain c:\n    step s: {{value: 1}}\n"
    (problem,) = problems_of("x.ai", text)
    assert problem.help == way_out


def test_steps_beside_a_parallel_are_moved_below_it() -> None:
    text = "chain: c\nsteps:\n  - parallel: 3\n    steps: [{name: s, target: t}]\n"
    (problem,) = [p for p in problems_of("x.yaml", text) if p.rule.code == "N206"]
    assert (problem.help or "").startswith("the steps go below `parallel:` itself")


_TYPED = (
    "type Claim:\n    kind: one of [fire, theft, water]\n    note: str?\n"
    "chain c:\n    input:\n        s: str\n        y: bool\n        l: list[str]\n"
    "    step claim:\n        target: t\n        output: Claim\n"
)


@pytest.mark.parametrize(
    ("read", "code", "way_out"),
    [
        (
            'payload.y == "true"',
            "N525",
            "read it alone, `payload.y`, or its opposite, `not payload.y`",
        ),
        ("payload.y.items", "N509", "read `payload.y` alone"),
        ("payload.l.items()", "N509", "it has `count()`, `index()`"),
        ("payload.l.count()", "N510", "how many there are is `| length`"),
        (
            "'Kind {}'.format(claim.kind)",
            "N505",
            'write values in the text itself: `"Kind {{ claim.kind }}"`',
        ),
        (
            "claim.note ?? 'x'",
            "N501",
            "what may be missing takes a filter: `claim.note | default('x')`",
        ),
        (
            "claim?.note",
            "N501",
            "what may be missing takes a filter: `claim.note | default('other')`",
        ),
        ("claim.kind == fire", "N313", "did you mean `'fire'`?"),
        ("theft != claim.kind", "N313", "did you mean `'theft'`?"),
        ("claim.kind in ['fire', theft]", "N313", "did you mean `'theft'`?"),
        ("{'a': 1, key: 2}", "N313", "did you mean `'key'`?"),
        (
            'claim.kind is "fire"',
            "N501",
            "`is` asks a test: to compare, write `== 'fire'`",
        ),
        ("claim.kind is not 3", "N501", "`is` asks a test: to compare, write `!= 3`"),
        ("claim.kind is fire", "N504", "to compare with a text, write `== 'fire'`"),
        (
            "claim.kind is sameas('fire')",
            "N504",
            "to compare values, write `claim.kind == 'fire'`",
        ),
        (
            "claim.kind is startswith('f')",
            "N504",
            "to compare values write `==`, and call methods as `text.startswith('a')`",
        ),
        ("!claim.note", "N106", "write `not claim.note`"),
    ],
)
def test_an_expression_of_another_language_is_shown_as_it_is_written(
    read: str, code: str, way_out: str
) -> None:
    text = f"{_TYPED}    step s:\n        target: u\n        when: {read}\n"
    if read[0] in "{'":
        text = f'{_TYPED}    step s:\n        value: "{{{{ {read} }}}}"\n'
    found = [p for p in problems_of("x.ai", text) if p.rule.severity.value == "error"]
    assert [(problem.rule.code, problem.help) for problem in found] == [(code, way_out)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"Kind: " + claim.kind', '"Kind: {{ claim.kind }}"'),
        ('"Kind: " ~ claim.kind ~ "."', '"Kind: {{ claim.kind }}."'),
        ('"Kind: {}!".format(claim.kind)', '"Kind: {{ claim.kind }}!"'),
        ("'Kind: %s' % claim.kind", "'Kind: {{ claim.kind }}'"),
    ],
)
def test_a_value_that_is_joined_to_a_text_in_quotes_is_put_into_it(
    written: str, meant: str
) -> None:
    for path, text in (
        ("x.ai", f"chain c:\n    step s:\n        prompt: {written}\n"),
        ("x.yaml", f"chain: c\nsteps:\n  - name: s\n    prompt: {written}\n"),
    ):
        (problem,) = problems_of(path, text)
        assert problem.help == f"write values in the text itself: `{meant}`"


def test_a_condition_with_a_sign_for_not_is_shown_in_words_in_yaml() -> None:
    text = "chain: c\nsteps:\n  - name: s\n    target: t\n    when: !payload.x\n"
    (problem,) = problems_of("x.yaml", text)
    assert problem.help == "write `not payload.x`"


@pytest.mark.parametrize(
    ("field", "way_out"),
    [
        ("int? = None", "write `int?`: it may be left out, and is none then"),
        ("int = None", "write `int?`: it may be left out, and is none then"),
        ("int | bool = None", "write `int | bool | none = none`"),
    ],
)
def test_a_default_of_none_is_a_type_that_may_be_left_out(
    field: str, way_out: str
) -> None:
    text = f"type T:\n    a: {field}\n"
    (problem,) = [p for p in problems_of("x.ai", text) if p.rule.code == "N703"]
    assert problem.help == way_out


def test_a_default_behind_a_type_in_quotes_goes_into_them() -> None:
    for path, text in (
        ("x.ai", 'chain c:\n    input: {a: "list[str]" = []}\n'),
        ("x.yaml", 'chain: c\ninput: {a: "list[str]" = []}\n'),
    ):
        problem = next(iter(problems_of(path, text)))
        assert problem.help == ('put the default into the quotes: `"list[str] = []"`')


@pytest.mark.parametrize(
    ("called", "way_out"),
    [
        ("payload.s.contains('f')", "write `'f' in payload.s`"),
        ("payload.l.includes(payload.s)", "write `payload.s in payload.l`"),
        ("contains(payload.s, 'b')", "write `'b' in payload.s`"),
        (
            "always()",
            "what always runs last stands below a `finally:`, behind the steps",
        ),
        (
            "failure()",
            "what runs after an error stands below an `on_error:`, behind the steps it "
            "is for",
        ),
        (
            "success()",
            "a step only runs if those before it succeeded; whether one did is "
            "`steps.NAME.status == 'ok'`",
        ),
        ("toJSON(claim)", "a filter does it: write `claim | tojson`"),
        ("fromJSON(payload.s)", "a filter does it: write `payload.s | fromjson`"),
        ("json.dumps(claim)", "a filter does it: write `claim | tojson`"),
        ("JSON.parse(payload.s)", "a filter does it: write `payload.s | fromjson`"),
        (
            "replace(payload.s, 'a', 'b')",
            "a filter does it: write `payload.s | replace('a', 'b')`",
        ),
        ("first(payload.l)", "a filter does it: write `payload.l | first`"),
        ("getenv('K')", "write `env.K`"),
        ("os.getenv('K')", "write `env.K`"),
        ("claim.model_dump()", "it is read as it is: write `claim`"),
        ("datetime.now()", "write `now()`"),
        ("payload.l.push('x')", "write a longer list: `payload.l + ['x']`"),
        ("payload.s.isEmpty()", "write `not payload.s`"),
    ],
)
def test_a_call_of_another_language_is_one_message(called: str, way_out: str) -> None:
    text = f'{_TYPED}    step s:\n        value: "{{{{ {called} }}}}"\n'
    found = [p for p in problems_of("x.ai", text) if p.rule.severity.value == "error"]
    assert [(p.rule.code, p.help) for p in found] == [("N505", way_out)]


@pytest.mark.parametrize(
    ("line", "way_out"),
    [
        (
            "for d in payload.l max 4:",
            "write `for d in payload.l parallel 4:` for so many rounds at once",
        ),
        ("for d in payload.l as r:", "write `for r: d in payload.l:`"),
        (
            "for d in payload.l as r parallel 2:",
            "write `for r: d in payload.l parallel 2:`",
        ),
        (
            "for d in payload.l parallel 4 on_error continue:",
            "write `for d in payload.l parallel 4:`, and `on_error: continue` on the "
            "next line, indented",
        ),
        (
            "for ds: d in payload.l parallel 2 tolerate 10%:",
            "write `for ds: d in payload.l parallel 2:`, and `tolerate: 10%` on the "
            "next line, indented",
        ),
        (
            "for d in payload.l batch=10:",
            "write `for d in payload.l:`, and `batch: 10` on the next line, indented",
        ),
        (
            "for ds: d in payload.l key d.id:",
            "write `for ds: d in payload.l:`, and `key: d.id` on the next line, indented",
        ),
        (
            "for ds: d in payload.l until d.z == 3:",
            "write `for ds: d in payload.l:`, and `until: d.z == 3` on the next line, "
            "indented",
        ),
        (
            "for d in payload.l if d.z:",
            "write `for d in payload.l:`, and `if d.z:` on the next line, indented, "
            "around its steps",
        ),
        ("parallel for d in payload.l:", "write `for d in payload.l parallel:`"),
        ("for parallel d in payload.l:", "write `for d in payload.l parallel:`"),
        ("for d in payload.l parallel=4", "write `for d in payload.l parallel 4:`"),
        ("for d in payload.l, parallel 4:", "write `for d in payload.l parallel 4:`"),
        ("for d in payload.l, parallel:", "write `for d in payload.l parallel:`"),
        ("for d in payload.l, parallel", "write `for d in payload.l parallel:`"),
        (
            "for d in payload.l parallel 4 at once:",
            "write `for d in payload.l parallel 4:`",
        ),
        (
            "for r: d in payload.l, parallel 4:",
            "write `for r: d in payload.l parallel 4:`",
        ),
        ("while payload.x max=3:", "write `while payload.x max 3:`"),
        ("while payload.x max_rounds 3:", "write `while payload.x max 3:`"),
        ("while payload.x up to 3:", "write `while payload.x max 3:`"),
        ("while payload.x at most 3:", "write `while payload.x max 3:`"),
        ("while payload.x, max 3:", "write `while payload.x max 3:`"),
        ("while payload.x max 3 times", "write `while payload.x max 3:`"),
        ("while r: payload.x max = 3:", "write `while r: payload.x max 3:`"),
        ("within r 5s:", "write `within r: 5s:`"),
        ("within 5s as r:", "write `within r: 5s:`"),
        (
            "race q stagger 2s:",
            "write `race q:`, and `stagger: 2s` on the next line, indented",
        ),
        ("for __d in payload.l:", "begin it with a letter"),
    ],
)
def test_a_first_line_that_was_guessed_is_one_message(line: str, way_out: str) -> None:
    text = f"{_CHAIN}    {line}\n{_STEP}"
    found = [p for p in problems_of("x.ai", text) if p.rule.severity.value == "error"]
    assert [problem.help for problem in found] == [way_out]


@pytest.mark.parametrize(
    "line",
    [
        "for d in (payload.l if payload.x else []):",
        "for d in payload.l parallel 4:",
        "for parallel: d in payload.l:",
        "within r: 5s:",
    ],
)
def test_a_first_line_that_is_right_is_not_taken_for_a_guess(line: str) -> None:
    text = f"{_CHAIN}    {line}\n{_STEP}"
    found = [p for p in problems_of("x.ai", text) if p.rule.severity.value == "error"]
    assert not found


@pytest.mark.parametrize(
    ("steps", "way_out"),
    [
        (
            "    for d in payload.l:\n        step s: {value: 1}\n"
            '    step t: {value: "{{ parts }}"}\n',
            "declare it in the `input` of the chain, and read `payload.parts`; if a `for` "
            "gives it, `for parts: d in ...:`",
        ),
        (
            "    within 5s:\n        step s: {value: 1}\n"
            "        else:\n            step t: {value: 1}\n",
            "indent it like its `within`, right after the steps of that",
        ),
        (
            "    race:\n        step s: {value: 1}\n        step t: {value: 1}\n"
            "    else:\n        step u: {value: 1}\n",
            "what runs where all its contenders fail stands below an `on_error:`, "
            "behind the race",
        ),
        (
            "    step s: {value: 1}\n    step y: {value: 2}\n"
            "    step t: {value: 3, depends_on: 's, y'}\n",
            "write `[s, y]`",
        ),
        (
            '    match payload.x:\n        case "a" | "b":\n'
            "            step s: {value: 1}\n",
            'write `,` between values, as `"a", "b"`',
        ),
        (
            "    step a:\n        kind: http\n        url: https://a.b/\n"
            '    step e: {value: "{{ steps.a.eror }}"}\n',
            "did you mean `error`?",
        ),
        (
            '    step s:\n        target: t\n        output: \'"a" | "b"\'\n',
            "write `one of [a, b]`",
        ),
        (
            "    step s:\n        prompt:\n            - role: user\n"
            "              content: hi\n",
            "several messages are `messages:`: write that key instead",
        ),
        (
            "    step s:\n        prompt: hi\n        stop: [x]\n",
            "what ends an answer is an option: `options: {stop: [...]}`",
        ),
        (
            "    step s: {value: 1}\n    output: str\n",
            "`output` is a key of a step: indent it below its `step`",
        ),
    ],
)
def test_a_habit_of_other_tools_is_one_message_with_a_way_out(
    steps: str, way_out: str
) -> None:
    found = [
        problem
        for problem in problems_of(
            "x.ai", f"connection m: {{api: local}}\n{_CHAIN}{steps}"
        )
        if problem.rule.severity.value == "error"
    ]
    assert [problem.help for problem in found] == [way_out]


@pytest.mark.parametrize(
    ("path", "text", "way_out"),
    [
        ("x.yaml", "states: {n: 0}\n", "write `n: int = 0`"),
        ("x.yaml", "states:\n  l: []\n", "write `l: list[str] = []`"),
        ("x.ai", "state n: 0.5\n", "write `state n: float = 0.5`"),
        (
            "x.ai",
            "type Kind: one of [a, b]\n",
            "write a field per line below it, as `name: str`; a type such as "
            "`one of [a, b]` stands where it is used",
        ),
        ("x.ai", "type T:\n    u: Decimal\n", "did you mean `float`?"),
        (
            "x.ai",
            "type T:\n    i: float > 0\n",
            "bounds are keys: `{type: float, min: 0}`",
        ),
        (
            "x.ai",
            'type T:\n    k: int @description("x")\n',
            "it is a key: `{type: int, description: ...}`",
        ),
    ],
)
def test_a_definition_that_was_guessed_is_one_message(
    path: str, text: str, way_out: str
) -> None:
    found = [p for p in problems_of(path, text) if p.rule.severity.value == "error"]
    assert [problem.help for problem in found] == [way_out]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("a=1", """write `'{"a": 1}'`"""),
        ("name=Ada", """write `'{"name": "Ada"}'`"""),
        (
            "nowhere/p.json",
            "a file is given as `@nowhere/p.json`, and there is none of that name",
        ),
        ("{text: hi, n: [1]}", """write `'{"text": "hi", "n": [1]}'`"""),
        ("{'n': None, 'b': True}", """write `'{"n": null, "b": true}'`"""),
        ('{"a": 1,}', """write `'{"a": 1}'`"""),
        ("hello there", """write `'"hello there"'`"""),
        ("True", "write `true`"),
        (
            "{a}",
            "expecting property name enclosed in double quotes, at line 1, column 2",
        ),
        ('{"a": 1', "expecting ',' delimiter, at line 1, column 8"),
        ('["a', "unterminated string, at line 1, column 2"),
    ],
)
def test_an_input_that_is_no_json_is_shown_as_it_is_given(
    given: str, meant: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        json_given("--input", given)
    assert str(raised.value) == f"--input is not valid JSON: {meant}"


def test_data_that_is_empty_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.json").write_text("\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for given, named in (("@p.json", "`p.json`"), ("-", "standard input")):
        with pytest.raises(ProjectError) as raised:
            json_given("--input", given)
        assert str(raised.value) == f"{named} is empty: JSON belongs there"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '{"a": [1,\n]}',
            "illegal trailing comma before end of array, at line 1, column 9",
        ),
        (
            '{"a": [1],\n "b": 2, }',
            "illegal trailing comma before end of object, at line 2, column 8",
        ),
        (
            '{"a": 1, ]',
            "expecting property name enclosed in double quotes, at line 1, column 10",
        ),
        ("[1, }", "expecting value, at line 1, column 5"),
        ("[,]", "expecting value, at line 1, column 2"),
    ],
)
def test_a_comma_with_nothing_behind_it_is_told_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    (tmp_path / "p.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError) as raised:
        json_given("--input", "@p.json")
    assert str(raised.value) == f"`p.json` is not valid JSON: {told}"


def test_keys_of_a_forgotten_step_are_one_message() -> None:
    text = (
        f"{_CHAIN}    if payload.x:\n{_STEP}    else:\n        wait: approval\n"
        "        timeout: 5s\n        default: false\n"
    )
    (problem,) = problems_of("x.ai", text)
    assert problem.help == (
        "write `step some_name:` above it, and indent `wait` below that"
    )


def test_a_chain_among_the_keys_of_a_state_is_moved_out() -> None:
    text = "state n: int = 0\n    chain c:\n        step s: {value: 1}\n"
    (problem,) = problems_of("x.ai", text)
    assert problem.message == "a `chain` is not allowed among the keys of another block"
    assert problem.help == "begin `chain` in the column of the block that it follows"


@pytest.mark.parametrize(
    ("items", "known"),
    [
        ("[1, 2, 3, 4]", 4),
        ("[]", 0),
        ("range(3)", 3),
        ("[1, 2] + payload.l", None),
        ("payload.l", None),
        ("[1, 2][:1]", None),
    ],
)
def test_items_that_are_written_out_are_counted(items: str, known: int | None) -> None:
    assert known_items(items) == known


@pytest.mark.parametrize(
    ("read", "kinds"),
    [
        ("page.status >= 400", "4xx, 5xx"),
        ("page.status > 404", "4xx, 5xx"),
        ("500 <= page.status", "5xx"),
        ("page.status > 499", "5xx"),
        ("page.status == 404", "404"),
    ],
)
def test_failures_that_a_response_is_asked_for_are_those_of_a_clause(
    read: str, kinds: str
) -> None:
    text = (
        'chain c:\n    step page:\n        url: "https://example.com"\n'
        f"    step use:\n        target: u\n        when: {read}\n"
    )
    (problem,) = problems_of("x.ai", text)
    way_out = f"give step `page` a clause, `on_error [{kinds}]:`, which runs then"
    assert (problem.rule.code, problem.help) == ("N525", way_out)
