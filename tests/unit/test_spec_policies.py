"""What a spec says of tries, caches, budgets, rates and times: what is read, what is told."""

from __future__ import annotations

import pytest
from n3gen.spec.model import Cache, Connector, Fallback, RateLimit, Retry, Step
from n3gen.spec.values import LONGEST

from tests.unit.spec_documents import codes, loaded, marked

HEAD = "connections: {m: {api: local}}\n"


def step_with(keys: str) -> Step:
    spec, faults = loaded(f"chains: {{c: {{steps: [{{name: a, target: t, {keys}}}]}}}}")
    assert spec is not None and not faults, [fault.message for fault in faults]
    step = spec.chains[0].steps[0]
    assert isinstance(step, Step)
    return step


def connector_with(keys: str) -> Connector:
    spec, faults = loaded(f"{HEAD}connectors: {{w: {{prompt: x, {keys}}}}}")
    assert spec is not None and not faults, [fault.message for fault in faults]
    return spec.connectors[0]


def told(text: str) -> list[tuple[str, str]]:
    """Code and marked text of all faults."""
    faults = loaded(text)[1]
    return [(fault.rule.code, marked(fault)) for fault in faults]


def told_of_step(keys: str) -> list[tuple[str, str]]:
    return told(f"chains: {{c: {{steps: [{{name: a, target: t, {keys}}}]}}}}")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", {"max": 3}),
        ("0", {"max": 0}),
        ("none", {"max": 0}),
        ("{max: 2}", {"max": 2}),
        (
            "{max: 3, backoff: linear, delay: 250ms, max_delay: 1m, jitter: false}",
            {
                "max": 3,
                "backoff": "linear",
                "delay": 0.25,
                "max_delay": 60.0,
                "jitter": False,
            },
        ),
        ("{max: 1, delay: 0}", {"max": 1, "delay": 0.0}),
        (
            '{max: 1, "on": [timeout, 429, 5xx, connection, invalid_output, error]}',
            {
                "max": 1,
                "on": ("timeout", 429, "5xx", "connection", "invalid_output", "error"),
            },
        ),
        ('{max: 1, "on": 429}', {"max": 1, "on": (429,)}),
        ('{max: 1, "on": [429, 429]}', {"max": 1, "on": (429,)}),
        ('{max: 1, "on": null, delay: null}', {"max": 1}),
    ],
)
def test_retries(written: str, expected: dict[str, object]) -> None:
    for part in (step_with(f"retry: {written}"), connector_with(f"retry: {written}")):
        assert isinstance(part.retry, Retry)
        assert part.retry.model_dump(exclude_unset=True) == expected
        assert part.retry.place == part.place / "retry"


def test_a_retry_that_is_left_empty_is_none_of_its_own() -> None:
    assert step_with("retry: null").retry is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", [("N203", "true")]),
        ("3.5", [("N203", "3.5")]),
        ("'3'", [("N203", "'3'")]),
        ("[3]", [("N203", "[3]")]),
        ("-1", [("N219", "-1")]),
        ("101", [("N219", "101")]),
        ("{}", [("N202", "retry")]),
        ("{attempts: 3}", [("N201", "attempts")]),
        ("{max: 3, backof: linear}", [("N201", "backof")]),
        ("{max: 3, backoff: linaer}", [("N207", "linaer")]),
        ("{max: 3, delay: soon}", [("N208", "soon")]),
        ("{max: 3, delay: -1}", [("N208", "-1")]),
        ("{max: 3, max_delay: 0}", [("N208", "0")]),
        ("{max: 3, delay: 31}", [("N219", "31")]),
        ("{max: 3, delay: 3, max_delay: 2}", [("N219", "3")]),
        ("{max: 3, jitter: 'yes'}", [("N203", "'yes'")]),
        ('{max: 3, "on": []}', [("N203", "[]")]),
        ('{max: 3, "on": [refusal]}', [("N218", "refusal")]),
        ('{max: 3, "on": refusal}', [("N218", "refusal")]),
        ('{max: 3, "on": [400, 429]}', [("N218", "400")]),
        ('{max: 3, "on": [budget]}', [("N218", "budget")]),
        ('{max: 3, "on": [context_length]}', [("N218", "context_length")]),
        ('{max: 3, "on": [timeot]}', [("N217", "timeot")]),
        ('{max: 3, "on": [399, 600]}', [("N217", "399"), ("N217", "600")]),
        ('{max: 3, "on": ["503"]}', [("N217", '"503"')]),
        ('{max: 3, "on": [true, 1.5, [x]]}', [("N203", "true"), ("N203", "1.5")]),
    ],
)
def test_faults_of_retries(written: str, expected: list[tuple[str, str]]) -> None:
    found = told_of_step(f"retry: {written}")
    assert found[: len(expected)] == expected
    assert {code for code, _ in found} == {code for code, _ in expected}


