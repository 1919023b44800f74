"""What follows from a mistake is no message of its own."""

from __future__ import annotations

import pytest
from n3gen.diagnostics import Diagnostic

from tests.compiling import problems_of

MODELS = "connection m: {api: local}\n"
STEPS = "    steps:\n      - {name: x, value: 1}\n"
COLUMN = "in the column of the steps, and this step below it"
KIND = "`target` is for `ask`, `cancel`, `chain`, `connector`, `python`, `send`, `state`, `tell` and `wait`"


def told(path: str, text: str) -> list[tuple[str, str, str]]:
    """The problems of a spec: their codes, what their carets are under, their helps."""
    return [
        (one.rule.code, marked(one), one.help or "") for one in problems_of(path, text)
    ]


def marked(problem: Diagnostic) -> str:
    span = problem.label.span
    return problem.file.text[span.start : span.end]


# --- first lines --------------------------------------------------------------


@pytest.mark.parametrize("rest", ["elif payload.y:", "else:"])
def test_what_follows_an_else_if_goes_on_the_same_block(rest: str) -> None:
    text = (
        "chain c:\n    if payload.x:\n        step a: {value: 1}\n"
        "    else if payload.z:\n        step b: {value: 2}\n"
        f"    {rest}\n        step d: {{value: 3}}\n"
    )
    assert told("x.ai", text) == [("N113", "if payload.z", "write `elif payload.z:`")]


def test_an_else_if_in_yaml_is_an_elif() -> None:
    text = (
        "chain: c\nsteps:\n  - if: payload.x\n    then: [{name: a, value: 1}]\n"
        "    else if: payload.y\n    else: [{name: b, value: 1}]\n"
    )
    assert told("x.yaml", text) == [("N201", "else if", "did you mean `elif`?")]


def test_a_second_else_is_told() -> None:
    branch = "    else:\n        step {}: {{value: 1}}\n"
    text = "chain c:\n    if payload.x:\n        step a: {value: 1}\n"
    found = told("x.ai", text + branch.format("b") + branch.format("d"))
    assert [code for code, _, _ in found] == ["N111"]


@pytest.mark.parametrize(
    ("keys", "code", "marked", "way_out"),
    [
        ("while: x < 3 max=3", "N501", "max", "max: 3"),
        ("while: x < 3, max 3", "N501", ",", "max: 3"),
        ("while: x < 3 up to 3", "N501", "up", "max: 3"),
        ("while: x < 3 max 3 times", "N501", "max", "max: 3"),
        ("for: d\n    in: payload.l, parallel 3", "N501", ",", "parallel: 3"),
    ],
)
def test_a_number_behind_an_expression_is_told_once_in_yaml(
    keys: str, code: str, marked: str, way_out: str
) -> None:
    text = f"chain: c\nsteps:\n  - {keys}\n    steps: [{{name: x, value: 1}}]\n"
    word = way_out.replace(":", "")
    help_ = f"write `{word}`, in YAML the key `{way_out}` beside it"
    assert told("x.yaml", text) == [(code, marked, help_)]


@pytest.mark.parametrize("key", ["max_rounds", "up_to", "limit", "times"])
def test_a_bound_under_another_key_is_not_missing(key: str) -> None:
    text = (
        f"chain: c\nsteps:\n  - while: x < 3\n    {key}: 3\n"
        "    steps: [{name: x, value: 1}]\n"
    )
    assert told("x.yaml", text) == [("N201", key, "did you mean `max`?")]


@pytest.mark.parametrize(
    ("condition", "is_read"),
    [("x < payload.max3", True), ("x < max3", False), ("x != 'up to 3'", True)],
)
def test_a_name_is_no_bound(condition: str, is_read: bool) -> None:
    text = f"chain c:\n    while {condition} max 3:\n        step x: {{target: f}}\n"
    assert [code for code, _, _ in told("x.ai", text)] == ([] if is_read else ["N313"])


@pytest.mark.parametrize(
    ("line", "code", "marked", "key"),
    [
        ("parallel", "N113", "step x", "parallel: true"),
        ("background", "N114", "background", "background: true"),
        ("optional", "N114", "optional", "on_error: skip"),
    ],
)
@pytest.mark.parametrize("keys", [" {target: f}", "\n        target: f"])
def test_a_word_before_a_step_is_a_key_of_it(
    line: str, code: str, marked: str, key: str, keys: str
) -> None:
    text = f"chain c:\n    {line} step x:{keys}\n    step y: {{target: f}}\n"
    assert told("x.ai", text) == [
        (code, marked, f"write `step x:`, and `{key}` below it")
    ]


