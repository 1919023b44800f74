"""Real servers, started once for a whole run; see `servers.py`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.peers.servers import PEERS, Servers, peers_python

servers = pytest.StashKey[Servers]()


def folder_of(config: pytest.Config) -> Path:
    """A folder that all workers of a run share."""
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    base = factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "peers"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Starts what the tests will need, so that it is up when they come to it."""
    if session.config.option.collectonly:
        return
    session.config.stash[servers] = started = Servers(folder_of(session.config))
    needed = {
        name for item in session.items for name in getattr(item, "fixturenames", ())
    }
    for name in PEERS:
        if name in needed and not (missing(name) or left_out(name)):
            started.start(name)


def missing(name: str) -> str | None:
    """What has to be installed first."""
    gone = [path for path in PEERS[name].needs if not path.exists()]
    way_out = f"`make {PEERS[name].made_by}` installs it"
    return f"there is no {gone[0]}: {way_out}" if gone else None


def left_out(name: str) -> str | None:
    """Why `make peers` could not install a server that is compiled."""
    note = peers_python().parents[1] / f"{name}-is-missing.txt"
    return note.read_text(encoding="utf-8") if note.exists() else None


def address_of(request: pytest.FixtureRequest, name: str) -> str:
    if (reason := left_out(name)) is not None:
        pytest.skip(f"{name} cannot be installed here: {reason}")
    if (told := missing(name)) is not None:
        pytest.fail(told)
    return request.config.stash[servers].ready(name)


@pytest.fixture(scope="session")
def aimock(request: pytest.FixtureRequest) -> str:
    """The address of aimock, which answers as `fixtures/aimock-answers.json` says."""
    return address_of(request, "aimock")


@pytest.fixture(scope="session")
def litellm(request: pytest.FixtureRequest) -> str:
    """The address of LiteLLM's proxy, whose models are in `fixtures/litellm.yaml`."""
    return address_of(request, "litellm")


@pytest.fixture(scope="session")
def llama_cpp(request: pytest.FixtureRequest) -> str:
    """The address of llama.cpp's server, with a model of random weights."""
    return address_of(request, "llama_cpp")


@pytest.fixture(scope="session")
def phoenix(request: pytest.FixtureRequest) -> str:
    """The address of Phoenix, which keeps what it receives over OTLP."""
    if (told := missing("phoenix")) is not None:
        pytest.skip(told)
    return address_of(request, "phoenix")


@pytest.fixture
def peers_interpreter() -> Path:
    """The interpreter that has the SDKs of OpenAI, Anthropic and Google."""
    if not peers_python().exists():
        pytest.fail(f"there is no {peers_python()}: `make peers` installs it")
    return peers_python()
