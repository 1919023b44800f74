"""One mistake is one message: its place, what it says, and the way out."""

from __future__ import annotations

import pytest
from n3gen.spec.forms import forms_of
from n3gen.spec.keys import key_names
from n3gen.spec.model import Block, Chain, Stage
from n3gen.syntax.colon_rules import KEYS_BESIDE_STEPS
from n3gen.syntax.words import WORDS

from tests.compiling import problems_of

MODELS = "connection m:\n    api: local\n"
STEP = f"{MODELS}chain c:\n    input: {{x: str}}\n    step a:\n"
YAML = (
    "connections: {m: {api: local}}\n"
    "chains:\n  c:\n    input: {x: str}\n    steps:\n      - name: a\n"
)


def check(path: str, text: str, code: str, marked: str, way_out: str) -> None:
    """Check the only error of a spec: what its caret is under, and its help."""
    (problem,) = problems_of(path, text)
    span = problem.label.span
    assert problem.rule.code == code, problem.message
    assert text[span.start : span.end] == marked
    assert problem.help == way_out


def both(lines: str, code: str, marked: str, way_out: str) -> None:
    """Check the keys of a step, in both spellings."""
    check("x.ai", f"{STEP}{indented(lines)}", code, marked, way_out)
    check("x.yaml", f"{YAML}{indented(lines)}", code, marked, way_out)


def indented(lines: str) -> str:
    """Lines, in the column of the keys of a step in either spelling."""
    return "".join(f"        {line}\n" for line in lines.splitlines())


# --- comments ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("prompt: hi {# c #} {{ payload.x }}", "#} {{ payload.x }}"),
        ("prompt: hi {{ payload.x # the name }} you", "# the name }} you"),
        ("prompt: hi {% if payload.x == ' #' %}y{% endif %}", "#' %}y{% endif %}"),
        ("prompt: hi\nwhen: payload.x == 'a #b'", "#b'"),
    ],
)
def test_a_comment_within_braces_is_told_once(line: str, marked: str) -> None:
    both(line, "N502", marked, "put the whole text in quotes")


def test_a_comment_behind_a_faulty_text_is_another_mistake() -> None:
    text = f"{STEP}        prompt: hi {{{{ payload.x |}}}} you #and you\n"
    assert [p.rule.code for p in problems_of("x.ai", text)] == ["N501", "N231"]


# --- texts of several lines ---------------------------------------------------

OF_TARGET = "write `state: n`, and remove `target`"
SEVERAL = "for several lines write `{}: |`, and all of the text below it, indented"


@pytest.mark.parametrize(
    ("lines", "marked"),
    [
        ('prompt: "Hello"\n"and more"', '"and more"'),
        ('prompt: "Hello"\n    "and more"', '"and more"'),
        ("prompt: 'Hello'\n'and'\n'and more'\ntimeout: 3", "'and'"),
        ('prompt:\n    "Hello"\n    "and more"\ntimeout: 3', '"and more"'),
        ('prompt: "Hello"\n    and more\ntimeout: 3', "and more"),
        ("prompt: Say hello\nand more of it", "and more of it"),
        ("prompt: Say hello\nand more of it\ntimeout: 3", "and more of it"),
    ],
)
def test_a_text_that_goes_on_below_is_told_once(lines: str, marked: str) -> None:
    both(lines, "N104", marked, SEVERAL.format("prompt"))


@pytest.mark.parametrize(
    "below", ["and it goes on\n    and on it goes", "and it goes on\n        and on"]
)
def test_a_description_that_goes_on_is_told_once(below: str) -> None:
    lines = f"    description: What it does\n    {below}\n"
    marked, way_out = "and it goes on", SEVERAL.format("description")
    text = f"chain c:\n{lines}    step a:\n        value: 1\n"
    check("x.ai", text, "N104", marked, way_out)


def test_a_label_below_a_prompt_is_a_line_of_it() -> None:
    text = f"{STEP}        prompt: Say hello\n            Role: a friend\n            More\n"
    check("x.ai", text, "N104", "Role: a friend", SEVERAL.format("prompt"))


@pytest.mark.parametrize(
    "line",
    ["prompt tell me of it", "value of all is one", "kind llm", "if you can, say"],
)
def test_a_key_below_a_text_still_lacks_its_colon(line: str) -> None:
    for head, path in ((STEP, "x.ai"), (YAML, "x.yaml")):
        text = (
            f"{head}        description: Say hello\n        {line}\n        value: 1\n"
        )
        (problem,) = problems_of(path, text)
        assert problem.rule.code in ("N110", "N114", "N115")


