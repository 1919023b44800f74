"""How plans read, as text and as data."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

from n3gen.plan.estimate import estimate_chain
from n3gen.plan.planner import plan_chain
from n3gen.plan.view import plan_data, plan_text

from tests.unit.spec_documents import loaded

SPEC = """\
chains:
  triage:
    timeout: 2m
    description: Sorts a message
    steps:
      - {name: team, target: sorter, parallel: true}
      - {name: mood, target: listener, parallel: true}
      - if: mood < 0.5
        name: due
        then: [{name: call, kind: python, target: "desk:call", timeout: 5}]
        elif: [{if: payload.vip, then: [{name: mail, url: "https://x.org", method: post}]}]
        else: [{name: log, value: 1}]
      - match: team
        cases: [{case: [billing, 2], steps: [{name: bill, value: 1, when: mood > 1}]}]
      - for: document
        in: payload.documents
        steps:
          - {name: gist, target: writer}
      - while: draft < 1
        max: 3
        steps:
          - {name: draft, target: writer}
"""


def read(text: str) -> tuple[str, dict[str, Any]]:
    spec, faults = loaded(text)
    assert spec is not None and not faults
    chain = spec.chains[0]
    plan = plan_chain(chain)
    estimate = estimate_chain(chain, {chain.name: plan}, spec)
    return (
        plan_text(chain, plan, estimate),
        plan_data(chain, plan, estimate, is_parallel=True),
    )


def test_a_plan_as_text() -> None:
    assert read(SPEC)[0] == dedent("""\
        chain triage (at most 2m)
          1  team     connector sorter
             mood     connector listener
          2  due      if  <- team, mood
               if mood < 0.5
                 1  call  python desk:call
               elif payload.vip
                 1  mail  http POST https://x.org
               else
                 1  log  value
          3  match_1  match team  <- due
               case "billing", 2
                 1  bill  value when mood > 1
          4  for_1    for document in payload.documents  <- match_1
               each round
                 1  gist  connector writer
          5  while_1  while draft < 1, at most 3 rounds  <- for_1
               each round
                 1  draft  connector writer

          critical path   team -> due -> due/call -> match_1 -> match_1/bill -> (3 more) -> while_1/draft
          ideal speed-up  1.2x (5 steps in the time of 4)
          worst case      120s
          calls           3 or more of models and connectors
        """)


def test_a_plan_as_data() -> None:
    data = read(SPEC)[1]
    assert json.loads(json.dumps(data)) == data
    assert data["chain"] == "triage"
    assert data["batches"] == [
        ["team", "mood"],
        ["due"],
        ["match_1"],
        ["for_1"],
        ["while_1"],
    ]
    due = data["steps"][2]
    assert (due["kind"], due["after"]) == ("if", ["team", "mood"])
    labels = [branch["label"] for branch in due["branches"]]
    assert labels == ["if mood < 0.5", "elif payload.vip", "else"]
    assert due["branches"][0]["steps"] == [
        {
            "name": "call",
            "kind": "python",
            "parallel": False,
            "background": False,
            "after": [],
            "target": "desk:call",
            "timeout": 5.0,
        }
    ]
    assert data["worst_case"] == 120
    assert data["model_calls"] == {"least": 3, "most": None}
    assert data["speed_up"] == 1.25


def test_one_step_is_no_plural() -> None:
    text, _ = read("chains: {c: {steps: [{name: a, target: f}]}}")
    assert "ideal speed-up  1x (1 step in the time of 1)\n" in text


def test_many_names_are_cut_short() -> None:
    steps = [f"{{name: s{i}, target: f, parallel: true}}" for i in range(20)]
    text, _ = read(
        f"chains: {{c: {{steps: [{', '.join(steps)}, {{name: z, target: f}}]}}}}"
    )
    assert "z    connector f  <- s0, s1, s2, s3, s4, (14 more), s19\n" in text
    assert "ideal speed-up  10.5x (21 steps in the time of 2)\n" in text
    assert "worst case      no bound\n" in text


def test_what_a_terminal_would_act_on_is_escaped() -> None:
    text, data = read(
        'chains: {c: {steps: [{name: a, url: "http://x/\\e[31m", when: "1\\n== 1"}]}}'
    )
    assert "http GET http://x/\\x1b[31m when 1\\n== 1\n" in text
    assert data["steps"][0]["name"] == "a"


def test_times_in_seconds() -> None:
    one = "{name: a, target: f, timeout: 0.5, parallel: true}"
    two = "{name: b, target: f, timeout: 2, parallel: true}"
    text, _ = read(f"chains: {{c: {{steps: [{one}, {two}]}}}}")
    assert "ideal speed-up  1.2x (2.5s of timeouts in 2s)\n" in text
    assert "calls           2 of models and connectors\n" in text


def test_a_chain_that_always_times_out() -> None:
    text, data = read("chains: {c: {timeout: 5m, steps: [{name: a, wait: 1h}]}}")
    assert "(3600s of waits in 3600s)\n" in text
    line = "times out       always: 3600s are expected, the deadline is 300s\n"
    assert line in text
    assert data["times_out"] is True
    assert read(SPEC)[1]["times_out"] is False


CLAUSES = """\
chains:
  order:
    steps:
      - name: paid
        target: bank
        on_error: [{name: later, value: 1}]
        finally: [{name: noted, target: diary}]
      - {name: sent, target: post, on_error: continue}
      - {on_error: [404, timeout], as: error, steps: [{name: excuse, value: 1}]}
      - finally: [{name: tidy, target: broom}]
