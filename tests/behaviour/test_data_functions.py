"""`now`, and the filters of JSON, lists, mappings and patterns, as modules have them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of
from tests.building import build, built_in, built_text
from tests.clock import run


def value_of(expression: str, payload: Any = None) -> Any:
    """What a `value` step makes of an expression."""
    return result_of(build(chain(expression)), payload)


def error_of(expression: str, payload: Any = None) -> str:
    record = record_of(build(chain(expression)), payload)
    assert record["status"] == "error"
    return str(record["error"])


def chain(expression: str) -> str:
    return f"chain c:\n    step a:\n        value: |-\n            {{{{ {expression} }}}}\n"


@pytest.mark.parametrize(
    ("expression", "payload", "value"),
    [
        (
            "payload | fromjson",
            '{"a": [1, 2.5, null, true]}',
            {"a": [1, 2.5, None, True]},
        ),
        ("(payload | fromjson).a", b'{"a": 3}', 3),
        (
            "payload | flatten",
            [1, [2, [3, (4,)]], "ab", {"k": [5]}],
            [1, 2, 3, 4, "ab", {"k": [5]}],
        ),
        ("payload | flatten(1)", [1, [2, [3]]], [1, 2, [3]]),
        ("payload | flatten(levels=0)", [1, [2]], [1, [2]]),
        ("payload | flatten(skip_nulls=true)", [None, [None, 1]], [1]),
        ("payload | flatten | length", [None, [None, 1]], 3),
        (
            "payload.a | combine(payload.b)",
            {"a": {"x": 1, "y": {"p": 1}}, "b": {"y": {"q": 2}}},
            {"x": 1, "y": {"q": 2}},
        ),
        (
            "payload.a | combine(payload.b, {'z': 3}, recursive=true)",
            {"a": {"y": {"p": 1}}, "b": {"y": {"q": 2}}},
            {"y": {"p": 1, "q": 2}, "z": 3},
        ),
        ("payload | items | list", {"a": 1}, [("a", 1)]),
        (r"payload | regex_find('\d+')", "order 17 of 23", "17"),
        (r"payload | regex_find('order (\d+)')", "order 17 of 23", "17"),
        (r"payload | regex_find('(\d+) of (\d+)')", "order 17 of 23", ["17", "23"]),
        (r"payload | regex_find('ORDER', ignorecase=true)", "order 17", "order"),
        (r"payload | regex_find('[xyz]') | default('none')", "order", "none"),
        (r"(payload | regex_find('[xyz]')) is defined", "order", False),
        (r"payload | regex_findall('\d+') | map('int') | sum", "order 17 of 23", 40),
        (r"payload | regex_findall('(\w)=(\w)')", "a=b c=d", [["a", "b"], ["c", "d"]]),
        (r"payload | regex_findall('^a', multiline=true) | length", "a\na", 2),
        (r"payload | regex_replace('(\w)=(\w)', '\\2=\\1')", "a=b", "b=a"),
        (r"payload | regex_replace('a', 'b', count=1)", "aa", "ba"),
        (r"payload | regex_replace('\\bcat\\b', 'dog')", "cat concat", "dog concat"),
        (r"'yes' if payload | regex_test('^o.*7$') else 'no'", "order 17", "yes"),
        (
            r"payload.text | regex_test(payload.pattern)",
            {"text": "abc", "pattern": "b."},
            True,
        ),
    ],
)
def test_what_filters_give(expression: str, payload: Any, value: Any) -> None:
    assert value_of(expression, payload) == value


@pytest.mark.parametrize(
    ("expression", "payload", "message"),
    [
        (
            "payload | fromjson",
            "{'a': 1}",
            "ValueError: the text is not JSON: Expecting property name enclosed in double quotes, line 1, column 2",
        ),
        (
            "payload | fromjson",
            "",
            "ValueError: the text is not JSON: Expecting value, line 1, column 1",
        ),
        (
            "payload | fromjson",
            "[NaN]",
            "ValueError: the text is not JSON that can be read: JSON has no NaN",
        ),
        (
            "payload | fromjson",
            "[" * 200_000,
            "ValueError: the text is not JSON that can be read: too deep",
        ),
        (
            "payload | fromjson",
            "1" * 5000,
            "ValueError: the text is not JSON that can be read: a number of over 4300 digits",
        ),
        (
            "payload | fromjson",
            b"\xff",
            "ValueError: the text is not JSON: it is not UTF-8",
        ),
        (
            "payload | fromjson",
            {"a": 1},
            "TypeError: `fromjson` takes a text, not dict",
        ),
        ("payload | flatten", "abc", "TypeError: `flatten` takes a list, not str"),
        (
            "payload | combine({'a': 1})",
            [1],
            "TypeError: `combine` takes mappings, not list",
        ),
        (
            "payload | regex_find('x')",
            "abc",
            "MissingValue: the text has no match of the pattern",
        ),
        (
            "'abc' | regex_test(payload)",
            "(",
            "ValueError: the pattern is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        (
            "'abc' | regex_replace('a', payload)",
            r"\3",
            "ValueError: the replacement does not fit: invalid group reference 3 at position 1",
        ),
    ],
)
def test_errors_name_the_step_the_field_and_the_line(
    expression: str, payload: Any, message: str
) -> None:
    assert error_of(expression, payload) == (
        f"Step 'a' failed in `value`: {message} (specs/x.ai:3)"
    )


def test_deep_lists_are_flattened() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep, 1]
    assert value_of("payload | flatten | length", deep) == 100_000


def test_models_are_combined_by_their_fields() -> None:
    module = build("""
        type Reply:
            label: str
            score: float = 0.5

        chain c:
            step a:
                target: slow
                options: {give: {label: "x"}}
                output: Reply
            result: "{{ a | combine({'by': 'me'}) }}"
    """)
    assert result_of(module) == {"label": "x", "score": 0.5, "by": "me"}


def test_a_field_is_called_by_its_alias_in_what_is_combined() -> None:
    module = build("""
        type V: {label: str, from: str = "me"}
        chain c:
            input: {v: V}
            step patched: {value: "{{ payload.v | combine({'label': 'b'}) }}"}
            result: "{{ patched | tojson }} {{ patched.from }}"
        """)
    found = result_of(module, {"v": {"label": "a"}})
    assert found == '{"from": "me", "label": "b"} me'


NOW = """
    connection m:
        api: local
        latency: 5s

    connector w:
        connection: m
        prompt: "It is {{ now() }}"

    chain inner:
        step later: {value: "{{ now().isoformat() }}"}

    chain c:
        step first: {wait: 90s}
        step told: {target: w}
        step called: {kind: chain, target: inner}
        step data: {value: {at: "{{ now() }}", day: "{{ now().strftime('%d.%m.%Y') }}"}}
        result:
            - "{{ told }}"
            - "{{ called }}"
            - "{{ now() | tojson }}"
            - "{{ data.at == now() }}"
            - "{{ data.day }} {{ now().year }}"
            - "{{ now() }}"
