"""What all tests share: the option that rewrites the goldens, and no race with a clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from n3gen.templates.runtime.run.process import process_state

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Programs that tests interrupt inherit it where a shell, which starts jobs in the
# background so, lets it be ignored.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What pytest is asked for here is not for a pytest that a test starts.
os.environ.pop("PYTEST_ADDOPTS", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="rewrite the golden files with what the code gives now; run nothing else",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep only the tests that write goldens where that is asked for."""
    if not config.getoption("--update-goldens"):
        return
    others = [item for item in items if not _writes_goldens(item)]
    items[:] = filter(_writes_goldens, items)
    config.hook.pytest_deselected(items=others)


def _writes_goldens(item: pytest.Item) -> bool:
    return "update_goldens" in getattr(item, "fixturenames", ())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: more than there are processors, up to four.

    Those of durable runs and of the pages wait for other processes most of the time.
    """
    processors = os.cpu_count() or 1
    return processors + min(processors, 4)


@pytest.fixture(autouse=True)
def registered_connectors() -> Iterator[None]:
    """Forget the connectors that a test registers for all modules of its process."""
    state = process_state()
    before = dict(state.get("connectors", {}))
    yield
    state["connectors"] = before


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    """Whether this run rewrites the goldens instead of comparing."""
    return bool(request.config.getoption("--update-goldens"))
