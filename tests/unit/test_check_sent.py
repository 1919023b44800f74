"""What `http` steps send and give, as the checks see it."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of

STEP = """\
chain c:
    step page:
        url: "https://example.com/"
"""


def codes(text: str) -> list[str]:
    return [problem.rule.code for problem in problems_of("spec.ai", text)]


@pytest.mark.parametrize("key", ["headers", "query"])
@pytest.mark.parametrize("value", ["1.10", "01234", "1e3", "+5"])
def test_numbers_that_lose_their_spelling_are_reported(key: str, value: str) -> None:
    text = f"{STEP}        {key}:\n            version: {value}\n"
    (problem,) = problems_of("spec.ai", text)
    assert problem.rule.code == "N203"
    assert problem.help == f'write `"{value}"`'


@pytest.mark.parametrize("value", ["1.5", "1234", '"1.10"', "true", "v1.10", "-3"])
def test_what_is_sent_as_it_is_written_is_not(value: str) -> None:
    assert codes(f"{STEP}        headers:\n            version: {value}\n") == []


def test_a_number_in_a_list_that_loses_its_spelling_is_reported() -> None:
    assert codes(f"{STEP}        query:\n            version: [1.10, 2]\n") == ["N203"]


@pytest.mark.parametrize(
    ("key", "value"), [("headers", "[a]"), ("headers", "{a: 1}"), ("query", "{a: 1}")]
)
def test_what_is_sent_is_one_value(key: str, value: str) -> None:
    (problem,) = problems_of(
        "spec.ai", f"{STEP}        {key}:\n            x: {value}\n"
    )
    assert (problem.rule.code, "is one value" in problem.message) == ("N203", True)


@pytest.mark.parametrize(
    ("name", "found"), [("X-Team", []), ("x_y.z", []), ('"A B"', ["N203"])]
)
def test_the_name_of_a_header(name: str, found: list[str]) -> None:
    assert codes(f"{STEP}        headers:\n            {name}: x\n") == found


def test_a_response_has_three_fields() -> None:
    assert codes(f'{STEP}    result: "{{{{ page.message }}}}"\n') == ["N509"]


@pytest.mark.parametrize(
    "key",
    [
        "on_error: continue",
        "fallback: other",
        "on_error:\n            - step sorry: {value: {message: away}}",
    ],
)
def test_what_may_be_no_response_has_any(key: str) -> None:
    text = f'{STEP}        {key}\n    result: "{{{{ page.message }}}}"\n'
    assert "N509" not in codes(text)


def test_a_reserved_name_is_one_mistake() -> None:
    assert codes(
        "chain c:\n    step payload: {value: 1}\n    step a: {value: 1}\n"
    ) == ["N304"]
