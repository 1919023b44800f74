"""Callables given under almost the name of a connector that the spec does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from tests.building import built_in
from tests.clock import run

SPEC = """
chain c:
    step a:
        target: mailer
    result: "{{ a }}"

chain around:
    step inner: {kind: chain, target: c}
    result: "{{ inner }}"

chain d:
    step a:
        target: mailers
    result: "{{ a }}"
"""
YAML = """
chains:
  c: {steps: [{name: a, target: mailer}], result: "{{ a }}"}
  around: {steps: [{name: inner, kind: chain, target: c}], result: "{{ inner }}"}
  d: {steps: [{name: a, target: mailers}], result: "{{ a }}"}
"""


FORMS: tuple[tuple[Literal["standalone", "shared"], str, str], ...] = (
    ("standalone", SPEC, "x.ai"),
    ("standalone", YAML, "x.yaml"),
    ("shared", SPEC, "x.ai"),
)


@pytest.fixture(params=FORMS)
def module(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModuleType]:
    layout, text, path = request.param
    with built_in(layout, text, tmp_path, path=path) as made:
        yield made


def record_of(module: ModuleType, chain: str, *names: str) -> Any:
    given = {name: lambda ctx: "fake" for name in names}
    record = run(module.run_chain(chain, {}, connectors=given))
    return record["error"] or record["result"]


def test_the_registered_one_is_not_called_in_its_place(module: ModuleType) -> None:
    called: list[str] = []
    module.connector("mailer")(lambda ctx: called.append("real"))
    module.connector("mailers")(lambda ctx: "other")
    wrong = "Chain '{}' got wrong connectors: 'mailr' is almost 'mailer'"
    assert record_of(module, "c", "mailr") == wrong.format("c")
    assert record_of(module, "around", "mailr") == wrong.format("around")
    assert called == []
    assert record_of(module, "c", "mailer") == "fake"


def test_the_name_of_another_connector_is_no_slip(module: ModuleType) -> None:
    module.connector("mailer")(lambda ctx: "real")
    assert record_of(module, "c", "mailers", "painter", "mailer2") == "real"
    assert record_of(module, "d", "mailers") == "fake"
