"""Errors of disk and configuration, as sentences for users."""

from __future__ import annotations

__all__ = ["ProjectError", "disk_error"]


class ProjectError(Exception):
    """A command cannot go on: usage, configuration or disk. Its text is the message."""


def disk_error(action: str, path: str, error: OSError) -> ProjectError:
    """The error for `action` ("read", "write") on the shown `path`."""
    reason = error.strerror or str(error)
    return ProjectError(f"cannot {action} `{path}`: {reason[:1].lower()}{reason[1:]}")
