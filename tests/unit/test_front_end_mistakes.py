"""Slips that people make: each gives one message, and that one says what mends it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.compiling import problems_of

MODELS = "connection models:\n    api: local\n"


def told(
    text: str, path: str = "x.ai", others: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """The codes of all problems, each with the help."""
    return [(p.rule.code, p.help or "") for p in problems_of(path, text, others)]


def codes(text: str, path: str = "x.ai") -> list[str]:
    return [code for code, _ in told(text, path)]


def in_chain(*lines: str) -> str:
    return "chain c:\n" + "".join(f"    {line}\n" for line in lines)


# --- names that meet in Python -------------------------------------------


def test_a_name_that_the_module_reserves_meets_its_own_spelling() -> None:
    chains = "".join(
        f"chain {name}:\n    step x:\n        value: 1\n"
        for name in ("run_chain", "run_chain_")
    )
    assert codes(chains) == ["N303"]


def test_a_loop_variable_meets_the_spelling_of_a_step() -> None:
    text = in_chain(
        "step ﬁne:",
        "    kind: connector",
        "    target: t",
        "for fine in payload.x:",
        "    step b:",
        '        value: "{{ fine }}"',
    )
    assert codes(text) == ["N310"]


def test_names_that_the_code_of_modules_has_meet_no_others() -> None:
    text = in_chain(
        *("step group:", "    value: 1", "step group_:", "    value: 2"),
        *("step list:", "    value: 3", "step list_:", "    value: 4"),
    )
    assert set(codes(text)) <= {"N409"}


def test_a_doubled_name_is_not_a_step_that_waits_for_itself() -> None:
    text = in_chain(
        *("step a:", "    kind: connector", "    target: t"),
        *("step a:", "    kind: connector", "    target: t", "    depends_on: [a]"),
    )
    assert codes(text) == ["N302"]


# --- one message for one slip ----------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        MODELS + in_chain("step a:", "    kind: llm", "    promt: hi"),
        in_chain("step a:", "    kind: connector", "    targt: t"),
        in_chain("step a:", "    kind: python", "    function: a.b:c"),
        MODELS + "connector k:\n    promt: hi\n" + in_chain("step a:", "    target: k"),
    ],
)
def test_a_slip_of_a_needed_key_is_not_missing_as_well(text: str) -> None:
    assert codes(text) == ["N201"]


def test_a_key_that_is_missing_beside_another_slip_is_told() -> None:
    text = in_chain("step a:", "    kind: connector", "    timeot: 5")
    assert sorted(codes(text)) == ["N201", "N202"]


def test_what_an_expression_reads_that_does_not_parse_is_not_unused() -> None:
    text = MODELS + in_chain(
        *("step a:", "    prompt: hi"), *("step b:", '    value: "{{ a | }}"')
    )
    assert codes(text) == ["N501"]


def test_an_empty_prompt_is_told_and_a_missing_one_only_as_missing() -> None:
    empty = in_chain("step a:", '    prompt: ""')
    assert codes(MODELS + empty) == ["N312"]
    missing = in_chain("step a:", "    prompt:")
    assert codes(MODELS + missing) == ["N202"]


def test_all_bad_numbers_of_one_mapping_are_told() -> None:
    text = (
        "chain: c\nsteps:\n"
        "  - {name: x, target: t, options: {a: .nan, b: [.inf], c: 1}}\n"
    )
    places = [p.label.span.start for p in problems_of("x.yaml", text)]
    assert places == [text.index(".nan"), text.index(".inf")]


def test_a_type_with_a_taken_name_is_not_unused_as_well() -> None:
    use = in_chain("step a:", "    target: t", "    output: list")
    assert codes("type list:\n    a: str\n" + use) == ["N705"]


def test_what_a_missing_file_may_define_is_not_unknown() -> None:
    text = "use gone\n" + in_chain(
        *("step a:", "    connection: m", "    prompt: hi", "    output: Letter"),
        *("step b:", "    prompt: hi"),
        *("step d:", "    kind: chain", "    target: other"),
    )
    found = codes(text)
    assert found.count("N311") == 1
    assert not {"N314", "N702", "N307"} & set(found)


def test_a_near_name_is_told_beside_a_missing_file() -> None:
    text = "use gone\n" + MODELS + in_chain("step a:", "    prompt: hi")
    slip = text.replace("    prompt", "    connection: model\n        prompt")
    assert codes(slip) == ["N311", "N314"]


def test_a_wrong_bound_is_not_a_missing_one() -> None:
    text = in_chain("while payload.x max 3 times:", "    step a:", "        value: 1")
    assert codes(text) == ["N501"]


@pytest.mark.parametrize("indent", [2, 3])
def test_one_step_that_stands_askew_is_one_message(indent: int) -> None:
    text = in_chain(
        *("step a:", "    kind: connector", "    target: t"),
        *("step b:", "    kind: connector", "    target: t"),
        *("if payload.x:", "    step d:", "        value: 1"),
    )
    askew = text.replace("    step b", " " * indent + "step b")
    assert codes(askew) == ["N105"]


def test_a_character_that_nobody_sees_is_the_only_message_of_its_line() -> None:
    text = in_chain("step a\u202e:", "    value: 1", "step b", "    value: 1")
    assert codes(text) == ["N102", "N110"]


def test_no_break_spaces_that_indent_are_one_message() -> None:
    text = in_chain("timeout: 5", "step a:", "    value: 1")
    nbsp = text.replace("    timeout", "\u00a0\u00a0\u00a0\u00a0timeout")
    (problem,) = problems_of("x.ai", nbsp)
    assert problem.rule.code == "N103"
    assert "U+00A0 (no-break space)" in problem.message


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (['prompt: """', "    You are kind.", "    Answer: yes.", '    """'], "N106"),
        (["prompt: ```", "    You are kind.", "    ```"], "N106"),
        (["prompt: You are kind", "    and answer", "    with yes: no"], "N104"),
        (['prompt #"', "    You are kind.", '"#'], "N110"),
        (['prompt: "Say "hi" now"'], "N106"),
    ],
)
def test_a_text_in_the_form_of_another_language(lines: list[str], code: str) -> None:
    text = in_chain(
        "step a:", *(f"    {line}" for line in lines), "step b:", "    value: 1"
    )
    assert codes(MODELS + text) == [code]


def test_one_missing_connection_is_one_message() -> None:
    calls = in_chain("step a:", "    prompt: x", "step b:", '    prompt: "{{ a }}"')
    assert codes(calls) == ["N307"]
    two = MODELS + MODELS.replace("models", "others")
    alone = in_chain("step a:", "    prompt: x")
    assert told(two + alone) == [
        ("N307", "add `connection:` with one of `models`, `others`")
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("match: payload.x\n    a: [{name: y, target: t}]", "N202"),
        ("if: payload.x\n    steps: [{name: y, target: t}]", "N201"),
        ("while: payload.x\n    max: 2\n    do: [{name: y, target: t}]", "N201"),
        ("for: x in payload.y\n    steps: [{name: y, target: t}]", "N202"),
        ("within: 3s\n    do: [{name: y, target: t}]", "N201"),
        ("race: 1\n    do: [{name: y, target: t}, {name: z, target: t}]", "N201"),
        ("name: x\n    connector: t", "N201"),
        ("name: x\n    run: echo", "N201"),
        ("name: x\n    kind: shell\n    command: ls", "N204"),
        ("name: x\n    function: f", "N201"),
    ],
)
def test_a_habit_in_yaml_is_one_message(text: str, code: str) -> None:
    assert codes(f"chain: c\nsteps:\n  - {text}\n", "x.yaml") == [code]


def test_an_else_that_is_an_entry_of_its_own_in_yaml() -> None:
    text = "chain: c\nsteps:\n  - within: 3s\n    steps: [{name: x, target: t}]\n"
    text += "  - else: [{name: y, target: t}]\n"
    way_out = "`else` is a key of the block before it: "
    way_out += "write it among those of that, without the `-`"
    assert told(text, "x.yaml") == [("N206", way_out)]


@pytest.mark.parametrize("kind", ["", "    kind: connector"])
def test_a_function_of_a_module_is_no_connector(kind: str) -> None:
    text = in_chain("step a:", *filter(None, [kind]), "    target: app.tools:totals")
    assert told(text) == [("N305", "for a Python function add `kind: python`")]


def test_any_other_name_with_a_colon_is_that_of_a_connector() -> None:
    assert told(in_chain("step a:", '    target: "billing:totals"')) == []


@pytest.mark.parametrize(
    ("kinds", "way_out"),
    [
        ("any as e", "on_error [any] as e"),
        ("timeout, 5xx", "on_error [timeout, 5xx]"),
        ("(timeout, 404) as e", "on_error [timeout, 404] as e"),
        ("{TimeoutError}", "on_error [timeout, 404]"),
    ],
)
def test_kinds_of_errors_without_brackets(kinds: str, way_out: str) -> None:
    text = in_chain(
        *("step a:", "    target: t"),
        *(f"on_error {kinds}:", "    step b:", "        target: t"),
    )
    assert told(text) == [("N113", f"write `{way_out}:`")]


def test_a_key_of_a_step_beside_the_steps() -> None:
    assert told(in_chain("step a:", "target: t")) == [
        ("N201", "`target` is a key of a step: indent it below its `step`")
    ]


@pytest.mark.parametrize(
    "written",
    [
        "${API_KEY}",
        "$API_KEY",
        "env.API_KEY",
        '"${{ secrets.API_KEY }}"',
        '"{{ env.API_KEY }}"',
        'os.environ["API_KEY"]',
        "os.getenv('API_KEY')",
        "env(“API_KEY”)",
    ],
)
def test_a_variable_as_others_write_it(written: str) -> None:
    text = f"connection m:\n    api: openai\n    model: x\n    api_key: {written}\n"
    found = told(text + in_chain("step a:", "    prompt: hi"))
    assert found == [("N214", 'write `env("API_KEY")`')]


@pytest.mark.parametrize(
    ("written", "way_out"),
    [
        ("List[str]", "write `list[str]`"),
        ("Optional[int]", "write `int?`"),
        ("Union[str, int]", "write `str | int`"),
        ("str[]", "write `list[str]`"),
        ("bool = yes", "write `true`"),
        ("str = null", "write `str?`: it may be left out, and is none then"),
    ],
)
def test_a_type_as_others_write_it(written: str, way_out: str) -> None:
    text = in_chain("input:", f"    x: {written}", "step a:", "    target: t")
    assert [way for _, way in told(text)] == [way_out]


# --- help that helps --------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "way_out"),
    [
        ("// later", "N110", "a comment begins with `#`"),
        ("timeout\uff1a 5", "N110", "write `timeout: 5`"),
        ("timeout:\u00a05", "N110", "write `timeout: 5`"),
        ('description: "x",', "N106", "remove the `,`"),
        ("depends_on: a, b", "N301", "write `[a, b]`"),
        ("depends_on: [a b]", "N301", "write `[a, b]`"),
        ("depends_on: any [a, b]", "N301", "write `{any: [a, b]}`"),
        ("depends_on: ended(a b)", "N301", "write `{ended: [a, b]}`"),
        ("depends_on: all of [a, b]", "N301", "write `[a, b]`"),
        ("timeout: 30 seconds", "N208", "write `30s`"),
        ("timeout: 5 minutes", "N208", "write `5m`"),
        ("timeout: PT5M", "N208", "write `5m`"),
        ("timeout: 1h30m", "N208", "write `90m`"),
        ("timeout: P1DT2H", "N208", "write `26h`"),
        ("timeout = 30", "N110", "write `timeout: 30`"),
        ("retries: 3", "N201", "did you mean `retry`?"),
        ("if: payload.x", "N201", "did you mean `when`?"),
        ("when: payload.x && payload.y", "N501", "write `and`"),
        ("when: payload.x == null", "N313", "did you mean `none`?"),
        ("when: payload.x is null", "N504", "did you mean `none`?"),
        ("when: payload.x <> 1", "N501", "compare with `!=`"),
        (
            "temperature: 0",
            "N201",
            "put it below `options:`, as `options: {temperature: ...}`",
        ),
        ("parallel: yes", "N203", "write `true`"),
        ("parallel: off", "N203", "write `false`"),
    ],
)
def test_the_next_thing_to_do(line: str, code: str, way_out: str) -> None:
    text = in_chain("step a:", "    kind: connector", "    target: t", f"    {line}")
    assert told(text) == [(code, way_out)]


def test_an_import_is_meant_as_use() -> None:
    text = "import shared\n" + in_chain("step a:", "    value: 1")
    way_out = (
        "to use another spec, write `use shared`; a function of Python is the `target` of "
        "a step, as `package.module:function`"
    )
    assert told(text) == [("N110", way_out)]


def test_a_brace_in_the_place_of_a_colon() -> None:
    text = "chain c {\n    step a:\n        value: 1\n"
    assert told(text) == [("N106", "write `:` in its place")]


def test_default_is_meant_as_else() -> None:
    text = in_chain(
        "match payload.x:",
        *("    case 1:", "        step a:", "            value: 1"),
        *("    default:", "        step b:", "            value: 2"),
    )
    assert told(text) == [("N114", "did you mean `else`?")]


def test_a_template_without_quotes_in_yaml() -> None:
    text = "chain: c\nsteps:\n  - name: a\n    value: {{ payload.x }}\n"
    assert told(text, "x.yaml") == [
        ("N121", 'put the whole text in quotes: `"{{ payload.x }}"`')
    ]


def test_steps_by_name_in_yaml() -> None:
    text = "chain: c\nsteps:\n  a: {value: 1}\n"
    assert told(text, "x.yaml") == [("N203", "begin each step with `- name:`")]


def test_a_connector_that_a_target_misspells() -> None:
    text = (
        MODELS
        + "connector analyzer:\n    prompt: hi\n"
        + in_chain("step a:", "    target: analyser")
    )
    assert told(text) == [("N314", "did you mean `analyzer`?")]


def test_a_result_that_spells_a_step_is_one_message() -> None:
    text = MODELS + in_chain("step a:", "    prompt: hi", "result: a")
    way_out = 'write `"{{ a }}"` to read what has that name'
    assert told(text) == [("N411", way_out)]


def test_a_result_that_is_a_word_is_fine() -> None:
    text = in_chain("step a:", "    kind: connector", "    target: t", "result: done")
    assert told(text) == []


@pytest.mark.parametrize("kind", ["python", "connector"])
@pytest.mark.parametrize(
    "name", ["x=__import__('os').system('id'), y", "class", "a-b", "~a", "a#", "1", ""]
)
def test_the_name_of_an_argument_is_an_identifier(kind: str, name: str) -> None:
    arguments = f"with: {{{json.dumps(name)}: 1, fine: 2}}"
    text = in_chain("step a:", f"    kind: {kind}", "    target: f", f"    {arguments}")
    assert codes(text) == ["N210"]
