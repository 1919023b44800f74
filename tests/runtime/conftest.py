"""Event loops on which support for modules has to work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from n3gen.templates.runtime.run.process import process_state

from tests.runtime.wire_modules import PACKAGES, Wire, wire_of


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def loop_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Has `asyncio.run` run on the standard library's event loop, then on uvloop's."""
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "uvloop":
            uvloop = pytest.importorskip(
                "uvloop", reason="uvloop does not know this system"
            )
            patched.setattr(asyncio.events, "new_event_loop", uvloop.new_event_loop)
        yield


@pytest.fixture
def without_secrets() -> Iterator[None]:
    """Has nothing hidden that modules of other tests in this process keep secret."""
    state = process_state()
    before = state.pop("shown_key", None)
    yield
    state.pop("shown_key", None)
    state.update({"shown_key": before} if before else {})


@pytest.fixture(params=PACKAGES)
def wire(request: pytest.FixtureRequest) -> Wire:
    """A module that sends requests over httpx, then one over httpx2."""
    return wire_of(request.param)
