"""Execute the pages that users read: write their files, run their commands.

A page is executed from top to bottom, in an empty folder of its own:

- A block whose first line is a comment with a path (`# chains/hello.ai`) is that file,
  with that line where it is a comment there, so that numbers of lines are those of the
  block.
- With `# generated/hello.py, in part` it is an excerpt; a line `...` stands for what
  is left out.
- A `console` block has commands after `$`, with what they print. A line `...` stands
  for any lines; durations with their units, hashes and run ids are not compared.
- The order of what is printed is compared. Where a page prints how parallel steps end,
  they take times 100 ms or more apart, so that a busy machine keeps their order.
- Every `ai` and `yaml` block compiles, unless it is marked `wrong`.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from n3gen.compiler import compile_file
from n3gen.diagnostics.formats import as_text
from n3gen.source import SourceFile

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "docs/batch.md",
    "docs/graphs.md",
    "docs/breaking.md",
    "docs/constructs.md",
    "docs/durable.md",
    "docs/guide.md",
    "docs/import.md",
    "docs/language.md",
    "docs/models.md",
    "docs/plan.md",
    "docs/runtime.md",
    "docs/simulate.md",
    "docs/telemetry.md",
    "docs/testing.md",
    "docs/traces.md",
    "docs/upgrades.md",
]

BLOCK = re.compile(r"^```(\w*)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w./-]+\.\w+)(, in part)?\n")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
UNSTABLE = [
    (re.compile(r'("(?:\w+_ms|speedup)": )[\d.]+'), r"\1N"),
    (re.compile(r"'(\w+_ms|speedup)': [\d.]+"), r"'\1': N"),
    (re.compile(r'("run_id": )"\w+"'), r'\1"ID"'),
    (re.compile(r"\b[\d.,]+ ?(?:s|ms)\b"), "N s"),
    (re.compile(r"\b[\d.]+ times\b"), "N times"),
    (re.compile(r"\b[\d.,]+ rows/s"), "N rows/s"),
    (re.compile(r"(?m)^@@ .* @@$"), "@@ N @@"),
    (re.compile(r"sha256:[0-9a-f]{16}"), "sha256:HASH"),
    (re.compile(r"(?m)^ +N s"), "N s"),
    (re.compile(r"\bcode [0-9a-f]{16}\b"), "code HASH"),
    (re.compile(r"\b\d+ files\b"), "N files"),
    (re.compile(r"(?m)^ *\d+ (?=generated/)"), "N "),
]
COMMENTED = (".ai", ".py", ".toml", ".yaml", ".yml")
OURS = ("ENABLE_PARALLEL_STEPS", "MAX_CONCURRENT_LLM_CALLS", "CHAIN_TIMEOUT_SECONDS")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its mark, its text, and where the text begins."""

    language: str
    mark: str
    text: str
    start: int
    line: int

    @property
    def path(self) -> str | None:
        """The file that the block is, or is an excerpt of."""
        found = FILE.match(self.text)
        return found[1] if found else None

    @property
    def is_part(self) -> bool:
        found = FILE.match(self.text)
        return bool(found and found[2])

    @property
    def body(self) -> str:
        """The text without the line that names a file."""
        return self.text.partition("\n")[2] if self.path else self.text

    @property
    def content(self) -> str:
        """The text of the file, whose first line names it where that is a comment."""
        has_comments = Path(self.path or "").suffix in COMMENTED
        return self.text if has_comments else self.body


def line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def blocks_of(text: str) -> list[Block]:
    return [
        Block(m[1], m[2] or "", m[3], m.start(3), line_at(text, m.start(3)))
        for m in BLOCK.finditer(text)
    ]


