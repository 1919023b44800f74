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
from n3gen.check.fallback_rules import BadFallback, FallbackType
from n3gen.check.limit_rules import NoPrice, StepOutlivesChain, WhileNeverRuns
from n3gen.check.model_rules import ApiCannot, NotAnOption, UnknownOption
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
    "ApiCannot",
    "BadDefault",
    "BadFallback",
    "BadTarget",
    "EmptyPrompt",
    "FallbackType",
    "FieldNameTaken",
    "NoConnection",
    "NoModel",
    "NoPrice",
    "NotAnOption",
    "RecursiveChain",
    "ReservedName",
    "SamePythonName",
    "StepOutlivesChain",
    "TypeNameTaken",
    "UnknownName",
    "UnknownOption",
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
    BadFallback,
    ApiCannot,
    UnknownOption,
    NotAnOption,
    WhileNeverRuns,
    StepOutlivesChain,
    NoPrice,
    UnknownType,
    BadDefault,
    FieldNameTaken,
    TypeNameTaken,
    FallbackType,
)
"""The rules of the room `check` but for those of the graph, by code."""
