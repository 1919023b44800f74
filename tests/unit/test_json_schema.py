"""The JSON Schema of the YAML spelling: every spec that builds fits, and wrong ones do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from n3gen.catalog import ALL_RULES
from n3gen.diagnostics import Severity
from n3gen.source import SourceFile
from n3gen.spec.json_schema import json_schema
from n3gen.syntax import print_yaml, read_document

ROOT = Path(__file__).parent.parent.parent
VALIDATOR = Draft202012Validator(json_schema())
RIGHT = re.compile(r"^Right:\n\n```(ai|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: `on` is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":bool")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf")
)


def data_of(text: str) -> Any:
    return yaml.load(text, Loader)


def as_yaml(path: str, text: str) -> Iterator[str]:
    """Yield a spec as it is written, where that is YAML, and as n3gen prints it."""
    if not path.endswith(".ai"):
        yield text
    document, faults = read_document(SourceFile.of(path, text))
    if document is not None and not faults:
        yield print_yaml(document)


def specs() -> Iterator[tuple[str, str]]:
    for folder in ("specs", "tests/golden/build"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".ai", ".yaml"):
                yield str(path.relative_to(ROOT)), path.read_text()
    for rule in ALL_RULES:
        if rule.severity is Severity.ERROR and ".importers." not in rule.__module__:
            for spelling, text in RIGHT.findall(rule.documentation()[1]):
                yield f"{rule.code}.{spelling}", text


SPECS = [
    pytest.param(text, id=f"{path}-{at}")
    for path, source in specs()
    for at, text in enumerate(as_yaml(path, source))
]


def faults(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data_of(text))]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert len(SPECS) > 100


def test_its_texts_lead_nowhere() -> None:
    """An editor shows them by themselves, without a page around them."""

    def texts(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(text := part.get("description"), str):
                yield text
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                yield from texts(one)

    found = {*texts(json_schema())}
    wrong = re.compile(r"\]\(|see below|\ba (?:if|on_error)\b|\w_(?!\w)|`")
    assert [text for text in sorted(found) if wrong.search(text)] == []
    assert "what it does; its keys imply it" in found
    assert "the permits that it needs; none runs a model call without one" in found
    assert "what its model calls may use" in found
    assert "an if block" in found and "a for block" in found


@pytest.mark.parametrize("text", SPECS)
def test_what_builds_fits(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("chain: a\nsteps: [{name: s, wait: 0}]", False),
        ("chain: a\nsteps: [{name: s, target: t, timeout: 0.0 s}]", False),
        ("chain: a\nsteps: [{name: s, wait: 0.5}]", True),
        ("chain: a\nsteps: [{name: s, wait: 0.05s}]", True),
        ("chain: a\nsteps: [{name: s, target: t, timeout: 0}]", False),
        ("chain: a\nsteps: [{name: s, target: t, retry: {max: 2, delay: 0}}]", True),
        ("chain: a\nsteps: [{name: s, target: t, retry: {max: 2, delay: 0s}}]", True),
    ],
)
def test_a_duration_is_above_0_where_specs_need_it(text: str, is_right: bool) -> None:
    assert (faults(text) == []) is is_right


def test_what_rows_fill_in_fits() -> None:
    filled = """
    tests:
      t:
        chain: a
        rows: [{n: 1}, 2]
        env: {NAME: "{{ row.name }}"}
        mock: {s: {delay: "{{ row.delay }}", times: "{{ row.times }}"}}
        score: {ok: "{{ result == row.want }}", one: 1}
        expect:
          status: "{{ row.status }}"
          elapsed_below: "{{ row.below }}"
          ok: {mean_above: 0.8, max_below: 2}
          steps: {s: "{{ row.s }}", z: {attempts: "{{ row.z }}", cached: "{{ row.c }}"}}
    """
    assert faults(filled) == []


@pytest.mark.parametrize(
    "text",
    [
        "chain: a",
        "timeout: 3\nsteps: [{name: s, value: 1}]",
        "chain: a\nsteps: []",
        "chain: a\nsteps: [{value: 1}]",
        "chain: a\nsteps: [{name: s}]",
        "chain: a\nsteps: [{name: s, step: t, value: 1}]",
        "chain: a\nsteps: [{name: s, kind: lmm, value: 1}]",
        "chain: a\nsteps: [{name: s, kind: http}]",
        "chain: a\nsteps: [{name: s, value: 1, url: u}]",
        "chain: a\nsteps: [{name: s, target: t, timout: 3}]",
        "chain: a\nsteps: [{name: s, target: t, timeout: 3 days}]",
        "chain: a\nsteps: [{name: s, target: t, retry: {backoff: linear}}]",
        "chain: a\nsteps: [{name: s, target: t, retry: {max: 2, backoff: line}}]",
        "chain: a\nsteps: [{name: s, target: t, retry: {max: 2, on: 600}}]",
        "chain: a\nsteps: [{name: s, prompt: p, messages: [{role: me, content: c}]}]",
        "chain: a\nsteps: [{if: x, then: []}]",
        "chain: a\nsteps: [{while: x, steps: [{name: s, value: 1}]}]",
        "chain: a\nsteps: [{match: x, cases: [{case: {a: 1}, steps: []}]}]",
        "chains: [a]",
        "connections: {m: {api: opnai}}",
        "connections: {m: {}}",
        "tests: {t: {expect: {status: ok}}}",
        "tests: {t: {chain: a, rows: 4}}",
        "tests: {t: {chain: a, rows: x.csv, expect: {status: fine}}}",
        "tests: {t: {chain: a, rows: x.csv, expect: {ok: {mean: 1}}}}",
        "tests: {t: {chain: a, rows: x.csv, expect: {ok: {mean_above: much}}}}",
        "chain: a\nsteps: [{name: s, value: 1}]\nresults: 1",
    ],
)
def test_what_is_wrong_does_not_fit(text: str) -> None:
    assert faults(text) != []
