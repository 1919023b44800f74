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
