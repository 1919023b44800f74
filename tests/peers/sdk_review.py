"""The type that both a provider's SDK and a generated module ask for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

__all__ = ["Review"]


class Author(BaseModel):
    # No docstring: those of generated models do not reach the schema.
    name: str
    age: int | None


class Review(BaseModel):
    # No docstring: those of generated models do not reach the schema.
    verdict: Literal["good", "bad"]
    score: float = Field(description="From 0 to 1.")
    reasons: list[str]
    author: Author
    editor: Author | None
    size: int | str
