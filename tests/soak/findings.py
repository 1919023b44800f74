"""What a campaign found, each kind with a few inputs that show it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Findings", "arguments", "report"]

SHOWN = 3
"""Inputs that are kept of one kind."""


@dataclass(slots=True)
class Findings:
    """Collects faults by kind; `count` is how many inputs or rounds there were."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def add(self, kind: str, detail: str = "", text: str | None = None) -> None:
        """Record a fault, and save the input that shows it."""
        self.kinds[kind] += 1
        if self.kinds[kind] > SHOWN:
            return
        lines = [kind, *detail.splitlines()]
        if text is not None:
            lines.append(f"input: {_saved(text)}")
        self.shown.append("\n    ".join(lines))

    def require(self, holds: bool, kind: str, detail: str = "") -> None:
        """Record a fault unless something holds."""
        if not holds:
            self.add(kind, detail)

    def __str__(self) -> str:
        return "\n".join(self.shown)


def _saved(text: str) -> Path:
    data = text.encode("utf-8", "surrogatepass")
    with tempfile.NamedTemporaryFile(
        prefix="n3gen-finding-", suffix=".txt", delete=False
    ) as file:
        file.write(data)
    return Path(file.name)


def arguments(description: str, count: int) -> argparse.Namespace:
    """Parse the `--count` and `--seed` of a campaign."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count, help="inputs or rounds")
    parser.add_argument("--seed", type=int, default=1, help="of the random choices")
    return parser.parse_args()


def report(campaign: str, seed: int, findings: Findings) -> None:
    """Print what a campaign found and exit: with 1 where it found a fault."""
    if findings.shown:
        print(findings)
    total = findings.kinds.total()
    print(f"{campaign}, seed {seed}: {findings.count} rounds, {total} faults")
    sys.exit(1 if total else 0)