@pytest.mark.parametrize(
    "lines",
    [
        "prompt: |\nRole: a friend\nTask: say hello\nAnswer: shortly",
        "prompt: |\nrole: a friend\ntask: say hello\ntimeout: 3",
        "prompt: >-  # folded\n\nRole: a friend\ntimeout: 3",
        "prompt: |\nRole: a friend\nSay hello to them.\ntimeout: 3",
    ],
)
def test_keys_that_are_lines_of_an_empty_text_are_told_once(lines: str) -> None:
    marked = next(line for line in lines.split("\n")[1:] if line)
    both(lines, "N104", marked, "indent all lines of the text alike, by more than 8")


def test_lines_of_an_empty_text_are_told_in_all_constructs() -> None:
    for text in (
        "chain c:\n    description: |\n    Role: a\n    More: b\n    step a: {value: 1}\n",
        f"{MODELS}connector k:\n    prompt: |\n    Role: a\n    More: b\n"
        "chain c:\n    step a:\n        target: k\n",
    ):
        way_out = "indent all lines of the text alike, by more than 4"
        check("x.ai", text, "N104", "Role: a", way_out)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("prompt: |\ntimeout: 3", ["N312"]),
        ("prompt: |\ntimeout: 3\nrole: a", ["N312", "N201"]),
        ("prompt: |\n    hi\nrole: a", ["N201"]),
        ('prompt: ""\nrole: a', ["N312", "N201"]),
    ],
)
def test_what_is_no_line_of_a_text_is_told_as_before(
    lines: str, codes: list[str]
) -> None:
    for path, head in (("x.ai", STEP), ("x.yaml", YAML)):
        found = problems_of(path, f"{head}{indented(lines)}")
        assert [problem.rule.code for problem in found] == codes


# --- columns ------------------------------------------------------------------


@pytest.mark.parametrize("column", [4, 6, 8, 12])
@pytest.mark.parametrize(
    ("above", "line", "way_out"),
    [
        (
            "connection m:\n    api: local\n",
            "chain c:",
            "begin `chain` in the column of the block that it follows",
        ),
        (
            "type T:\n    a: str\n",
            "connection m:",
            "begin `connection` in the column of the block that it follows",
        ),
        (
            "chain c:\n  step a:\n    value: 1\n",
            "step b:",
            "begin `step` in the column of the step that it follows; a key of this name "
            "goes in quotes",
        ),
        (
            "chain c:\n  step a:\n    value: 1\n",
            "if payload.x:",
            "begin `if` in the column of the step that it follows; a key of this name "
            "goes in quotes",
        ),
    ],
)
def test_a_block_among_keys_is_told_once_in_any_column(
    column: int, above: str, line: str, way_out: str
) -> None:
    lead = " " * column
    below = {"chain": "step s: {value: 1}", "if": "step s: {value: 1}"}
    word = line.partition(" ")[0]
    text = f"{above}{lead}{line}\n{lead}  {below.get(word, 'timeout: 3')}\n"
    check("x.ai", text, "N115", word, way_out)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u3000"])
@pytest.mark.parametrize(
    "lines",
    [
        "chains:\n  c:\n_   steps:\n      - name: a\n        value: 1\n",
        "chains:\n  c:\n    steps:\n    _ - name: a\n        value: 1\n",
        "chains:\n  c:\n    steps:\n      - name: a\n     _  value: 1\n     _  timeout: 3\n",
        "_chains:\n  c:\n    steps:\n      - name: a\n        value: 1\n",
    ],
)
def test_another_blank_that_indents_yaml_is_named_once(blank: str, lines: str) -> None:
    text = lines.replace("_", blank)
    (problem,) = problems_of("x.yaml", text)
    assert (problem.rule.code, problem.help) == ("N103", "indent with spaces")
    assert problem.label.span.start == lines.index("_")


@pytest.mark.parametrize(
    "value",
    ["|\n          hi\n          \u00a0you", '"\u00a0hi"', "{a: 1,\n  \u00a0b: 2}"],
)
def test_another_blank_within_a_value_is_a_part_of_it(value: str) -> None:
    text = YAML.partition("\n")[2]
    assert not [*problems_of("x.yaml", f"{text}        value: {value}\n")]