"""


def test_clauses_stand_behind_what_they_are_about() -> None:
    text, data = read(CLAUSES)
    assert text.startswith(dedent("""\
        chain order
          1  paid  connector bank
               on_error any
                   1  later  value
               finally
                   1  noted  connector diary
          2  sent  connector post, on_error continue  <- paid
          on_error 404, timeout as error
              1  excuse  value
          finally
              1  tidy  connector broom
        """))
    labels = [ending["label"] for ending in data["endings"]]
    assert labels == ["on_error 404, timeout as error", "finally"]
    assert data["endings"][0]["batches"] == [["excuse"]]
    own = [ending["label"] for ending in data["steps"][0]["endings"]]
    assert own == ["on_error any", "finally"]
    assert "endings" not in data["steps"][1]


def test_the_background_and_joins_as_text_and_as_data() -> None:
    spec, faults = loaded(dedent("""\
        chains:
          judge:
            max_parallel: 3
            timeout: 1m
            steps:
              - {name: extra, target: finder, background: true}
              - {name: a, target: reader, parallel: true}
              - {name: b, target: reader, parallel: true}
              - {name: c, target: reader, parallel: true}
              - {name: verdict, target: judge, depends_on: {count: 2, of: [a, b, c]}}
              - {name: tidy, target: cleaner, depends_on: {ended: [verdict]}}
              - {name: quit, cancel: extra}
        """))
    assert spec is not None and not faults, [fault.message for fault in faults]
    (chain,) = spec.chains
    plan = plan_chain(chain)
    estimate = estimate_chain(chain, {"judge": plan}, spec)
    lines = plan_text(chain, plan, estimate).splitlines()
    assert lines[:8] == [
        "chain judge (at most 1m, 3 at once)",
        "  1  extra    connector finder in the background",
        "  2  a        connector reader",
        "     b        connector reader",
        "     c        connector reader",
        "  3  verdict  connector judge  <- 2 of a, b, c",
        "  4  tidy     connector cleaner  <- verdict (ended)",
        "  5  quit     cancel  <- tidy",
    ]
    data = plan_data(chain, plan, estimate, is_parallel=True)
    assert data["max_parallel"] == 3
    verdict = data["steps"][4]
    assert (verdict["after"], verdict["some_of"]) == ([], ["a", "b", "c"])
    assert (verdict["count"], data["steps"][0]["background"]) == (2, True)
