"""A PostgreSQL server of Debian's package, which tests start on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from glob import glob
from pathlib import Path

__all__ = ["PostgresServer", "postgres_programs"]


def postgres_programs() -> str | None:
    """Return the folder with `initdb` and `pg_ctl`, if there is one."""
    folders = [
        *glob("/usr/lib/postgresql/*/bin"),
        os.path.dirname(shutil.which("initdb") or ""),
    ]
    return next((one for one in folders if os.path.exists(f"{one}/initdb")), None)


class PostgresServer:
    """A server with a folder of its own, which is stopped and started at will."""

    def __init__(self, programs: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.programs = programs
        # The server does not run as root, and its folder must be its user's.
        made = subprocess.check_output(["mktemp", "-d"], text=True)
        self.folder = Path(made.strip())
        self.as_user: list[str] = []
        if os.geteuid() == 0:
            user = "--reuid=postgres", "--regid=postgres", "--clear-groups"
            self.as_user = ["setpriv", *user]
            shutil.chown(self.folder, "postgres")
        self.data = str(self.folder / "data")
        self.call("initdb", "-A", "trust", "-U", "n3gen", "--no-sync")

    @property
    def address(self) -> str:
        return f"postgresql://n3gen@127.0.0.1:{self.port}/postgres"

    def call(self, program: str, *arguments: str) -> None:
        command = [f"{self.programs}/{program}", "-D", self.data, *arguments]
        subprocess.run(
            [*self.as_user, *command],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        options = (
            # What a loss of power does is not tested, what a kill does is.
            f"-p {self.port} -c fsync=off -c listen_addresses=127.0.0.1"
            f" -c unix_socket_directories={self.folder}"
        )
        log = str(self.folder / "log")
        self.call("pg_ctl", "-o", options, "-l", log, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self.call("pg_ctl", "-m", mode, "-w", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)