# --- types as JSON Schemas ------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "meant"),
    [
        ("{type: array, items: {type: string}}", "list[str]"),
        ("{type: array, items: {type: array, items: {}}}", "list[list[any]]"),
        ("{type: string, enum: [a, b c, 3]}", 'one of [a, "b c", 3]'),
        ("{const: a}", "one of [a]"),
        ("{type: string, format: date-time}", "datetime"),
        ("{type: string, format: email}", "str"),
        ("{type: [string, 'null'], format: date}", "date?"),
        ("{type: integer, nullable: true}", "int?"),
        ("{anyOf: [{type: string}, {type: integer}]}", "str | int"),
        ("{oneOf: [{type: boolean}, {type: 'null'}]}", "bool?"),
        ("{type: object, additionalProperties: {type: number}}", "dict[str, float]"),
        ("{$ref: '#/$defs/Other'}", "Other"),
    ],
)
def test_a_field_as_a_json_schema_is_shown_as_it_is_written(
    schema: str, meant: str
) -> None:
    keys = "items enum const format nullable anyOf oneOf additionalProperties $ref"
    marked = next(key for key in keys.split() if key in schema)
    step = "    step s: {value: 1}\n"
    for path, text in (
        ("x.ai", f"type T:\n    a: {schema}\n"),
        ("x.ai", f"chain c:\n    input:\n        a: {schema}\n{step}"),
        ("x.yaml", f"types:\n  T:\n    a: {schema}\n"),
    ):
        check(path, text, "N701", marked, f"write `a: {meant}`")


def test_an_object_as_a_json_schema_is_shown_as_fields() -> None:
    schema = "{type: object, properties: {a: {type: string}, b: {type: integer}}REST}"
    for rest, b in (("", "int"), (", required: [a]", "int?")):
        written, fields = schema.replace("REST", rest), f"`a: str`, `b: {b}`"
        each = f"write each as a line of its own: {fields}"
        for path, text, marked, way_out in (
            ("x.ai", f"type T: {written}\n", "properties", each),
            ("x.yaml", f"types:\n  T: {written}\n", "properties", each),
            ("x.yaml", f"types:\n  T:\n    type: {written}\n", "type", each),
            (
                "x.yaml",
                f"types:\n  T:\n    my_part: {written}\n",
                "properties",
                "write `my_part: MyPart`, and declare `type MyPart` with its fields, "
                f"{fields}",
            ),
            (
                "x.yaml",
                f"chain: c\ninput: {written}\nsteps: [{{name: a, value: 1}}]\n",
                "properties",
                each,
            ),
        ):
            check(path, text, "N701", marked, way_out)


@pytest.mark.parametrize(
    ("schema", "way_out"),
    [
        ("{type: array, items: {type: string}}", "write `list[str]`"),
        ("{type: string}", "write `str`"),
        (
            "{type: object, properties: {a: {type: string}}}",
            "declare a `type` with its fields, `a: str`, and write its name",
        ),
        ("{a: str}", "declare a `type` with these fields, and write its name"),
    ],
)
def test_an_output_as_a_json_schema_is_shown_as_a_type(
    schema: str, way_out: str
) -> None:
    both(f"target: k\noutput: {schema}", "N203", schema, way_out)


def test_fields_with_the_names_of_keys_of_schemas_are_fields() -> None:
    names = ("type", "properties", "items", "enum", "required", "format")
    fields = "".join(f"    {name}: {{type: str, min_length: 1}}\n" for name in names)
    assert not [*problems_of("x.ai", f"type T:\n{fields}")]


