"""How many lines a module has whose spec asks for little."""

from __future__ import annotations

import pytest
from n3gen.emit.support import support

from benchmarks.sizes import SPECS, lines_of, size_of

CEILINGS = {
    "connectors": 2_463,
    "an `http` step": 2_647,
    "a typed answer of OpenAI's": 5_036,
}
"""Raise one only for what every such module is to have."""


@pytest.mark.parametrize("what", SPECS)
def test_a_small_module_stays_small(what: str) -> None:
    size = size_of(SPECS[what])
    largest = sorted(size.linked, key=lines_of)[-5:]
    assert size.lines <= CEILINGS[what], [d.name for d in largest]


def test_nothing_is_linked_that_was_not_asked_for() -> None:
    connectors, http, typed = (size_of(text).reasons.keys() for text in SPECS.values())
    assert not {"Expression", "ComputedStep", "http_request", "ask"} & connectors
    assert not {"require_connectors", "Group", "in_thread", "ask"} & http
    unwanted = {
        *("Retry", "Fallback", "failure_of", "Gate", "RateLimit"),
        *("ModelPrice", "Budget", "ChatCall", "read_image", "embed"),
        *("ask_with_tools", "ChatToolStructure", "RecordTransport", "invoke"),
        *("LineDecoder", "ModelConnector", "Receiver", "ToolCall"),
    }
    assert unwanted <= support().homes.keys()
    assert not unwanted & typed
