"""One mistake is one message, and it hides no other mistake."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of


def codes(path: str, text: str) -> list[str]:
    return [problem.rule.code for problem in problems_of(path, text)]


@pytest.mark.parametrize(
    "field",
    [
        "integer = 3",
        'string = "a"',
        "list[integer] = [1]",
        "{type: integer, default: 3, min: 0}",
        '{type: Foo, default: "a", pattern: "a"}',
    ],
)
def test_an_unknown_type_is_told_without_its_default_and_bounds(field: str) -> None:
    step = "    step s:\n        value: 1\n"
    assert codes("x.ai", f"chain c:\n    input:\n        n: {field}\n{step}") == [
        "N702"
    ]
    listed = "steps:\n  - {name: s, value: 1}\n"
    assert codes("x.yaml", f"chain: c\ninput:\n  n: {field}\n{listed}") == ["N702"]


def test_a_state_of_an_unknown_type_is_told_once() -> None:
    step = 'chain c:\n    step s:\n        value: "{{ state.n }}"\n'
    assert codes("x.ai", f"state n: integer = 3\n{step}") == ["N702"]


@pytest.mark.parametrize(
    ("slip", "code"), [("timeot: 3", "N201"), ("timeout: 3zz", "N208")]
)
def test_a_slip_elsewhere_hides_no_unknown_channel_actor_or_limit(
    slip: str, code: str
) -> None:
    uses = (
        "{name: s, kind: send, target: quu, value: 1}",
        "{name: t, kind: tell, target: act.m}",
        "{name: l, target: w, limit: none_such}",
    )
    listed = "".join(f"  - {use}\n" for use in uses)
    text = f"chain: c\n{slip}\nsteps:\n{listed}"
    assert sorted(codes("x.yaml", text)) == sorted([code, "N314", "N314", "N314"])


def test_what_is_rejected_itself_is_not_unknown_as_well() -> None:
    text = "channel q:\n    bufer: 3\nactor a:\n    targt: x.y:Z\nchain c:\n"
    for name, use in (("s", "kind: send"), ("t", "kind: tell")):
        target = "q\n        value: 1" if name == "s" else "a.m"
        text += f"    step {name}:\n        {use}\n        target: {target}\n"
    assert "N314" not in codes("x.ai", text)


def told(path: str, text: str) -> list[tuple[str, str]]:
    return [(one.rule.code, one.help or "") for one in problems_of(path, text)]


@pytest.mark.parametrize(
    ("head", "way_out"),
    [
        (
            "chain c:\n    input:\n        text: str\n    step",
            "declare it in the `input` of the chain, and read `payload.tone`",
        ),
        ("chain c:\n    step", "if it is part of the payload, write `payload.tone`"),
        (
            "pipeline c:\n    stage",
            "declare it among the parameters of the first stage, and read `payload.tone`",
        ),
    ],
)
def test_an_unknown_name_is_never_sent_to_a_field_that_is_none(
    head: str, way_out: str
) -> None:
    name = "s(text: str) -> str" if head.endswith("stage") else "s"
    text = f'{head} {name}:\n        value: "{{{{ tone }}}}"\n'
    assert told("x.ai", text) == [("N313", way_out)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.ai", "chain c:\n    for d in payload.x:\n    step a:\n        value: V\n"),
        (
            "x.yaml",
            "chain: c\nsteps:\n  - for: d\n    in: payload.x\n    steps:\n"
            "  - name: a\n    value: V\n",
        ),
    ],
)
def test_a_step_that_is_not_indented_below_its_loop_is_told_once(
    path: str, text: str
) -> None:
    assert codes(path, text.replace("V", '"{{ d }}"')) == ["N212"]


def test_a_step_without_its_word_is_told_once() -> None:
    text = 'chain c:\n    t:\n        value: 1\n    s:\n        value: "{{ t }}"\n'
    assert told("x.ai", text) == [
        ("N201", "write `step t:`"),
        ("N201", "write `step s:`"),
    ]
    in_yaml = "chain: c\nt: {value: 1}\n"
    way_out = "put it below `steps:`, as `- name: t` with its keys"
    assert told("x.yaml", in_yaml) == [("N201", way_out)]


@pytest.mark.parametrize(
    "entry",
    [
        "Name: a\n    Value: 1",
        "NAME: a\n    value: 1",
        "For: x\n    In: payload.x\n    Steps: []",
        "IF: payload.x\n    then: []",
        "step: a\n    target: t\n    Timeout: 3\n    Depends_On: [b]\n    onError: skip",
    ],
)
def test_keys_in_capitals_are_told_with_what_they_mean(entry: str) -> None:
    found = told("x.yaml", f"chain: c\nsteps:\n  - {entry}\n")
    wrong = [line.split(":")[0].strip() for line in entry.split("\n")]
    meant = {"onError": "on_error"}
    expected = [
        ("N201", f"did you mean `{meant.get(key, key.lower())}`?")
        for key in wrong
        if key != key.lower()
    ]
    assert found == expected


def test_sections_in_capitals_are_told_with_what_they_mean() -> None:
    text = "Chain: c\nSteps:\n  - {name: a, value: 1}\n"
    assert told("x.yaml", text) == [
        ("N201", "did you mean `chain`?"),
        ("N201", "did you mean `steps`?"),
    ]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("${BASE}", ""),
        ("$BASE", ""),
        ("${BASE}/v1", ", and let `/v1` be the end of its value"),
        ("$BASE/v1", ", and let `/v1` be the end of its value"),
    ],
)
def test_a_variable_in_an_address_is_told_as_that_alone(
    address: str, kept: str
) -> None:
    connection = f'connection m:\n    api: openai\n    base_url: "{address}"\n'
    asked = "    model: x\nchain c:\n    step a:\n        prompt: hi\n"
    assert told("x.ai", connection + asked) == [("N214", f'write `env("BASE")`{kept}')]
    request = f'chain c:\n    step a:\n        url: "{address}/x"\n'
    assert told("x.ai", request) == [("N214", "write `{{ env.BASE }}`")]


@pytest.mark.parametrize(
    ("read", "count"),
    [
        ("payload.s in [1, 2]", 1),
        ("payload.s in [1, true, false]", 1),
        ("payload.n in ['a', 'b']", 1),
        ("payload.k in ['rde', 'gren', 3, 4]", 3),  # each text has a meaning of its own
    ],
)
def test_a_list_of_what_a_value_never_is_is_told_once(read: str, count: int) -> None:
    text = (
        'chain c:\n    input: {s: str, n: int, k: "one of [red, green]"}\n'
        f"    step a:\n        target: u\n        when: {read}\n"
    )
    assert codes("x.ai", text) == ["N525"] * count