@pytest.mark.parametrize(
    ("line", "way_out"),
    [("if payload.x {", "write `:` in its place"), ("if payload.x: {", "remove it")],
)
def test_a_brace_behind_a_first_line(line: str, way_out: str) -> None:
    text = f"chain c:\n    {line}\n        step x: {{target: f}}\n    }}\n"
    assert told("x.ai", text) == [("N113", "{", way_out)]


# --- blocks in the wrong place ------------------------------------------------


@pytest.mark.parametrize("more", ["", "        value: 1\n"])
def test_a_block_in_a_step_is_told_at_its_place(more: str) -> None:
    text = (
        "chain c:\n    step x:\n        if payload.a:\n            step y: {value: 1}\n"
    )
    ((code, marked, _),) = told("x.ai", text + more)
    assert (code, marked) == ("N115", "if")


@pytest.mark.parametrize(
    ("key", "way_out"),
    [
        ("for: d in payload.l", f"write `for d in payload.l:` {COLUMN}"),
        ("while: payload.a", f"write `while payload.a:` {COLUMN}"),
        ("within: 5s", f"write `within 5s:` {COLUMN}"),
        ("race: 2", f"write `race 2 of:` {COLUMN}"),
        ("if: payload.a", "did you mean `when`?"),
    ],
)
def test_the_word_of_a_block_among_the_keys_of_a_step(key: str, way_out: str) -> None:
    text = (
        f'chain c:\n    step x:\n        {key}\n        value: "{{{{ payload.d }}}}"\n'
    )
    assert told("x.ai", text) == [("N201", key.split(":")[0], way_out)]


def test_what_a_block_would_have_bound_is_not_told() -> None:
    step = '    step x:\n        for: d in payload.l\n        value: "{{ d }}"\n'
    ((code, marked, _),) = told("x.ai", f"chain c:\n{step}")
    assert (code, marked) == ("N201", "for")
    entry = '  - name: x\n    for: d\n    in: payload.l\n    value: "{{ d }}"\n'
    ((code, marked, _),) = told("x.yaml", f"chain: c\nsteps:\n{entry}")
    assert (code, marked) == ("N201", "for")


def test_what_was_meant_as_a_try_is_told_once() -> None:
    clause = "    on_error as e:\n        step y: {value: 2}\n"
    text = f"chain c:\n    try:\n        step x: {{value: 1}}\n{clause}"
    ((code, marked, _),) = told("x.ai", text)
    assert (code, marked) == ("N114", "try")
    entries = (
        "  - try: [{name: x, value: 1}]\n"
        '  - {on_error: any, steps: [{name: y, value: "{{ x }}"}]}\n'
    )
    ((code, marked, way_out),) = told("x.yaml", f"chain: c\nsteps:\n{entries}")
    assert (code, marked) == ("N206", "try")
    assert way_out.endswith("`- {on_error: any, steps: [...]}`")


def test_a_tab_in_a_text_is_told_once() -> None:
    text = "chain c:\n    step x:\n        value: |\n            one\n\t    two\n"
    assert [code for code, _, _ in told("x.ai", text)] == ["N103"]


# --- keys that are needed -----------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "code", "marked", "way_out"),
    [
        ("limit r: {max: 3}", "N201", "max", "did you mean `permits`?"),
        ("limit r: {foo: 3}", "N201", "foo", "its keys are `permits`, `within`"),
        (
            "actor r: app:Counter",
            "N203",
            "app:Counter",
            "write `{target: app:Counter}`",
        ),
        (
            "type T: {e: {a: str}}",
            "N203",
            "{a: str}",
            "declare a `type` with these fields, and write its name",
        ),
        ("type T: {e: {typ: str}}", "N201", "typ", "did you mean `type`?"),
        (
            "connection o: {api: openai, model: [gpt]}\n"
            "chain d:\n    step y: {prompt: hi, connection: o}",
            "N203",
            "[gpt]",
            "write one text, in quotes",
        ),
        (
            "chain d:\n    step y: {kind: value, target: w}",
            "N205",
            "target",
            KIND,
        ),
        (
            f"{MODELS}chain d:\n    step y: {{kind: llm, value: 1}}",
            "N205",
            "value",
            "`value` is for `send` and `value`",
        ),
        (
            "chain d:\n    step y: {value: 1, timeout: 5 sec}",
            "N208",
            "5 sec",
            "write `5s`",
        ),
    ],
)
def test_a_key_that_stands_for_a_needed_one_is_told_alone(
    lines: str, code: str, marked: str, way_out: str
) -> None:
    text = f"{lines}\nchain c:\n    step x: {{value: 1}}\n"
    found = [one for one in told("x.ai", text) if one[0] not in ("N309", "N480")]
    assert found == [(code, marked, way_out)]


