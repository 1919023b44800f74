"""Flows of Prompt Flow as chains."""

from __future__ import annotations

from n3gen.importers.promptflow.importing import import_flow
from n3gen.importers.promptflow.prompty import import_prompty

__all__ = ["import_flow", "import_prompty"]
