"""What `n3gen run` does where it is interrupted."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from n3gen.cli.run import _run, _show_log, _Talk
from n3gen.compiler import Options, compile_file
from n3gen.project.in_memory import module_in_memory
from n3gen.source import SourceFile

from tests.clock import run

SPEC = """\
chain c:
    step a: {wait: 1h}
    finally:
        step z: {wait: 20s}
"""


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Leave the signals of the process as they are."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_what_runs_last_has_its_grace_and_no_more(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = SourceFile.of("x.ai", SPEC)
    body = compile_file(source, Options(handles=True)).body
    assert body is not None
    _show_log()

    async def main() -> float:
        work = _run(module, "c", None, {}, [], _Talk(False, {}))
        running = asyncio.create_task(work)
        await asyncio.sleep(1)
        running.cancel()
        began = asyncio.get_running_loop().time()
        await asyncio.wait([running])
        assert running.cancelled()
        return asyncio.get_running_loop().time() - began

    with module_in_memory(body, "x.ai", "run_of_a_test") as module:
        assert run(main()) == pytest.approx(10)
    told = capsys.readouterr().err
    assert "interrupted; waiting for z to end" in told
    assert "error: `finally` was cut off: 10 seconds had passed\n" in told
