"""Answers of people, checked before they reach the step that waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from .typed import Misfit, faults_of, read_checked

__all__ = ["answers_as"]


class AnswerRefused(ValueError):
    """An answer that is not of the type that a step waits for."""


def answers_as(type_: Any) -> Callable[[Any], Any]:
    """Return a function that reads an answer as a type, or raises `AnswerRefused`."""

    def check(answer: Any) -> Any:
        try:
            return read_checked(answer, type_)
        except (ValidationError, Misfit) as error:
            faults = "; ".join(faults_of(error))
            raise AnswerRefused(f"the answer does not fit: {faults}") from None

    return check
