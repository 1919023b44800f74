"""The interface of modules: what their callers rely on, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from n3gen.spec.type_refs import TypeRef
from n3gen.spec.types import parse_type

__all__ = [
    "ChainInterface",
    "FieldInterface",
    "Fields",
    "Interface",
    "ModuleInterface",
    "WaitInterface",
]


def _readable(text: str) -> str:
    parse_type(text)
    return text


TypeText = Annotated[str, AfterValidator(_readable)]
"""A type as a spec spells it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldInterface(_Part):
    """A field of a payload or of a declared type; `type` is spelled as a spec does.

    `name` is Python's, empty in baselines that say nothing of it.
    """

    type: TypeText
    name: str = ""
    required: bool = True
    bounds: Mapping[str, int | float | str] = {}


Fields = Mapping[str, FieldInterface]


class WaitInterface(_Part):
    """What the steps of a chain that wait under one name want of an answer.

    `has_key` says whether an answer may have one, `count` how many answers the step
    with the most of them wants, `has_default` whether all go on without an answer, and
    `seconds` how long the most patient one waits, `None` without a timeout.
    """

    has_key: bool = False
    count: int = 1
    has_default: bool = False
    seconds: float | None = None


class ChainInterface(_Part):
    """What a caller of a chain relies on.

    Without `input` the payload is anything. `result` is what its function is annotated
    with, `value` the type of what that returns as far as it follows, which baselines may
    lack. `result_keys` are those of a result that the
    spec writes as a mapping. `connectors` and `variables` are those
    that a run cannot do without, `answers` the types of what its steps wait for, by
    signal, `waits` how they wait, which baselines may lack, `channels` those that its
    caller feeds. `worst_case` is in seconds; it and `model_calls`, the most of them, are
    `None` where there is no bound. `worst_cost` is what they come to by the guess of
    `n3gen plan`, `None` where there is no bound or a model is `unpriced`; `most_tokens`
    are those of a `budget`.
    """

    input: Fields | None = None
    result: TypeText
    value: TypeRef | None = None
    result_keys: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    answers: Mapping[str, TypeText] = {}
    waits: Mapping[str, WaitInterface] = {}
    channels: tuple[str, ...] = ()
    worst_case: float | None = None
    model_calls: int | None = None
    worst_cost: float | None = None
    unpriced: tuple[str, ...] = ()
    most_tokens: int | None = None


class ModuleInterface(_Part):
    """What a module offers; `names` are the public ones that are no chain's."""

    spec: str
    names: tuple[str, ...] = ()
    types: Mapping[str, Fields] = {}
    chains: Mapping[str, ChainInterface] = {}


class Interface(_Part):
    """What the modules of a project offer, by their paths below the out folder.

    A baseline always has the `modules`, so that no other JSON is taken for one.
    """

    format: Literal[1] = 1
    modules: Mapping[str, ModuleInterface]
