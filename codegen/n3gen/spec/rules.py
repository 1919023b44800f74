"""All rules of this room."""

from __future__ import annotations

from n3gen.spec.definition_rules import BadEnv, BadType, SecretInSpec
from n3gen.spec.key_rules import MisplacedKey, MissingKey, NotBuiltYet, UnknownKey
from n3gen.spec.name_rules import BadName, CircularUse, DuplicateName, UnknownFile
from n3gen.spec.policy_rules import HopelessRetry, OutOfRange, UnknownFailure
from n3gen.spec.step_rules import (
    MisplacedEnding,
    NoKind,
    NoSteps,
    TooDeep,
    UnknownKind,
    WhileWithoutBound,
)
from n3gen.spec.value_rules import (
    BadCase,
    BadDuration,
    BadNumber,
    UnknownChoice,
    WrongType,
)

__all__ = [
    "BadCase",
    "BadDuration",
    "BadEnv",
    "BadName",
    "BadNumber",
    "BadType",
    "CircularUse",
    "DuplicateName",
    "HopelessRetry",
    "MisplacedEnding",
    "MisplacedKey",
    "MissingKey",
    "NoKind",
    "NoSteps",
    "NotBuiltYet",
    "OutOfRange",
    "SecretInSpec",
    "TooDeep",
    "UnknownChoice",
    "UnknownFailure",
    "UnknownFile",
    "UnknownKey",
    "UnknownKind",
    "WhileWithoutBound",
    "WrongType",
]
