"""What the checks of names, calls, bounds, types and prompts find, and what they leave alone."""

from __future__ import annotations

import pytest
from n3gen.semantics.walk import every_entry

from tests.unit.spec_documents import codes, found, loaded, marked

LOCAL = "connections: {local: {api: local}}\n"


def chain(*steps: str, head: str = "") -> str:
    return f"{head}chains: {{c: {{steps: [{', '.join(steps)}]}}}}"


def only(text: str) -> tuple[str, list[str]]:
    """The code of the only fault, and the texts under all its carets."""
    faults = found(text)
    assert len(faults) == 1, [fault.message for fault in faults]
    return faults[0].rule.code, [
        marked(faults[0], i) for i in range(len(faults[0].labels))
    ]


A, B = "{name: a, value: 1}", "{name: b, value: 1}"


@pytest.mark.parametrize(
    ("text", "code", "places"),
    [
        (chain(A, A), "N302", ["a", "a"]),
        (chain(A, f"{{if: x, then: [{A}]}}"), "N302", ["a", "a"]),
        (
            chain(f"{{if: x, name: a, then: [{B}], else: [{A}]}}"),
            "N302",
            ["a", "a"],
        ),
        (
            chain("{name: a b, value: 1}", "{name: a_b, value: 1}"),
            "N303",
            ["a_b", "a b"],
        ),
        (chain("{name: steps, value: 1}"), "N304", ["steps"]),
        (chain("{name: 'Run!', value: 1}"), "N304", ["'Run!'"]),
        (chain("{name: 'none', value: 1}"), "N304", ["'none'"]),
        (chain(f"{{for: loop, in: x, steps: [{A}]}}"), "N304", ["loop"]),
        (chain(f"{{for: a, in: x, steps: [{A}]}}"), "N310", ["a", "a"]),
        (
            chain(f"{{for: x, in: y, steps: [{{for: x, in: z, steps: [{A}]}}]}}"),
            "N310",
            ["x", "x"],
        ),
        (
            f"chains: {{c d: {{steps: [{A}]}}, c_d: {{steps: [{B}]}}}}",
            "N303",
            ["c_d", "c d"],
        ),
        ("types: {a b: {x: str}, AB: {x: str}}", "N303", ["AB", "a b"]),
        (
            "chains: {c: {input: {ﬁne: str, fine: str}, steps: [{name: a, value: 1}]}}",
            "N708",
            ["fine", "ﬁne"],
        ),
        (chain("{name: a, kind: chain, target: d}"), "N314", ["d"]),
        (chain("{name: a, prompt: x, connection: d}"), "N314", ["d"]),
        ("connectors: {x: {prompt: x, connection: d}}", "N314", ["d"]),
        (chain("{name: a, kind: chain, target: c}"), "N306", ["c"]),
        (chain("{name: a, prompt: x}"), "N307", ["a"]),
        (
            "connections: {x: {api: local}, y: {api: local}}\n"
            "connectors: {z: {prompt: p}}",
            "N307",
            ["z"],
        ),
        (
            chain("{name: a, prompt: x}", head="connections: {o: {api: openai}}\n"),
            "N308",
            ["a"],
        ),
        (chain("{name: a, prompt: ' '}", head=LOCAL), "N312", ["' '"]),
        (chain("{name: a, kind: python, target: a/b.py}"), "N305", ["a/b.py"]),
        (chain("{name: a, kind: python, target: 'a:'}"), "N305", ["'a:'"]),
        (chain("{name: a, kind: python, target: a.class}"), "N305", ["a.class"]),
        (chain("{name: a, target: '{{ x }}'}"), "N305", ["'{{ x }}'"]),
        (chain(A, head=LOCAL), "N309", ["local"]),
        (chain(A, head="types: {T: {x: 'T?'}}\n"), "N309", ["T"]),
        (
            chain(A, head=f"{LOCAL}connectors: {{x: {{prompt: hi}}}}\n"),
            "N309",
            ["x"],
        ),
        (chain(f"{{while: x, max: 0, steps: [{A}]}}"), "N602", ["0"]),
        (
            "chains: {c: {timeout: 10, steps: [{name: a, emit: 1, timeout: 11s}]}}",
            "N603",
            ["11s", "10"],
        ),
        (
            "chains: {c: {timeout: 10, steps: [{within: 11s, steps: [{name: a, value: 1}]}]}}",
            "N603",
            ["11s", "10"],
        ),
        (chain("{name: a, target: t, output: 'list[ Moood ]'}"), "N702", ["Moood"]),
        ("types: {T: {x: string}}", "N702", ["string"]),
        ("types: {T: {x: 'int = ten'}}", "N703", ["ten"]),
        ("types: {T: {x: str}, U: {t: 'T = {x: a}'}}", "N703", ["{x: a}"]),
        ("types: {T: {copy: str}}", "N704", ["copy"]),
        ("types: {T: {float: float}}", "N704", ["float"]),
        ("types: {list: {x: str}}", "N705", ["list"]),
    ],
)
def test_a_fault_and_its_places(text: str, code: str, places: list[str]) -> None:
    assert only(text) == (code, places)