@pytest.mark.parametrize(
    ("written", "help_"),
    [
        ("timeots", "did you mean `timeout`?"),
        ("5XX", "did you mean `5xx`?"),
        ("rate", "it is one of `timeout`, `connection`, "),
    ],
)
def test_a_word_that_is_no_failure_has_a_way_out(written: str, help_: str) -> None:
    text = f'chains: {{c: {{steps: [{{name: a, target: t, retry: {{max: 1, "on": {written}}}}}]}}}}'
    (fault,) = loaded(text)[1]
    assert str(fault.help).startswith(help_)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("spare", [("spare", None)]),
        ("[a, b]", [("a", None), ("b", None)]),
        ("[]", []),
        ("{connector: a}", [("a", None)]),
        (
            '[a, {connector: b, "on": [timeout, 429]}, {connector: c, "on": 400}]',
            [("a", None), ("b", ("timeout", 429)), ("c", (400,))],
        ),
        ('{connector: a, "on": context_length}', [("a", ("context_length",))]),
    ],
)
def test_fallbacks(
    written: str, expected: list[tuple[str, tuple[str | int, ...] | None]]
) -> None:
    for part in (
        step_with(f"fallback: {written}"),
        connector_with(f"fallback: {written}"),
    ):
        assert [(item.connector, item.on) for item in part.fallback] == expected
        assert all(isinstance(item, Fallback) for item in part.fallback)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5", [("N203", "5")]),
        ("''", [("N203", "''")]),
        ("[a, [b]]", [("N203", "[b]")]),
        ('[{"on": timeout}]', [("N202", '{"on": timeout}')]),
        ("[{connector: 5}]", [("N203", "5")]),
        ("[{conector: a}]", [("N201", "conector")]),
        ('[{connector: a, "on": refusal}]', [("N217", "refusal")]),
        ('[{connector: a, "on": [oops]}]', [("N217", "oops")]),
    ],
)
def test_faults_of_fallbacks(written: str, expected: list[tuple[str, str]]) -> None:
    assert told_of_step(f"fallback: {written}") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", {}),
        ("1h", {"ttl": 3600.0}),
        ("90", {"ttl": 90.0}),
        ("{}", {"has_key": False}),
        (
            "{ttl: 5m, path: .cache/x.db, key: ['{{ payload.id }}', 1]}",
            {
                "ttl": 300.0,
                "path": ".cache/x.db",
                "key": ["{{ payload.id }}", 1],
                "has_key": True,
            },
        ),
    ],
)
def test_caches(written: str, expected: dict[str, object]) -> None:
    for part in (step_with(f"cache: {written}"), connector_with(f"cache: {written}")):
        assert isinstance(part.cache, Cache)
        assert part.cache.model_dump(exclude_unset=True) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("false", [("N203", "false")]),
        ("soon", [("N208", "soon")]),
        ("0", [("N208", "0")]),
        (f"{LONGEST + 1}", [("N208", f"{LONGEST + 1}")]),
        ("[1h]", [("N208", "[1h]")]),
        ("{tll: 1h}", [("N201", "tll")]),
        ("{ttl: 0}", [("N208", "0")]),
        ("{path: ''}", [("N203", "''")]),
        ("{path: 5}", [("N203", "5")]),
        ("{key: .inf}", [("N209", ".inf")]),
    ],
)
def test_faults_of_caches(written: str, expected: list[tuple[str, str]]) -> None:
    assert told_of_step(f"cache: {written}") == expected


def chain_with(budget: str) -> str:
    return f"chains: {{c: {{budget: {budget}, steps: [{{name: a, value: 1}}]}}}}"


