"""Workflows and chatflows of Dify as chains."""

from __future__ import annotations

from n3gen.importers.dify.importing import import_app

__all__ = ["import_app"]
