"""Work that grows with the size of a spec, and no faster: counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from unittest.mock import patch

import black
import pytest
from black.mode import TargetVersion
from n3gen.compiler import compile_file
from n3gen.emit import formatting
from n3gen.expressions import parse_expression, parse_template
from n3gen.source import SourceFile
from n3gen.spec import entries
from n3gen.spec.model import Chain

pytestmark = pytest.mark.large


def compiled(text: str) -> str:
    """The module of a spec without problems."""
    compilation = compile_file(SourceFile.of("spec.ai", text))
    assert not compilation.problems.has_errors
    assert compilation.body is not None
    return compilation.body


def calls_of(text: str, compile_it: Callable[[str], object] = compiled) -> int:
    """How many functions are called, and generators resumed, to compile a spec.

    Black is left out: its time is linear, and most of the whole.
    """
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    with patch.object(black, "format_str", lambda source, mode: source):
        sys.setprofile(note)
        try:
            compile_it(text)
        finally:
            sys.setprofile(before)
    return count


def elif_branches(count: int) -> str:
    branches = (
        f"    {'elif' if number else 'if chosen:'} payload.n == {number}:\n"
        f"        step s{number}:\n            value: value {number}\n"
        for number in range(count)
    )
    return f"chain c:\n    input:\n        n: int\n{''.join(branches)}"


def match_cases(count: int) -> str:
    cases = (
        f'        case "k{number}":\n'
        f"            step s{number}:\n                prompt: Say {number}\n"
        for number in range(count)
    )
    head = "chain c:\n    input:\n        kind: str\n    match payload.kind:\n"
    return f"connection here:\n    api: local\n{head}{''.join(cases)}"


def match_with_else(count: int) -> str:
    cases = (
        f'        case "k{number}":\n'
        f"            step s{number}:\n                value: {number}\n"
        for number in range(count)
    )
    head = "chain c:\n    input:\n        kind: str\n    match payload.kind:\n"
    return (
        f"{head}{''.join(cases)}        else:\n            step other: {{value: 0}}\n"
    )


def steps_in_a_row(count: int) -> str:
    steps = (
        f'    step s{number}:\n        value: "{{{{ s{number - 1} }}}} and {number}"\n'
        for number in range(1, count)
    )
    head = "chain c:\n    input:\n        n: int\n    step s0:\n        value: ="
    return f"{head[:-1]}'{{{{ payload.n }}}}'\n{''.join(steps)}"


def steps_that_nothing_reads(count: int) -> str:
    steps = (
        f"        {{step: s{number}, value: {number}}}," for number in range(count)
    )
    return "chain c:\n    steps: [\n" + "\n".join(steps) + "\n    ]\n"


def senders(count: int) -> str:
    sends = (
        f"        step s{number}:\n            send: found\n            value: {number}\n"
        for number in range(count)
    )
    head = "channel found: 5\nchain c:\n    do feed:\n        background: true\n"
    loop = (
        "    for x in channel found:\n        step s:\n            value: '{{ x }}'\n"
    )
    return f"{head}{''.join(sends)}{loop}"


def states_by_payload(count: int) -> str:
    states = (
        f"state n{number}: int = 0\n    by: payload.user\n" for number in range(count)
    )
    steps = (
        f"    step s{number}:\n        state: n{number}\n        set: {number}\n"
        for number in range(count)
    )
    return f"{''.join(states)}chain c:\n    input: {{user: str}}\n{''.join(steps)}"


def skipped_and_replaced(count: int) -> str:
    connectors = (
        f'connector k{number}:\n    prompt: "Do {number} {{{{ payload.n }}}}"\n'
        f"    fallback: given{number}\n"
        for number in range(count)
    )
    steps = (
        f"    step a{number}:\n        target: k{number}\n"
        f'    step b{number}:\n        value: "{{{{ a{number} | default(0) }}}}"\n'
        f"        when: payload.n > {number}\n"
        for number in range(count)
    )
    head = "connection here:\n    api: local\n"
    chain = "chain c:\n    input:\n        n: int\n"
    return f"{head}{''.join(connectors)}{chain}{''.join(steps)}"


def fields_in_one_text(count: int) -> str:
    fields = (f"        f{number}: int\n" for number in range(count))
    reads = " ".join(f"{{{{ payload.f{number} }}}}" for number in range(count))
    head = "chain c:\n    input:\n"
    return f"{head}{''.join(fields)}    step a:\n        value: '{reads}'\n"


def list_of_texts(count: int) -> str:
    items = (f"            - item {number}\n" for number in range(count))
    return f"chain c:\n    step a:\n        value:\n{''.join(items)}"


def chains_in_a_row(count: int) -> str:
    chains = (
        f"chain c{number}:\n    step a:\n        kind: chain\n"
        f"        target: c{number - 1}\n"
        for number in range(1, count)
    )
    return f"chain c0:\n    step a:\n        value: hello\n{''.join(chains)}"


def long_prompt(lines: int) -> str:
    text = (f'            Line {number} of it is "long".\n' for number in range(lines))
    head = (
        "connection here:\n    api: local\nchain c:\n    step a:\n        prompt: |\n"
    )
    return head + "".join(text)


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        (elif_branches, 40),
        (match_cases, 40),
        (match_with_else, 40),
        (steps_in_a_row, 40),
        (steps_that_nothing_reads, 60),
        (skipped_and_replaced, 40),
        (senders, 60),
        (states_by_payload, 60),
        (fields_in_one_text, 120),
        (list_of_texts, 120),
    ],
)
def test_twice_the_spec_is_twice_the_work(
    spec: Callable[[int], str], count: int
) -> None:
    compiled(spec(10))  # What is imported and kept for all specs is there from now on.
    once, twice, four_times = (
        calls_of(spec(size)) for size in (count, 2 * count, 4 * count)
    )
    assert four_times - twice < 2.1 * (twice - once)


def test_chains_that_run_each_other_are_checked_once() -> None:
    def checked(text: str) -> None:
        compilation = compile_file(SourceFile.of("spec.ai", text), emits=False)
        assert not compilation.problems.has_errors

    checked(chains_in_a_row(10))
    once, twice, four_times = (
        calls_of(chains_in_a_row(size), checked) for size in (40, 80, 160)
    )
    assert four_times - twice < 2.1 * (twice - once)


@pytest.mark.parametrize("spec", [match_with_else, elif_branches])
def test_what_branches_give_is_worked_out_once(spec: Callable[[int], str]) -> None:
    with patch.object(entries, "known_after", wraps=entries.known_after) as known_after:
        compiled(spec(60))
    assert known_after.call_count <= 4 * 60


def test_chains_are_told_apart_by_their_names() -> None:
    with patch.object(Chain, "__eq__", side_effect=AssertionError("compared deeply")):
        compiled(chains_in_a_row(20))


def test_each_text_is_read_once() -> None:
    count = 4500
    compile_file(SourceFile.of("spec.ai", steps_in_a_row(count)), emits=False)
    assert parse_template.cache_info().misses == count


def test_the_texts_of_one_file_are_forgotten_with_the_next() -> None:
    compiled(skipped_and_replaced(20))
    compiled("chain c:\n    step a:\n        value: '{{ 1 + 1 }}'\n")
    assert parse_template.cache_info().currsize == 1
    assert parse_expression.cache_info().currsize == 0


def shown_to_black(text: str) -> int:
    """How many lines black is shown to compile a spec."""
    lines = 0
    format_str = black.format_str

    def counted(source: str, *, mode: black.Mode) -> str:
        nonlocal lines
        lines += source.count("\n")
        return format_str(source, mode=mode)

    with patch.object(black, "format_str", counted):
        compiled(text)
    return lines


def prompt_with_values(lines: int) -> str:
    value = "{{ payload.x }}"
    text = (
        f"            Line {number} {value if number % 100 == 0 else ''}.\n"
        for number in range(lines)
    )
    head = (
        "connection here:\n    api: local\nchain c:\n    input: {x: str}\n"
        "    step a:\n        prompt: |\n"
    )
    return head + "".join(text)


def test_black_is_shown_little_between_the_values_of_a_text() -> None:
    compiled(prompt_with_values(100))
    more = shown_to_black(prompt_with_values(2100)) - shown_to_black(
        prompt_with_values(1100)
    )
    assert more < 200


@pytest.mark.parametrize("spec", [list_of_texts, long_prompt])
def test_black_is_not_shown_what_it_would_leave(spec: Callable[[int], str]) -> None:
    compiled(spec(10))
    assert shown_to_black(spec(4000)) <= shown_to_black(spec(400))


TEXTS = "\n".join(f'"piece {number}\\n"' for number in range(300))
NUMBERS = ",\n".join(str(number) for number in range(300))
MIXED = ",\n".join("'a \"b\"'" if number % 3 else "None" for number in range(300))
WORDS = "\n".join('"' + "word " * 9 + f'{number}"' for number in range(9))
SOURCES = {
    "text": f"x = (\n{TEXTS}\n)\n",
    "argument": f"def f():\n    call(1, (\n{TEXTS}\n), two)\n",
    "numbers": f"x = [{NUMBERS}]\n",
    "mixed": f"async def f():\n    x: Any = await g(run, [{MIXED}], line=3)\n",
    "nested": f"x = {{'a': [{NUMBERS}], 'b': ({MIXED}), 'c': (\n{TEXTS}\n)}}\n",
    "two": f"x = f([{NUMBERS}], [{MIXED}])\n",
    "docstring": 'def f():\n    """Say.\n\n' + '    "word"\n' * 200 + '    """\n',
    "short": "x = [" + ",\n".join("1" * 37) + "]\n",
    "few": f"x = (\n{WORDS}\n)\n",
    "spread": f"skip(run, {NUMBERS}, *names)\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_what_black_is_not_shown_stands_as_black_leaves_it(name: str) -> None:
    mode = black.Mode(target_versions={TargetVersion.PY311})
    formatted = formatting.format_python(SOURCES[name])
    assert formatted == black.format_str(SOURCES[name], mode=mode)
    assert formatting.format_python(formatted) == formatted


def test_more_branches_than_python_reads_are_an_error_that_names_the_match() -> None:
    def found(count: int) -> list[str]:
        source = SourceFile.of("spec.ai", elif_branches(count))
        return [
            problem.rule.code for problem in compile_file(source, emits=False).problems
        ]

    assert found(1001) == []
    assert found(1002) == ["N216"]
