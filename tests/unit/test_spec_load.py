"""From a document to a spec: what is read, what is told, and where the caret stands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import n3gen.spec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.check import check
from n3gen.compiler import compile_file
from n3gen.diagnostics import render
from n3gen.semantics.known import Semantics
from n3gen.source import SourceFile
from n3gen.spec.blocks import BLOCKS
from n3gen.spec.entries import TRIES
from n3gen.spec.keys import Key, built, key_names
from n3gen.spec.load import load_spec
from n3gen.spec.model import (
    Chain,
    Connection,
    Connector,
    Entry,
    For,
    If,
    Match,
    Spec,
    Step,
    TypeRef,
    While,
)
from n3gen.spec.nodes import Budget, Cache, Fallback, RateLimit, Retry, Timeouts, Tool
from n3gen.spec.providers import APIS
from n3gen.spec.providers.local import LocalAnswer
from n3gen.spec.reader import SPELLED
from n3gen.spec.steps import KINDS
from n3gen.spec.test_nodes import Expect, ExpectedStep, Mock
from n3gen.spec.test_nodes import Test as SpecTest
from n3gen.syntax.document import Document

from tests.unit.spec_documents import codes, document, found, loaded, marked


def spec_of(text: str, **used: str) -> Spec:
    spec, faults = loaded(text, **used)
    assert faults == []
    assert spec is not None
    return spec


def steps_of(lines: str) -> tuple[Entry, ...]:
    text = "chains:\n  c:\n    steps:\n" + "".join(
        f"      {line}\n" for line in lines.splitlines()
    )
    return spec_of(text).chains[0].steps


def one_fault(step: str) -> tuple[str, str]:
    """The code and the marked text of the only fault of a chain with this step."""
    faults = found(f"chains: {{c: {{steps: [{step}]}}}}")
    assert len(faults) == 1, [fault.message for fault in faults]
    return faults[0].rule.code, marked(faults[0])


def test_a_chain_with_everything() -> None:
    chain = spec_of("""
chains:
  c:
    description: All of it
    timeout: 2m
    schedule: dag
    input: {text: str, limit: "int = 10"}
    result: {a: "{{ a }}"}
    steps:
      - name: a
        kind: connector
        target: t
        parallel: true
        depends_on: [b]
        when: payload.vip
        timeout: 250ms
        limit: none
        output: list[str]
        options: {source: twitter}
        with: {x: "{{ payload.text }}"}
      - {name: b, kind: http, url: "https://x", method: post, json: {a: 1}}
""").chains[0]
    assert (chain.timeout, chain.schedule, chain.has_result) == (120.0, "dag", True)
    assert chain.input is not None
    assert [(f.name, f.required, f.default) for f in chain.input] == [
        ("text", True, None),
        ("limit", False, 10),
    ]
    a, b = chain.steps
    assert isinstance(a, Step)
    assert isinstance(b, Step)
    assert (a.timeout, a.limited, a.depends_on) == (0.25, False, ("b",))
    assert a.output == TypeRef(name="list", args=(TypeRef(name="str"),))
    assert a.with_ == {"x": "{{ payload.text }}"}
    assert (b.method, b.json_, b.limited) == ("POST", {"a": 1}, True)
    assert a.place.path == "specs/a.yaml"
    assert a.place.loc == ("chains", "c", "steps", 0)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("{name: a, prompt: hi}", "llm"),
        ("{name: a, value: 1}", "value"),
        ("{name: a, value: null}", "value"),
        ("{name: a, url: 'http://x'}", "http"),
        ("{name: a, target: t}", "connector"),
        ("{name: a, kind: prompt, prompt: hi}", "llm"),
        ("{parallel: true, name: a, target: t}", "connector"),
    ],
)
def test_short_forms(step: str, kind: str) -> None:
    (entry,) = steps_of(f"- {step}")
    assert isinstance(entry, Step)
    assert entry.kind == kind


def test_blocks() -> None:
    branch, choice, loop, each = steps_of("""- if: a > 1
  then: [{name: a, value: 1}]
  elif: [{if: true, then: [{name: b, value: 1}]}]
  else: [{name: c, value: 1}]
- match: x
  name: m
  cases: [{case: [q, 1], steps: [{name: d, value: 1}]}, {case: z, steps: [{name: g, value: 1}]}]