# --- forms of other languages -----------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "marked", "way_out"),
    [
        (
            'type Kind = "a" | "b"',
            "N113",
            '= "a" | "b"',
            'write `one of ["a", "b"]` in each place where `Kind` is meant',
        ),
        (
            "type Kind one of [a, b]",
            "N113",
            "one of [a, b]",
            "write `one of [a, b]` in each place where `Kind` is meant",
        ),
        (
            "type Ids = list[str];",
            "N113",
            "= list[str];",
            "write `list[str]` in each place where `Ids` is meant",
        ),
        ("type T = {a: str}", "N110", "", "write `type T: {a: str}`"),
        ("limit db = 5", "N110", "", "write `limit db: 5`"),
        ("chain c:\n    step a = 3", "N110", "", "write `step a: {value: 3}`"),
        (
            "chain c:\n    step a = {value: 3}",
            "N110",
            "",
            "write `step a: {value: 3}`",
        ),
        (
            "chain c:\n    x = 3",
            "N110",
            "x = 3",
            "a value is a step: write `step x: {value: 3}`",
        ),
        (
            "chain c:\n    if payload.a:\n        my-x = payload.a + 1;",
            "N110",
            "my-x = payload.a + 1;",
            'a value is a step: write `step my_x: {value: "{{ payload.a + 1 }}"}`',
        ),
        (
            'chain c:\n    let x = a["b"]',
            "N110",
            'let x = a["b"]',
            "a value is a step: write `step x: {value: '{{ a[\"b\"] }}'}`",
        ),
        ("chain c:\n    timeout = 3", "N110", "timeout = 3", "write `timeout: 3`"),
        (
            "chain c:\n    step a:\n        value = 3",
            "N110",
            "value = 3",
            "write `value: 3`",
        ),
    ],
)
def test_what_is_assigned_is_shown_as_it_is_written(
    line: str, code: str, marked: str, way_out: str
) -> None:
    check("x.ai", f"{line}\n", code, marked, way_out)


def test_the_keys_that_stand_before_steps_are_those_of_the_tables() -> None:
    blocks = (form.KEYS for form in forms_of(Block) if form is not Stage)
    words = WORDS.blocks().keys()
    heads = {"in", "max", "as", "then", "cases"}
    tables = {key for keys in (Chain.KEYS, *blocks) for key in key_names(keys)}
    assert tables - words - heads | {"parallel", "on_error"} == KEYS_BESIDE_STEPS


@pytest.mark.parametrize(
    ("text", "marked", "way_out"),
    [
        ("{% if payload.x %}a{% end %}", "end", "write `{% endif %}`"),
        ("{% for y in payload.x %}a{% end %}", "end", "write `{% endfor %}`"),
        (
            "{% if payload.x %}{% for y in payload.x %}a{% done %}{% endif %}",
            "done",
            "write `{% endfor %}`",
        ),
        ("a{% end %}", "end", "remove it: no tag is open here"),
    ],
)
def test_an_end_says_of_what(text: str, marked: str, way_out: str) -> None:
    both(f'prompt: "{text}"', "N507", marked, way_out)


def test_how_many_steps_run_at_once_is_a_bound_of_the_chain() -> None:
    way_out = "write `true`; the chain's `max_parallel: 3` bounds its steps"
    both("target: k\nparallel: 3", "N203", "3", way_out)


@pytest.mark.parametrize(
    ("condition", "marked", "way_out"),
    [
        ("'{payload.x}' == 'a'", "'{payload.x}'", "write `payload.x`"),
        ("payload.x != '${x}'", "'${x}'", "write `payload.x`"),
        (
            "'Hi {payload.x}!' ~ payload.x in payload.x",
            "'Hi {payload.x}!'",
            "write `'Hi ' ~ payload.x ~ '!'`",
        ),
    ],
)
def test_a_name_in_one_brace_within_an_expression_is_told(
    condition: str, marked: str, way_out: str
) -> None:
    both(f'prompt: hi\nwhen: "{condition}"', "N232", marked, way_out)


@pytest.mark.parametrize(
    "condition",
    [
        "payload.x == '{other}'",
        "payload.x | replace('{payload.x}', '') == ''",
        "'{' ~ payload.x ~ '}' == '{b}'",
    ],
)
def test_braces_that_name_nothing_within_an_expression_are_its_text(
    condition: str,
) -> None:
    text = f'{STEP}        prompt: hi\n        when: "{condition}"\n'
    assert not [*problems_of("x.ai", text)]


@pytest.mark.parametrize(
    ("lines", "code", "marked", "way_out"),
    [
        ("state: get\n        target: n", "N314", "get", OF_TARGET),
        ("state: set\n        target: n\n        set: 3", "N314", "set", OF_TARGET),
        (
            "state: n\n        get: true",
            "N201",
            "get",
            "remove it: a step that changes nothing reads the state",
        ),
    ],
)
def test_what_a_state_step_does_is_told_once(
    lines: str, code: str, marked: str, way_out: str
) -> None:
    head = "state n: int = 0\nchain c:\n    step a:\n"
    tail = '    result: "{{ state.n + a }}"\n'
    check("x.ai", f"{head}        {lines}\n{tail}", code, marked, way_out)


