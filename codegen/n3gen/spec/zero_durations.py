"""The shape of a duration that may be 0."""

from __future__ import annotations

from n3gen.spec.key_shapes import Duration, JsonSchema

__all__ = ["DurationOrZero"]


class DurationOrZero(Duration):
    """A number of seconds, or a text such as `250ms`; it may be 0."""

    def schema(self) -> JsonSchema:
        zero = {"enum": [0]}, {
            "type": "string",
            "pattern": r"^\s*[0.]+ ?(ms|s|m|h|d)\s*$",
        }
        return {"anyOf": [*super().schema()["anyOf"], *zero]}