- {while: e < 1, max: 5, parallel: true, steps: [{name: e, value: 1}]}
- {for: doc, in: payload.docs, steps: [{name: f, value: 1}]}""")
    assert isinstance(branch, If)
    assert [b.condition for b in branch.branches] == ["a > 1", "true"]
    assert branch.otherwise is not None
    assert branch.otherwise[0].place.loc == ("chains", "c", "steps", 0, "else", 0)
    assert isinstance(choice, Match)
    assert [case.values for case in choice.cases] == [("q", 1), ("z",)]
    assert choice.otherwise is None
    assert isinstance(loop, While)
    assert (loop.max, loop.parallel) == (5, True)
    assert isinstance(each, For)
    assert (each.variable, each.items) == ("doc", "payload.docs")


def test_definitions() -> None:
    spec = spec_of("""
connections:
  local:
    api: local
    latency: 0
    answers: [{contains: bad, answer: negative}, {answer: positive}]
connectors:
  feel: {prompt: "Feel {{ payload.text }}", output: Mood, timeout: 2s}
types:
  Mood: {label: {one of: [a, b]}, score: float, reasons: "list[str] = []"}
""")
    assert spec.connections[0].answers[0].contains == ("bad",)
    assert spec.connectors[0].connection == "local"
    assert spec.connectors[0].timeout == 2.0
    label, _, reasons = spec.types[0].fields
    assert label.type == TypeRef(name="one of", values=("a", "b"))
    assert reasons.default == []


@pytest.mark.parametrize(
    ("step", "code", "text"),
    [
        ("{name: a, value: 1, paralel: true}", "N201", "paralel"),
        ("{name: a, kind: value, value: 1, if: x}", "N201", "if"),
        ("{step: a, kind: value, value: 1, if: x}", "N201", "if"),
        ("{name: a, promt: x}", "N201", "promt"),
        ("{name: a, kind: connector}", "N202", "a"),
        ("{name: a, kind: http}", "N202", "a"),
        ("{name: a, kind: chain}", "N202", "a"),
        ("{name: a, kind: python}", "N202", "a"),
        ("{name: a, target: t, depends_on: [b, 3]}", "N203", "3"),
        ("{name: a, target: t, parallel: 'yes'}", "N203", "'yes'"),
        ("{name: a, target: t, options: [1]}", "N203", "[1]"),
        ("{name: a, target: t, when: [1]}", "N203", "[1]"),
        ("{name: a, target: t, limit: 5}", "N203", "5"),
        ("{name: 5, target: t}", "N203", "5"),
        ("{name: a, kind: conector, target: t}", "N204", "conector"),
        ("{name: a, kind: http, url: https://x, prompt: y}", "N205", "prompt"),
        ("{name: a, value: 1, target: y}", "N205", "target"),
        ("{name: a}", "N206", "a"),
        ("{name: a, target: t, executor: threads}", "N207", "threads"),
        ("{name: a, url: https://x, method: FETCH}", "N207", "FETCH"),
        ("{name: a, emit: 1, timeout: soon}", "N208", "soon"),
        ("{name: a, value: {x: .inf}}", "N209", ".inf"),
        ("{name: '!!!', value: 1}", "N210", "'!!!'"),
        ("{name: __debug__, value: 1}", "N210", "__debug__"),
        ('{name: "a\\nb", value: 1}', "N210", '"a\\nb"'),
        ("{name: a, value: 1, on_error: skipped}", "N207", "skipped"),
        ("{name: a, value: 1, on_error: []}", "N212", "on_error"),
        ("{name: a, value: 1, finally: []}", "N212", "finally"),
        (
            "{name: a, value: 1, on_error: [{on_error: [oops], steps: [{name: b, value: 1}]}]}",
            "N217",
            "oops",
        ),
        ("{name: a, value: 1, retry: 3}", "N205", "retry"),
        ("{name: a, value: 1, cache: true}", "N205", "cache"),
        ("{name: a, target: t, budget: {requests: 1}}", "N205", "budget"),
        ("{name: a, emit: 1, limit: db}", "N314", "db"),
        ("{name: a, kind: wait, target: x, default: 1}", "N205", "default"),
        ("{name: a, kind: wait}", "N202", "a"),
        ("{name: a, wait: 5s, ask: 'Sure?'}", "N205", "ask"),
        ("{name: a, wait: approval, count: 0}", "N219", "0"),
        ("{name: a, wait: approval, count: many}", "N203", "many"),
        ("{name: a, wait: 5 parsecs}", "N208", "5 parsecs"),
        ("{name: a, kind: fail}", "N202", "a"),
        ("{race: 0, steps: [{name: a, value: 1}]}", "N203", "0"),
        ("{race: 1, stagger: soon, steps: [{name: a, value: 1}]}", "N208", "soon"),
        ("{race: 1, result: 1, steps: [{name: a, value: 1}]}", "N201", "result"),
        ("{within: soon, steps: [{name: a, value: 1}]}", "N208", "soon"),
        ("{finally: [{name: a, value: 1}]}", "N212", "finally"),
        ("{if: x, then: []}", "N212", "then"),
        (
            "{match: x, cases: [{case: [[1]], steps: [{name: a, value: 1}]}]}",
            "N213",
            "[1]",
        ),
        (
            "{match: x, cases: [{case: '{{ y }}', steps: [{name: a, value: 1}]}]}",
            "N213",
            "'{{ y }}'",
        ),
        ("{while: x, steps: [{name: a, value: 1}]}", "N601", "while"),
        ("{name: a, target: t, output: 'list[str'}", "N701", "["),
    ],
)
def test_a_fault_of_a_step_stands_at_its_place(step: str, code: str, text: str) -> None:
    assert one_fault(step) == (code, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("chainz: {}", ["N201"]),
        ("chains: []", ["N203"]),
        ("chains: {c: {}}", ["N212"]),
        ("chains: {c: {steps: []}}", ["N212"]),
        ("chains: {c: {steps: {a: 1}}}", ["N203"]),
        ("chains: {c: {steps: [a]}}", ["N203"]),
        ("chains: {c: {steps: [{}]}}", ["N206"]),
        ("chains: {'?': {steps: [{name: a, value: 1}]}}", ["N210"]),
        ("chains: {c: {schedule: dags, steps: [{name: a, value: 1}]}}", ["N207"]),
        ("pipelines: {p: {}}\nactors: {s: {}}", ["N202", "N212"]),
        ("connections: {x: {}}", ["N202"]),
        ("connections: {x: {api: opnai}}", ["N207"]),
        ("connections: {x: {api: openai, latency: 1}}", ["N205"]),
        ("connections: {x: {api: openai, api_key: sk-1}}", ["N215"]),
        ("connections: {x: {api: openai, api_key: env(A)}}", ["N214"]),
        ("connections: {x: {api: local, headers: {1: a}}}", ["N203"]),
        ("connections: {x: {api: local, answers: [{answer: 1}]}}", ["N203"]),
        ("types: {T: {_a: str}}", ["N210"]),
        ("types: {T: {}}", ["N203"]),
        ("chains: {c: {input: {'!': str}, steps: [{name: a, value: 1}]}}", ["N210"]),
        ("chains: {c: {input: {_class: str}, steps: [{name: a, value: 1}]}}", ["N210"]),
        ("types: {T: {a: {one of: []}}}", ["N701"]),
        ("types: {T: {a: 5}}", ["N203"]),
        ("use: shared", ["N203"]),
        ("use: [../../x]", ["N311"]),
        ("use: [nowhere]", ["N311"]),
    ],
)
def test_faults_of_definitions(text: str, wanted: list[str]) -> None:
    assert sorted(fault.rule.code for fault in loaded(text)[1]) == wanted


def test_did_you_mean_speaks_the_spelling_of_the_file() -> None:
    (fault,) = load_spec(document("chian: {}", "a.ai"), {})[1]
    assert fault.help == "did you mean `chain`?"
    (fault,) = found("chains: {c: {steps: [{name: a, target: t, jsn: 1}]}}")
    assert "json_" not in str(fault.help)


def test_blocks_that_nest_too_deep_are_told_once() -> None:
    block: dict[str, Any] = {"name": "a", "value": 1}
    for _ in range(60):
        block = {"if": "x", "then": [block]}
    data = {"chains": {"c": {"steps": [block]}}}
    spec, faults = load_spec(Document(SourceFile.of("a.yaml", ""), data), {})
    assert [fault.rule.code for fault in faults] == ["N216"]
    assert spec is None


def test_the_rest_of_a_faulty_step_is_still_there() -> None:
    spec, faults = loaded(
        "chains: {c: {steps: [{name: a, kind: oops, timeout: x}, {name: b, value: 1, on_error: oops}]}}"
    )
    assert len(faults) == 3
    assert spec is not None
    assert [step.name for step in spec.chains[0].steps] == ["a", "b"]
    assert spec.rejected == {"c"}


def test_a_chain_that_lost_a_name_is_left_out_and_not_unknown() -> None:
    text = """
