"""Arguments of further tries, which are as they were before the first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.test_flow import result_of
from tests.building import build, built_text
from tests.clock import run

GIVEN = [1]


class Greedy:
    """Changes what it is given; answers from the third call on."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def take(self, names: list[int], more: Any) -> Any:
        self.seen.append([[*names], {**more, "in": [*more["in"]]}])
        names.append(2)
        more["in"].append(2)
        more["new"] = True
        if len(self.seen) < 3:
            raise ValueError("no")
        return "taken"

    def look(self) -> list[Any]:
        return self.seen


WITH = 'with: {names: "{{ payload.names }}", more: {in: "{{ payload.names }}"}}'

CALLED = f"""
    chain c:
        input: {{names: "list[int]"}}
        step a:
            target: greedy
            {WITH}
            retry: {{max: 2, delay: 0, on: [error]}}
        result: "{{{{ payload.names }}}}"
"""

IN_A_CHAIN = f"""
    chain c:
        input: {{names: "list[int]"}}
        step a:
            kind: chain
            target: inner
            PAYLOAD
            retry: {{max: 2, delay: 0, on: [error]}}
        result: "{{{{ payload.names }}}}"
    chain inner:
        step b:
            target: greedy
            {WITH}
"""


IN_A_STAGE = f"""
    pipeline c:
        stage a(names: list[int], n: int) -> any:
            retry: {{max: 2, delay: 0, on: [error]}}
            step b:
                target: greedy
                {WITH.replace("payload.", "")}
            step back:
                value: "{{{{ [n, names][1] }}}}"
"""


@pytest.mark.parametrize(
    "text",
    [
        CALLED,
        IN_A_CHAIN.replace("PAYLOAD", ""),
        IN_A_CHAIN.replace("PAYLOAD", 'payload: {names: "{{ payload.names }}"}'),
        IN_A_STAGE,
    ],
    ids=["with", "the chain's payload", "payload", "stage"],
)
def test_a_further_try_has_the_arguments_as_they_were(text: str) -> None:
    greedy, module = Greedy(), build(text)
    given = {"connectors": {"greedy": greedy.take}, "parallel": True}
    payload = {"names": [*GIVEN], **({"n": 1} if text is IN_A_STAGE else {})}
    record = run(module.run_chain("c", payload, **given))
    assert record["status"] == "ok"
    assert payload["names"] == GIVEN
    assert greedy.seen == [[GIVEN, {"in": GIVEN}]] * 3


def test_a_further_question_to_an_actor_has_its_arguments_as_they_were() -> None:
    module = build(f"""
        actor greedy:
            target: {__name__}:Greedy
        chain c:
            input: {{names: "list[int]"}}
            step a:
                ask: greedy.take
                {WITH}
                retry: {{max: 2, delay: 0, on: [error]}}
            step seen:
                ask: greedy.look
            result: "{{{{ seen }}}}"
        """)
    assert result_of(module, {"names": [*GIVEN]}) == [[GIVEN, {"in": GIVEN}]] * 3


def test_what_nothing_can_change_is_not_copied() -> None:
    text = built_text("""
        chain c:
            input: {name: str, n: int}
            step a:
                target: given
                with: {name: "{{ payload.name }}", n: 3, no: null, many: [1, 2]}
                retry: 1
        """)
    assert "fresh(" not in text