def test_budgets() -> None:
    spec, faults = loaded(chain_with("{requests: 50, tokens: 100000, cost: 0.5}"))
    assert spec is not None and faults == []
    budget = spec.chains[0].budget
    assert budget is not None
    assert (budget.requests, budget.tokens, budget.cost) == (50, 100000, 0.5)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5", [("N203", "5")]),
        ("{}", [("N203", "{}")]),
        ("{request: 5}", [("N201", "request")]),
        ("{requests: 0}", [("N219", "0")]),
        ("{tokens: 1.5}", [("N203", "1.5")]),
        ("{cost: 0}", [("N219", "0")]),
        ("{cost: -1}", [("N219", "-1")]),
        ("{cost: .nan}", [("N219", ".nan")]),
        ("{cost: .inf}", [("N219", ".inf")]),
        ("{cost: '5'}", [("N203", "'5'")]),
        (f"{{cost: 1{'0' * 400}}}", [("N219", f"1{'0' * 400}")]),
        (f"{{tokens: 1{'0' * 400}}}", [("N219", f"1{'0' * 400}")]),
    ],
)
def test_faults_of_budgets(written: str, expected: list[tuple[str, str]]) -> None:
    assert told(chain_with(written)) == expected


def test_rates_and_times_of_a_connection() -> None:
    spec, faults = loaded(
        "connections: {m: {api: openai, timeout: {connect: 5, first_token: 20s,"
        " idle: 10, total: 2m}, rate_limit: {requests_per_minute: 60,"
        " concurrent_requests: 5}, retry: 2}, n: {api: openai, timeout: 1m}}"
    )
    assert spec is not None and faults == []
    first, second = spec.connections
    assert first.timeouts is not None and second.timeouts is not None
    assert first.timeouts.model_dump() == {
        "connect": 5.0,
        "first_token": 20.0,
        "idle": 10.0,
        "total": 120.0,
    }
    assert second.timeouts.model_dump(exclude_unset=True) == {"total": 60.0}
    assert isinstance(first.rate_limit, RateLimit)
    assert first.rate_limit.model_dump() == {
        "requests_per_minute": 60,
        "tokens_per_minute": None,
        "concurrent_requests": 5,
    }
    assert first.retry is not None and first.retry.max == 2


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("timeout: soon", [("N208", "soon")]),
        ("timeout: {totl: 5}", [("N201", "totl")]),
        ("timeout: {total: 0}", [("N208", "0")]),
        ("rate_limit: 60", [("N203", "60")]),
        ("rate_limit: {rpm: 60}", [("N201", "rpm")]),
        ("rate_limit: {tokens_per_minute: 0}", [("N219", "0")]),
        ("rate_limit: {concurrent_requests: true}", [("N203", "true")]),
        ("retry: {max: -1}", [("N219", "-1")]),
    ],
)
def test_faults_of_rates_and_times(keys: str, expected: list[tuple[str, str]]) -> None:
    assert told(f"connections: {{m: {{api: openai, {keys}}}}}") == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}connectors: {{w: {{prompt: x, rate_limit: {{requests_per_minute: 5}}}}}}",
        f"{HEAD}connectors: {{w: {{prompt: x, budget: {{requests: 5}}}}}}",
        "chains: {c: {steps: [{name: a, target: t, rate_limit: 5}]}}",
        "chains: {c: {steps: [{name: a, value: 1, retry: 2}]}}",
        "chains: {c: {steps: [{name: a, value: 1, fallback: x}]}}",
        "chains: {c: {steps: [{name: a, value: 1, cache: true}]}}",
    ],
)
def test_what_belongs_elsewhere_is_told(text: str) -> None:
    assert {fault.rule.code for fault in loaded(text)[1]} == {"N205"}


@pytest.mark.parametrize(
    "keys", ["target: t", "kind: http, url: https://x", "kind: python, target: a.b"]
)
def test_all_that_may_fail_can_be_tried_again_and_kept(keys: str) -> None:
    tries = "retry: 2, fallback: x, cache: 1h"
    assert codes(f"chains: {{c: {{steps: [{{name: a, {keys}, {tries}}}]}}}}") == []


@pytest.mark.parametrize(
    ("written", "way_out"),
    [
        *((word, "write `true`") for word in ("'yes'", "'On'", "y", "'true'")),
        *(
            (word, "without `cache`, nothing is kept")
            for word in ("false", "'no'", "'Off'", "n", "'false'")
        ),
        ("'1'", "write `1` without quotes, or `1s`"),
    ],
)
def test_a_cache_said_in_other_words(written: str, way_out: str) -> None:
    text = f"chains: {{c: {{steps: [{{name: a, target: t, cache: {written}}}]}}}}"
    (fault,) = loaded(text)[1]
    assert fault.help == way_out