chains:
  c: {steps: [{name: "?", value: 1}]}
  d: {steps: [{name: a, kind: chain, target: c}]}
"""
    spec, _ = loaded(text)
    assert spec is not None
    assert [chain.name for chain in spec.chains] == ["d"]
    assert codes(text) == ["N210"]


SHARED = """
connections: {only: {api: local}}
types: {Mood: {label: str}}
chains: {helper: {steps: [{name: a, prompt: hi, output: Mood}]}}
"""


def test_used_definitions_join() -> None:
    spec = spec_of(
        "use: [shared]\nchains: {c: {steps: [{name: a, prompt: hi}]}}",
        shared="use: [./deeper.yaml]",
        deeper=SHARED,
    )
    assert [(chain.name, chain.used) for chain in spec.chains] == [
        ("c", False),
        ("helper", True),
    ]
    assert spec.types[0].place.path == "specs/deeper.yaml"
    step = spec.chains[0].steps[0]
    assert isinstance(step, Step)
    assert step.connection == "only"


def test_a_used_file_keeps_its_own_default_connection() -> None:
    text = "use: [shared]\nconnections: {more: {api: local}}\n"
    (helper,) = spec_of(text, shared=SHARED).chains
    step = helper.steps[0]
    assert isinstance(step, Step)
    assert step.connection == "only"


def test_files_of_a_circle_tell_one_and_the_same_of_it() -> None:
    texts = {
        "specs/a.ai": "use b\nconnection one:\n    api: local\n",
        "specs/b.ai": "use c\nconnector asked:\n    prompt: hello\n",
        "specs/c.ai": "use a\nconnection two:\n    api: local\n",
    }
    sources = {path: SourceFile.of(path, text) for path, text in texts.items()}
    told: set[str] = set()
    for path, source in sources.items():
        others = {other: sources[other] for other in sources if other != path}
        problems = compile_file(source, used=others).problems
        told.add("\n".join(map(render, problems)))
    (only,) = told
    assert only.count("[N322]") == only.count("error[") == 1


def test_a_used_file_without_a_connection_tells_of_it_as_it_does_alone() -> None:
    shared = "connectors: {asked: {prompt: hi}, also: {prompt: hi}}"
    text = "use: [shared]\nconnections: {one: {api: local}, two: {api: local}}\n"
    text += "chains: {c: {steps: [{name: s, target: asked}, {name: t, target: also}]}}"
    source, used = (
        SourceFile.of(f"specs/{name}.yaml", data)
        for name, data in (("a", text), ("shared", shared))
    )
    problems = compile_file(source, used={used.path: used}).problems
    (fault,) = [one for one in problems if one.rule.code == "N307"]
    assert (
        fault.message
        == "connector `asked` is a model call, but the file has no connection"
    )


def test_a_name_in_two_files_is_told_with_both_places() -> None:
    (fault,) = loaded("use: [shared]\ntypes: {Mood: {x: str}}", shared=SHARED)[1]
    assert fault.rule.code == "N302"
    assert [label.file.path for label in fault.labels] == [
        "specs/a.yaml",
        "specs/shared.yaml",
    ]
    assert [marked(fault, at) for at in (0, 1)] == ["Mood", "Mood"]


def test_the_key_tables_and_the_model_agree() -> None:
    def spelled(model: Any) -> set[str]:
        names = {SPELLED.get(name, name) for name in model.model_fields} - {"place"}
        return {"timeout" if name == "timeouts" else name for name in names}

    def keys(table: Iterable[Key]) -> set[str]:
        return set(key_names(built(table)))

    for kind in KINDS.values():
        every = {*keys(Step.COMMON), *keys(kind.KEYS), *keys(TRIES)}
        own = spelled(kind) - {
            *("limited", "limits", "endings", "join", "signal", "has_default")
        }
        own -= {"steps"} if kind.in_stages else set()
        assert every - {"limit", "kind", "finally"} == own
    for api in APIS.values():
        every = keys((*Connection.COMMON, *api.KEYS))
        assert every == spelled(api) - {"name", "has_body"}
    own = keys(Connector.KEYS) - {"limit"}
    assert own == spelled(Connector) - {"name", "limits"}
    assert keys(Chain.KEYS) == spelled(Chain) - {"name", "used", "has_result"}
    assert keys(SpecTest.KEYS) - {"mock"} == spelled(SpecTest) - {
        "name",
        "mocks",
        "template",
    }
    assert keys(Expect.KEYS) == spelled(Expect) - {"has_result", "scores"}
    assert keys(ExpectedStep.KEYS) == spelled(ExpectedStep) - {"step", "has_result"}
    assert keys(Mock.KEYS) == spelled(Mock) - {"step"}
    assert keys(Cache.KEYS) == spelled(Cache) - {"has_key"}
    for node in (Retry, Fallback, Budget, RateLimit, Timeouts, Tool, LocalAnswer):
        assert keys(node.KEYS) == spelled(node)


def test_every_kind_and_every_block_is_one_file() -> None:
    spec = Path(n3gen.spec.__file__).parent

    def modules(folder: str) -> set[str]:
        return {path.stem for path in (spec / folder).glob("[a-z]*.py")}

    assert modules("steps") == set(KINDS)
    assert {name.rstrip("_") for name in modules("blocks")} == set(BLOCKS)


_TABLES = (
    Chain.KEYS,
    Connection.KEYS,
    Connector.KEYS,
    Step.COMMON,
    *(kind.KEYS for kind in KINDS.values()),
)
_KEYS = sorted(
    {"use", "chains", "connections", "connectors", "types", "tests", "c", "", "!"}
    | {"if", "then", "elif", "else", "match", "cases", "case", "while", "max", "for"}
    | {"in", "race", "one of", "answers", "contains", "answer", "api", "api_key"}
    | {"on", "delay", "max_delay", "jitter", "backoff", "ttl", "key", "path", "total"}
    | {"connector", "role", "content", "extra", "requests", "cost", "first_token"}
    | {"requests_per_minute"}
    | {key.name for table in _TABLES for key in table}
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.just(2**2000),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from([400, 429, "refusal", "timeout", "5m", "none", "a.b:c", "user"]),
    st.sampled_from(["a", "b", "llm", "chain", "{{ x }}", "str = 1", "env(", "\ud800"]),
)
_KEY = st.one_of(st.sampled_from(_KEYS), st.sampled_from([1, 2**2000, "\ud800", "x\n"]))
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_KEY, inner, max_size=6)
    ),
    max_leaves=25,
)


def _answers_without_a_crash(data: dict[str, Any]) -> None:
    made = Document(SourceFile.of("a.yaml", "text"), data)
    spec, faults = load_spec(made, {})
    if spec is not None:
        faults = [*faults, *check(Semantics(spec, {"a.yaml": made}))]
    for fault in faults:
        assert fault.message.isprintable()
        assert fault.label.span.end <= 4


@pytest.mark.large
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(_KEY, _DATA, max_size=5))
def test_no_data_crashes(data: dict[str, Any]) -> None:
    _answers_without_a_crash(data)


_PARTS = st.dictionaries(
    st.sampled_from(sorted(key_names({*Connection.KEYS, *Connector.KEYS}))),
    _DATA,
    max_size=6,
)


@pytest.mark.large
@settings(max_examples=100, deadline=None)
@given(_PARTS, _PARTS, st.sampled_from(["openai", "anthropic", "http", "local", "x"]))
def test_no_definitions_crash(
    connection: dict[str, Any], connector: dict[str, Any], api: str
) -> None:
    connection = {**connection, "api": api}
    connector = {"prompt": "x", **connector}
    _answers_without_a_crash(
        {"connections": {"m": connection}, "connectors": {"a": connector}}
    )


@pytest.mark.large
@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(_KEY, _DATA, max_size=6), max_size=4))
def test_no_steps_crash(steps: list[Any]) -> None:
    _answers_without_a_crash({"chains": {"c": {"steps": steps}}})
