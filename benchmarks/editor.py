"""How soon the language server answers on a long file, to a client over standard input.

`python -m benchmarks.editor [LINES]` prints milliseconds for each kind of question while
nothing else is asked and while the file is being checked after a change, with the load
of the machine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["Answers", "Client", "long_spec", "measured"]

HEAD = """\
type Mood:
    label: one of [glad, sad]
    score: float

connection main:
    api: openai
    api_key: env("OPENAI_API_KEY")

connector classify:
    connection: main
    model: small
    prompt: "{{ payload.text }}"
    output: Mood

"""
CHAIN = """\
chain triage_NUMBER:
    description: Sort a ticket, and answer it
    timeout: 60
    input:
        text: str
        limit: int = 3
        tags: list[str] = []
    step mood:
        kind: connector
        target: classify
        parallel: true
    step upper:
        value: "{{ payload.text | upper }}"
        parallel: true
    if mood.label == "sad":
        step sorry:
            kind: connector
            target: classify
            options:
                note: "{{ upper }} {{ payload.limit }}"
    else:
        step thanks:
            value: "thank you for {{ upper }}"
    for docs: doc in payload.tags parallel 4:
        step inner:
            value: "{{ doc }} {{ mood.label }}"
        step more:
            prompt: |
                Sum up {{ inner }}
                in the mood {{ mood.score }}.
            connection: main
            model: small
    step last:
        value: "{{ mood.label }} {{ docs }} {{ upper }}"
    result: "{{ last }}"

"""
ASKED = "{{ mood.label }} {{ docs }}"
"""The text in the middle of the file at whose `mood.` is asked."""

Answers = dict[str, float]
"""Milliseconds by question."""


def long_spec(lines: int) -> str:
    """A spec of at least so many lines, chains of one size."""
    number = max(1, -(-(lines - HEAD.count("\n")) // CHAIN.count("\n")))
    chains = (CHAIN.replace("NUMBER", str(one)) for one in range(number))
    return HEAD + "".join(chains)


class Client:
    """A client that writes and reads the messages of the protocol itself."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "n3gen", "lsp"]
        self.server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.number = 0
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """Send a request, and return its answer."""
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while (message := self._read()).get("id") != self.number:
            pass
        return message["result"]

    def checked(self, version: int) -> None:
        """Wait until the problems of a version are published."""
        published = "textDocument/publishDiagnostics"
        seen = None
        while seen != version:
            message = self._read()
            if message.get("method") == published:
                seen = message["params"].get("version")

    def stop(self) -> None:
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.server.wait(30)

    def _send(self, message: dict[str, Any]) -> None:
        assert self.server.stdin is not None
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.server.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.server.stdout is not None
        length = 0
        while line := self.server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        found: dict[str, Any] = json.loads(self.server.stdout.read(length))
        return found


def measured(lines: int, rounds: int = 7) -> tuple[int, Answers, Answers]:
    """The lines of the file, and the answers at rest and while it is checked."""
    text = long_spec(lines)
    client = Client()
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "n3gen.toml").write_text('specs = ["."]\n')
            uri = Path(folder, "long.ai").as_uri()
            return text.count("\n"), *_measured(client, uri, text, rounds)
    finally:
        client.stop()


def _measured(
    client: Client, uri: str, text: str, rounds: int
) -> tuple[Answers, Answers]:
    item = {"uri": uri, "languageId": "n3gen", "version": 1, "text": text}
    client.tell("textDocument/didOpen", {"textDocument": item})
    client.checked(1)
    questions = _questions(uri, text)
    for method, params in questions.values():
        client.ask(f"textDocument/{method}", params)
    idle = {
        name: [_timed(client, *one) for _ in range(rounds)]
        for name, one in questions.items()
    }
    busy: dict[str, list[float]] = {name: [] for name in questions}
    checks: list[float] = []
    line = text[: text.index("thank you")].count("\n")
    for version, (name, question) in enumerate(list(questions.items()) * rounds, 2):
        started = time.perf_counter()
        _type(client, uri, version, line)
        time.sleep(0.2)  # the pause after which the check begins has passed by then
        busy[name].append(_timed(client, *question))
        client.checked(version)
        checks.append((time.perf_counter() - started) * 1000)
    rest, checking = _medians(idle), _medians(busy)
    return rest, {**checking, "problems after a change": statistics.median(checks)}


def _type(client: Client, uri: str, version: int, line: int) -> None:
    """Write a letter into a text in the file."""
    at = {"line": line, "character": 28}
    change = {"range": {"start": at, "end": at}, "text": "x"}
    document = {"uri": uri, "version": version}
    params = {"textDocument": document, "contentChanges": [change]}
    client.tell("textDocument/didChange", params)


def _questions(uri: str, text: str) -> dict[str, tuple[str, Any]]:
    at = text.index(ASKED, len(text) // 2) + len("{{ mood.")
    line = text.count("\n", 0, at)
    position = {"line": line, "character": at - text.rindex("\n", 0, at) - 1}
    file = {"textDocument": {"uri": uri}}
    here = {**file, "position": position}
    options = {"options": {"tabSize": 4, "insertSpaces": True}}
    return {
        "completion": ("completion", here),
        "hover": ("hover", here),
        "definition": ("definition", here),
        "highlights": ("documentHighlight", here),
        "outline": ("documentSymbol", file),
        "folding": ("foldingRange", file),
        "tokens": ("semanticTokens/full", file),
        "lenses": ("codeLens", file),
        "formatting": ("formatting", {**file, **options}),
    }


def _timed(client: Client, method: str, params: Any) -> float:
    started = time.perf_counter()
    client.ask(f"textDocument/{method}", params)
    return (time.perf_counter() - started) * 1000


def _medians(times: dict[str, list[float]]) -> Answers:
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    lines, idle, busy = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    load = os.getloadavg()[0]
    print(
        f"{lines:,} lines, {os.cpu_count()} processors, load {load:.1f}; milliseconds"
    )
    print(f"{'':24}{'at rest':>10}{'checking':>10}")
    for name in busy:
        at_rest = f"{idle[name]:.0f}" if name in idle else ""
        print(f"{name:24}{at_rest:>10}{busy[name]:>10.0f}")


if __name__ == "__main__":
    main()
