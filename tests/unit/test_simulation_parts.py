"""The parts of simulations by themselves: distributions, draws, samples, made values."""

from __future__ import annotations

import statistics
from itertools import pairwise
from random import Random

import pytest
from n3gen.project.simulation import samples
from n3gen.project.simulation.draws import Draws, stream_of
from n3gen.project.simulation.guessed_values import guesses_of
from n3gen.project.simulation.latencies import parse_latency
from n3gen.project.simulation.made_values import NoValue, ValueMaker
from n3gen.project.simulation.samples import Sample
from n3gen.project.simulation.watched_runs import plain_path
from n3gen.source import SourceFile
from n3gen.spec.load import load_spec
from n3gen.spec.model import Spec, TypeRef
from n3gen.spec.type_fit import fits
from n3gen.spec.types import parse_type
from n3gen.syntax import read_document


def spec_of(text: str) -> Spec:
    document, problems = read_document(SourceFile.of("specs/x.ai", text))
    assert document is not None and not problems
    spec, found = load_spec(document, {})
    assert spec is not None and not found
    return spec


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("2s", {0.0: 2.0, 0.99: 2.0}),
        ("0.25", {0.5: 0.25}),
        ("200ms..400ms", {0.0: 0.2, 0.5: 0.3, 0.75: 0.35}),
        ("300ms p95 900ms", {0.5: 0.3, 0.95: 0.9}),
        ("exponential 1s", {0.0: 0.0, 0.6321205588: 1.0}),
    ],
)
def test_latencies_are_what_they_say(text: str, shares: dict[float, float]) -> None:
    latency = parse_latency(text)
    for share, seconds in shares.items():
        assert latency.at(share) == pytest.approx(seconds)
    assert parse_latency(latency.words) == latency


def test_draws_are_even_and_belong_to_a_run_and_a_call() -> None:
    stream = stream_of(0, "a step")
    numbers = [Draws(stream, run, 1).at(1) for run in range(20_000)]
    assert statistics.mean(numbers) == pytest.approx(0.5, abs=0.01)
    assert statistics.pvariance(numbers) == pytest.approx(1 / 12, abs=0.003)
    pairs = pairwise(numbers)
    assert statistics.mean((a - 0.5) * (b - 0.5) for a, b in pairs) == pytest.approx(
        0, abs=0.002
    )
    assert Draws(stream, 3, 1).at(1) == numbers[3]
    assert Draws(stream, 3, 2).at(1) != numbers[3]
    assert Draws(stream_of(1, "a step"), 3, 1).at(1) != numbers[3]


def test_percentiles_are_the_least_values_that_so_many_do_not_exceed() -> None:
    sample = Sample()
    for value in range(100, 0, -1):
        sample.add(float(value))
    assert sample.percentiles([0.5, 0.95, 0.99, 1.0]) == [50.0, 95.0, 99.0, 100.0]
    assert (sample.count, sample.mean, sample.greatest) == (100, 50.5, 100.0)
    assert Sample().percentiles([0.5]) == [0.0]


def test_a_sample_of_many_values_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "_KEPT", 1000)
    monkeypatch.setattr(samples, "_FRESH", 100)
    sample = Sample()
    for value in range(50_000):
        sample.add(float(value))
        sample.settle()
    assert (sample.count, sample.greatest) == (50_000, 49_999.0)
    assert sample.percentiles([0.5])[0] == pytest.approx(25_000, rel=0.1)
    assert len(sample._values) == 1000


@pytest.mark.parametrize(
    "text",
    [
        *("str", "int", "float", "bool", "date", "datetime", "duration", "uuid"),
        *("list[int]", "dict[str, float]", "int?", "str | list[bool]", "any", "none"),
        "one of [a, b, 3]",
    ],
)
def test_made_values_fit_their_types(text: str) -> None:
    type_ = parse_type(text)
    maker = ValueMaker({}, Random(0))
    assert all(fits(maker.value(type_), type_) for _ in range(50))


def test_made_records_keep_to_bounds_and_end() -> None:
    spec = spec_of(
        "type Node:\n    name: {type: str, min_length: 30, max_length: 40}\n"
        "    count: {type: int, min: 3, max: 5}\n    share: {type: float, max: -1}\n"
        "    day: {type: str, pattern: '^\\d{4}-\\d\\d-\\d\\d$'}\n"
        "    tags: {type: 'list[str]', min_length: 2, max_length: 4}\n"
        "    next: Node?\n    others: list[Node]\n"
        "chain c:\n    step a: {target: f}\n"
    )
    maker = ValueMaker({type_.name: type_ for type_ in spec.types}, Random(0))
    for _ in range(50):
        node = maker.value(TypeRef(name="Node"))
        assert 30 <= len(node["name"]) <= 40
        assert 3 <= node["count"] <= 5
        assert node["share"] <= -1
        assert node["day"] == "2024-01-01"
        assert 2 <= len(node["tags"]) <= 4


def test_a_pattern_that_nothing_fits_is_said() -> None:
    spec = spec_of(
        "chain c:\n    input:\n        code: {type: str, pattern: '^QQ[0-9]{9}$'}\n"
        "    step a: {target: f}\n"
    )
    fields = spec.chains[0].input
    assert fields is not None
    with pytest.raises(NoValue, match="no text for `code` is known"):
        ValueMaker({}, Random(0)).record(fields)


def test_values_are_guessed_from_what_reads_them() -> None:
    spec = spec_of(
        "chain c:\n    step a: {target: f}\n    step b: {target: f}\n"
        "    for rows: row in a.rows:\n        step d: {target: g, options: {x: '{{ row.id }}'}}\n"
        "    step last:\n        value: \"{{ a.score < 3 and b.kind == 'spam' }}\"\n"
        '    result: "{{ d_sum }}"\n'.replace("{{ d_sum }}", "{{ (rows | max) - 1 }}")
    )
    guesses = guesses_of(spec.chains[0])
    found = guesses["a"].value(Random(0))
    assert [row.keys() for row in found["rows"]] == [{"id"}] * 3
    assert isinstance(found["score"], int)
    assert guesses["b"].value(Random(0)) == {"kind": "spam"}
    assert isinstance(guesses["d"].value(Random(0)), int)


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("a", "a"),
        ("docs[0].a", "a"),
        ("docs[a key].call.tries[2].a", "call.a"),
        ("docs[a.b].a", "a"),
        ("shout[3].shout", "shout"),
    ],
)
def test_paths_lose_their_rounds(path: str, plain: str) -> None:
    assert plain_path(path) == plain