def commands(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the commands of a console block, with what each prints and its offset."""
    for found in re.finditer(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", text, re.M):
        yield found[1], found[2], found.start(2)


class Folder:
    """Where a page is executed; `cd` changes into a folder below."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def run(self, command: str) -> str:
        """Run a command; return what it prints on stdout and stderr."""
        if command.startswith("cd "):
            self.path /= command.removeprefix("cd ")
            return ""
        environment = {k: v for k, v in os.environ.items() if k not in OURS}
        environment |= {
            "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
            "NO_COLOR": "1",
            "COLUMNS": "80",
            "PYTHONUNBUFFERED": "1",
            # A module that is built twice in a second must not be taken from a cache.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=self.path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return ran.stdout


def stable(text: str) -> str:
    """Return the text without what differs from run to run."""
    for pattern, replacement in UNSTABLE:
        text = pattern.sub(replacement, text)
    return text


def is_shown_by(shown: str, given: str) -> bool:
    """Tell whether a command printed what the page shows."""
    parts = re.split(r"(?m)^\.\.\.\n", stable(shown))
    return bool(re.fullmatch("(?s:.*)".join(map(re.escape, parts)), stable(given)))


def fault(place: str, shown: str, given: str) -> str:
    lines = difflib.unified_diff(
        shown.splitlines(), given.splitlines(), "shown", "given", lineterm=""
    )
    return "\n".join([place, *lines])


def has_excerpt(whole: str, excerpt: str) -> bool:
    """Tell whether a file has the parts of an excerpt, in their order."""
    at = 0
    for part in re.split(r"(?m)^ *\.\.\.\n", excerpt):
        at = whole.find(part.strip("\n"), at)
        if at < 0:
            return False
    return True


def execute(block: Block, page: str, folder: Folder) -> Iterator[tuple[str, str, int]]:
    """Write or check the block's file, or run its commands.

    Yield each output that differs: as shown, as printed, and where the page shows it.
    """
    if block.path and not block.is_part:
        folder.write(block.path, block.content)
    elif block.path:
        whole = (folder.path / block.path).read_text(encoding="utf-8")
        assert has_excerpt(whole, block.body), f"{page}:{block.line}: no such excerpt"
    elif block.language == "console":
        for command, shown, start in commands(block.text):
            given = folder.run(command)
            if not is_shown_by(shown, given):
                yield shown, given, block.start + start


@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_shows(
    page: str, tmp_path: Path, update_goldens: bool
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    folder = Folder(tmp_path)
    faults = [
        found for block in blocks_of(text) for found in execute(block, page, folder)
    ]
    if update_goldens:
        for shown, given, start in reversed(faults):
            text = text[:start] + given + text[start + len(shown) :]
        (ROOT / page).write_text(text, encoding="utf-8")
        return
    different = [
        fault(f"{page}:{line_at(text, start)}", shown, given)
        for shown, given, start in faults
    ]
    assert not different, "\n\n".join(different)


ALONE = """
import socket
import sys

sys.modules["n3gen"] = None


def refuse(*_):
    raise AssertionError("a test asks a network")


socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
"""A plugin of pytest without which nothing of a service could pass by luck."""


@pytest.mark.xdist_group("pages")
def test_tests_of_a_service_need_neither_n3gen_nor_a_network(tmp_path: Path) -> None:
    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    folder = Folder(tmp_path)
    for block in blocks_of(page[page.index("## From pytest") :]):
        if block.path and not block.is_part:
            folder.write(block.path, block.content)
    folder.write("alone.py", ALONE)
    folder.run("n3gen build chains/orders.ai chains/desk.ai")
    told = folder.run("env -u OPENAI_API_KEY python -m pytest -q -p alone tests")
    assert re.search(r"^6 passed", told, re.MULTILINE), told


@pytest.mark.parametrize("page", PAGES)
def test_the_specs_of_a_page_compile(page: str) -> None:
    specs = [
        (block.path or f"specs/line_{block.line}.{block.language}", block)
        for block in blocks_of((ROOT / page).read_text(encoding="utf-8"))
        if block.language in ("ai", "yaml")
    ]
    files = {path: SourceFile.of(path, block.body) for path, block in specs}
    for path, block in specs:
        problems = compile_file(SourceFile.of(path, block.body), used=files).problems
        shown = f"{page}:{block.line}\n{as_text(problems)}"
        assert problems.has_errors == (block.mark == "wrong"), shown


@pytest.mark.parametrize("page", [*PAGES, "docs/README.md", "CONTRIBUTING.md"])
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    path = ROOT / page
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert not missing
