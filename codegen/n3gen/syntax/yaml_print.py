"""Canonical data written as YAML that reads back as the same data."""

from __future__ import annotations

from typing import Any

from n3gen.syntax.writer import DataWriter

__all__ = ["print_yaml"]


def print_yaml(data: dict[str, Any]) -> str:
    """The text of a YAML file, a blank line between its top keys."""
    writer = DataWriter(step=2)
    sections = [
        "\n".join(writer.pair(writer.key(key), value, 0)) for key, value in data.items()
    ]
    return "\n\n".join(sections) + "\n" if sections else "{}\n"