# --- what values are ----------------------------------------------------------------

OPEN = """\
chain c:
    do x:
        step get: {url: "https://a.b/"}
        on_error as err:
            step other: {value: 3}
    race r:
        step one: {url: "https://a.b/"}
        step two: {target: t, output: str}
    parallel both:
        step p: {value: 1}
        step q: {value: 2}
    result: "{{ READ }} {{ x }} {{ r }} {{ both }}"
"""


@pytest.mark.parametrize(
    ("read", "code", "message", "way_out"),
    [
        (
            "x.stat",
            "N509",
            "`x` has no field `stat`: it is an HTTP response or of type `int`",
            "did you mean `status`?",
        ),
        (
            "r.content",
            "N509",
            "`r` has no field `content`: it is an HTTP response or of type `str`",
            "it has `status`, `headers`, `body`",
        ),
        (
            "r == 3",
            "N525",
            "`r` is an HTTP response or of type `str`, and is compared with a number",
            "compare a field of it: `r.status`",
        ),
        (
            "both == 'a'",
            "N525",
            "`both` is a mapping of `p`, `q`, and is compared with a text",
            "compare a field of it",
        ),
    ],
)
def test_a_value_that_no_spec_can_write_the_type_of_is_told_in_words(
    read: str, code: str, message: str, way_out: str
) -> None:
    (problem,) = problems_of("x.ai", OPEN.replace("READ", read))
    told = (problem.rule.code, problem.message, problem.help)
    assert told == (code, message, way_out)


# --- names --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "chain c:\n    step ONE: {value: 1}\n    step TWO: {value: 2}\n",
        "chain ONE:\n    step s: {value: 1}\nchain TWO:\n    step s: {value: 1}\n",
    ],
)
def test_one_name_in_two_forms_of_unicode_is_told_as_that(text: str) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    text = text.replace("ONE", composed).replace("TWO", apart)
    problem = next(p for p in problems_of("x.ai", text) if p.rule.code == "N303")
    assert problem.message.endswith("is written in two ways that look alike")
    assert problem.help == (
        "copy the name from one place to the other, or give it another one"
    )


# --- clauses, types and counts ----------------------------------------------


@pytest.mark.parametrize(
    ("head", "marked", "way_out"),
    [
        ("[timeout] as", "[timeout] as", "write `on_error [timeout] as error:`"),
        ("timeout as e", "timeout", "write `on_error [timeout] as e:`"),
        ("(404, 5xx) as e", "(404, 5xx)", "write `on_error [404, 5xx] as e:`"),
    ],
)
def test_kinds_without_brackets_keep_the_name_of_the_error(
    head: str, marked: str, way_out: str
) -> None:
    lines = f"    step a: {{target: x}}\n    on_error {head}:\n        step b: {{value: 1}}\n"
    check("x.ai", f"chain c:\n{lines}", "N113", marked, way_out)


@pytest.mark.parametrize(
    ("type_", "marked", "way_out"),
    [
        ("list of Doc", "of Doc", "write `list[Doc]`"),
        (
            "'{id: str}'",
            "{",
            "declare a `type` with these fields, and write its name",
        ),
    ],
)
def test_a_type_as_other_languages_write_it_is_shown_as_it_is_here(
    type_: str, marked: str, way_out: str
) -> None:
    text = f"type Doc:\n    id: str\nchain c:\n    step a:\n        target: x\n        output: {type_}\n"
    check("x.ai", text, "N701", marked, way_out)


def test_how_many_rounds_run_at_once_is_written_out() -> None:
    lines = (
        "    input: {n: int, l: 'list[int]'}\n"
        "    for i in payload.l parallel payload.n:\n        step a: {target: x}\n"
    )
    way_out = "write one, such as `parallel 4`; it is not worked out in a run"
    check("x.ai", f"chain c:\n{lines}", "N113", "payload.n", way_out)


@pytest.mark.parametrize("word", ["finally", "on_error"])
def test_a_clause_before_the_steps_of_its_body_is_told_once(word: str) -> None:
    lines = f"    {word}:\n        step b: {{target: x}}\n    step a: {{target: x}}\n"
    way_out = f"move it before the `{word}`"
    check("x.ai", f"chain c:\n{lines}", "N220", "a", way_out)
