"""Stored states in a PostgreSQL server that the tests start on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import pytest

from tests.behaviour.test_states_of_processes import COUNT, SPEC, started
from tests.building import built_text

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")


@pytest.fixture(name="address")
def fixture_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folders = [
        *glob("/usr/lib/postgresql/*/bin"),
        os.path.dirname(shutil.which("initdb") or ""),
    ]
    programs = next((f for f in folders if os.path.exists(f"{f}/initdb")), None)
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The server does not run as root, and its folder must be its user's.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    as_user = user if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    )
    control = [*as_user, f"{programs}/pg_ctl", "-D", data]
    initdb = [*as_user, f"{programs}/initdb", "-D", data, "-A", "trust", "-U", "n3gen"]
    log = ["-l", str(folder / "log")]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
    subprocess.run(
        [*control, "-o", options, *log, "-w", "start"], check=True, cwd=folder
    )
    try:
        yield f"postgresql://n3gen@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd=folder)
        shutil.rmtree(folder)


def test_four_processes_count_to_4_000(address: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(built_text(SPEC), encoding="utf-8")
    script = COUNT.replace("range(10)", "range(1)")
    (tmp_path / "count.py").write_text(script, encoding="utf-8")
    processes = [started(tmp_path, "count.py", address) for _ in range(4)]
    assert [process.communicate()[0] for process in processes] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT cell, value FROM n3gen_state").fetchall()
    assert rows == [("specs/x.ai:total", "4000")]