"""


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_now_is_when_the_run_began(layout: Any, tmp_path: Path) -> None:
    with built_in(layout, NOW, tmp_path) as module:
        record = run(module.run_chain("c"))
    assert record["result"] == [
        "It is 2000-01-01 00:00:00+00:00",
        "2000-01-01T00:00:00+00:00",
        '"2000-01-01T00:00:00+00:00"',
        True,
        "01.01.2000 2000",
        datetime(2000, 1, 1, tzinfo=UTC),
    ], record["error"]
    assert '"2000-01-01T00:00:00+00:00"' in module.to_json(record)


def test_runs_that_begin_later_have_a_later_now() -> None:
    module = build(chain("now().timestamp()"))

    async def both() -> Any:
        first = await module.run_chain("c")
        await asyncio.sleep(61)
        return (await module.run_chain("c"))["result"] - first["result"]

    assert run(both()) == 61


def test_now_is_the_time_of_the_world_elsewhere() -> None:
    module = build(chain("now().timestamp()"))
    before = time.time()
    found = asyncio.run(module.run_chain("c"))["result"]
    assert before - 1.5 <= found <= time.time()


def test_modules_have_what_their_texts_call() -> None:
    text = built_text(chain("payload | flatten"))
    assert "def flatten" in text
    for name in ("def parse_json", "def regex_find", "def now", "def combine"):
        assert name not in text


def test_the_run_is_known_in_a_connectors_prompt() -> None:
    module = build("""
        connection m:
            api: local

        connector w:
            connection: m
            prompt: "{{ run.id }} {{ options.x }}"

        chain c:
            step a:
                target: w
                options: {x: 1}
    """)
    assert run(module.run_chain("c", run_id="r7"))["result"] == "r7 1"