def test_what_another_mapping_lacks_is_told_beside_a_foreign_key() -> None:
    text = "limit r: {foo: 3}\nlimit s: {}\nchain c:\n    step x: {value: 1}\n"
    assert [code for code, _, _ in told("x.ai", text)] == ["N201", "N202"]


def test_a_case_under_another_key_is_a_case() -> None:
    text = (
        "chain: c\nsteps:\n  - match: payload.x\n    cases:\n"
        "      - {when: b, steps: [{name: x, value: 1}]}\n"
    )
    assert told("x.yaml", text) == [("N201", "when", "did you mean `case`?")]


def test_the_input_of_a_test_is_its_payload() -> None:
    chain = 'chain c:\n    input: {t: str}\n    step x: {value: "{{ payload.t }}"}\n'
    text = f"{chain}test t of c:\n    input: {{t: a}}\n    expect: {{status: ok}}\n"
    assert told("x.ai", text) == [("N201", "input", "did you mean `payload`?")]


# --- options of connectors ----------------------------------------------------


@pytest.mark.parametrize(
    ("read", "code"),
    [("options.topic", "N331"), ("options.topic | default('all')", "N425")],
)
def test_a_slip_of_an_option_is_told_where_it_stands(read: str, code: str) -> None:
    text = (
        f'{MODELS}connector w: {{prompt: "about {{{{ {read} }}}}"}}\n'
        "chain c:\n    step x: {target: w, options: {tpic: 1}}\n"
    )
    assert told("x.ai", text) == [(code, "tpic", "did you mean `topic`?")]


def test_an_option_beside_the_one_that_is_read_is_no_slip() -> None:
    text = (
        f'{MODELS}connector w: {{prompt: "about {{{{ options.topic }}}}"}}\n'
        "chain c:\n    step x: {target: w, options: {topic: 1, topics: 2}}\n"
    )
    ((code, marked, way_out),) = told("x.ai", text)
    assert (code, marked) == ("N425", "topics")
    assert "did you mean" not in way_out


# --- files of YAML ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "marked", "way_out"),
    [
        (
            "chains: {c: [{name: x, value: 1}]}\n",
            "N203",
            "[{name: x, value: 1}]",
            "write its steps under `steps:`",
        ),
        (
            "pipelines: {c: [{name: x, value: 1}]}\n",
            "N203",
            "[{name: x, value: 1}]",
            "write its stages under `stages:`",
        ),
        (
            "connections:\nm:\n  api: local\n"
            "chains:\n  c:\n    steps: [{name: x, prompt: hi}]\n",
            "N201",
            "m",
            "indent it below `connections:`",
        ),
        (
            "chain: {name: c, steps: [{name: x, value: 1}]}\n",
            "N203",
            "chain",
            "write `chains:`, `c:` below it, and its keys below that",
        ),
        (
            f"connection: {{api: local}}\nchains:\n  c:\n{STEPS}",
            "N201",
            "connection",
            "write `connections:`, `some_name:` below it, and its keys below that",
        ),
        (
            f"connection: {{m: {{api: local}}}}\nchains:\n  c:\n{STEPS}",
            "N201",
            "connection",
            "did you mean `connections`?",
        ),
        (
            "connection m:\n  api: local\nchain a:\n  value: 1\n",
            "N201",
            "connection m",
            "give the file the ending `.ai`, or write `connections: {m: ...}`",
        ),
    ],
)
def test_the_shape_of_a_file_is_told_once(
    text: str, code: str, marked: str, way_out: str
) -> None:
    assert told("x.yaml", text) == [(code, marked, way_out)]
