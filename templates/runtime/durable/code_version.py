"""The version of the code that is built into one folder."""

from __future__ import annotations

__all__ = ["CODE_VERSION"]

CODE_VERSION = ""
"""What changes with any durable module of the folder; empty where a module stands alone.

A process executes runs of one version, so that all modules of a folder share theirs.
"""