@pytest.mark.parametrize(
    "text",
    [
        chain("{name: a, target: given_at_run_time}"),
        chain("{name: a, kind: python, target: 'pkg.mod:Class.method'}"),
        chain("{name: a, kind: python, target: pkg.mod.function}"),
        chain("{name: a, kind: python, target: bare}"),
        chain("{name: a, prompt: x}", head=LOCAL),
        chain(
            "{name: a, prompt: x, model: m}", head="connections: {o: {api: openai}}\n"
        ),
        chain(
            "{name: a, target: x}", head=f"{LOCAL}connectors: {{x: {{prompt: hi}}}}\n"
        ),
        chain(f"{{for: x, in: y, steps: [{A}]}}", f"{{for: x, in: z, steps: [{B}]}}"),
        f"{LOCAL}types: {{T: {{x: str}}}}",
        chain(
            "{name: a, target: t, output: U}", head="types: {T: {x: str}, U: {t: T}}\n"
        ),
        "chains: {c: {timeout: 10, steps: [{name: a, emit: 1, timeout: 10}]}}",
        "chains: {c: {timeout: 10, steps: [{name: a, value: 1}, "
        "{finally: [{name: b, emit: 1, timeout: 11s}]}]}}",
        "chains: {c: {steps: [{within: 2s, name: w, steps: [{name: a, wait: 1}, "
        "{finally: [{name: b, wait: 5s}, {name: d, emit: 1, timeout: 9s}]}]}]}}",
        chain('{name: a, value: {x: \'off\', y: "yes", z: "no"}}'),
        chain(
            "{name: a, target: t, options: {mode: on}}",
            "{name: b, value: \"{{ a == 'on' }}\"}",
        ),
        chain("{name: a, url: 'https://h/x?key=name', headers: {x: 'Bearer of news'}}"),
        chain(
            "{name: a, url: 'https://h/x', query: {token: '{{ env.T }}', page_token: ''}}"
        ),
        "chains: {a: {steps: [{name: x, kind: chain, target: b}]}, "
        "b: {steps: [{name: x, value: 1}]}}",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert codes(text) == []


def test_a_recursion_shows_the_way_round_once() -> None:
    calls = {"a": "b", "b": "c", "c": "b"}
    chains = "\n".join(
        f"  {name}: {{steps: [{{name: s, kind: chain, target: {target}}}]}}"
        for name, target in calls.items()
    )
    (fault,) = found(f"chains:\n{chains}")
    assert fault.message == "chain `b` runs itself: `b` -> `c` -> `b`"
    assert [marked(fault, at) for at in (0, 1)] == ["b", "c"]


@pytest.mark.large
def test_a_recursion_over_thousands_of_chains_is_found() -> None:
    chains = "\n".join(
        f"  c{n}: {{steps: [{{name: s, kind: chain, target: c{(n + 1) % 3000}}}]}}"
        for n in range(3000)
    )
    (fault,) = found(f"chains:\n{chains}")
    assert fault.rule.code == "N306"
    assert len(fault.message) < 200


def test_an_unknown_name_is_told_once() -> None:
    steps = [f"{{name: s{n}, prompt: x, connection: locl}}" for n in range(5)]
    faults = found(chain(*steps, head=LOCAL))
    assert [fault.rule.code for fault in faults] == ["N314"]
    assert faults[0].help == "did you mean `local`?"


def test_keyword_arguments_do_nothing_on_a_model_call() -> None:
    head = f"{LOCAL}connectors: {{x: {{prompt: hi}}}}\n"
    step = "{name: a, target: x, with: {b: 1}, executor: process}"
    assert codes(chain(step, head=head)) == ["N205", "N205"]


def test_nothing_counts_as_unused_where_a_part_was_rejected() -> None:
    assert codes(chain("{name: a, kind: lmm, prompt: x}", head=LOCAL)) == ["N204"]


def test_used_definitions_need_no_use() -> None:
    assert codes(f"use: [shared]\n{chain(A)}", shared=LOCAL) == []


def test_a_fault_in_a_used_file_stands_in_it() -> None:
    (fault,) = found(f"use: [shared]\n{chain(A)}", shared="types: {T: {x: Foo}}")
    assert (fault.file.path, marked(fault)) == ("specs/shared.yaml", "Foo")


def test_entries_come_in_the_order_of_the_spec() -> None:
    names = [f"{{name: s{n}, value: 1}}" for n in range(5)]
    spec, _ = loaded(
        chain(
            names[0],
            f"{{match: x, cases: [{{case: 1, steps: [{names[1]}]}}], else: [{names[2]}]}}",
            f"{{while: x, max: 1, steps: [{names[3]}]}}",
            names[4],
        )
    )
    assert spec is not None
    found_names = [entry.name for entry in every_entry(spec.chains[0].steps)]
    assert [name for name in found_names if name] == ["s0", "s1", "s2", "s3", "s4"]
