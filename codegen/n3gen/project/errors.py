"""Errors of disk and configuration, as sentences for users."""

from __future__ import annotations

__all__ = ["ProjectError", "disk_error"]


class ProjectError(Exception):
    """A command cannot go on: usage, configuration or disk. Its text is the message.

    Of a file, `reason` says the same without the name.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message


def disk_error(action: str, path: str, error: OSError) -> ProjectError:
    """The error for `action` ("read", "write") on the shown `path`."""
    reason = error.strerror or str(error)
    reason = f"{reason[:1].lower()}{reason[1:]}"
    return ProjectError(f"cannot {action} `{path}`: {reason}", reason)
