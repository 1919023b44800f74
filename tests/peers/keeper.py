"""Runs a command for as long as another process lives, whatever ends that one.

Run as `python keeper.py PID COMMAND...`; it uses the standard library alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    watched = int(sys.argv[1])
    try:
        # A group of its own, so that what it starts ends with it.
        command = subprocess.Popen(
            sys.argv[2:], stdin=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        sys.exit(f"{sys.argv[2]} ended with status {error}")
    while command.poll() is None and is_alive(watched):
        time.sleep(0.1)
    if command.returncode is not None:
        print(f"{sys.argv[2]} ended with status {command.returncode}", flush=True)
    with suppress(ProcessLookupError):
        os.killpg(command.pid, signal.SIGKILL)
    command.wait()


if __name__ == "__main__":
    main()
