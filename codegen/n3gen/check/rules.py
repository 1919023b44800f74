"""Takes the rules of names, calls, bounds and types; hands on all of them under one name."""

from __future__ import annotations

from typing import Final

from n3gen.check.call_rules import (
    BadTarget,
    EmptyPrompt,
    NoConnection,
    NoModel,
    RecursiveChain,
    UnknownName,
)
from n3gen.check.limit_rules import StepOutlivesChain, WhileNeverRuns
from n3gen.check.name_rules import (
    ReservedName,
    SamePythonName,
    UnusedDefinition,
    VariableTaken,
)
from n3gen.check.type_rules import (
    BadDefault,
    FieldNameTaken,
    TypeNameTaken,
    UnknownType,
)
from n3gen.diagnostics import Rule

__all__ = [
    "RULES",
    "BadDefault",
    "BadTarget",
    "EmptyPrompt",
    "FieldNameTaken",
    "NoConnection",
    "NoModel",
    "RecursiveChain",
    "ReservedName",
    "SamePythonName",
    "StepOutlivesChain",
    "TypeNameTaken",
    "UnknownName",
    "UnknownType",
    "UnusedDefinition",
    "VariableTaken",
    "WhileNeverRuns",
]

RULES: Final[tuple[type[Rule], ...]] = (
    UnknownName,
    SamePythonName,
    ReservedName,
    BadTarget,
    RecursiveChain,
    NoConnection,
    NoModel,
    UnusedDefinition,
    VariableTaken,
    EmptyPrompt,
    WhileNeverRuns,
    StepOutlivesChain,
    UnknownType,
    BadDefault,
    FieldNameTaken,
    TypeNameTaken,
)
"""The rules of the room `check` but for those of the graph, by code."""
