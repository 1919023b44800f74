"""`kind: cancel`: the end of something that runs in the background."""

from __future__ import annotations

from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Name
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Place

__all__ = ["CancelStep"]


class CancelStep(Step):
    """The cancellation of a background step or block, which is awaited."""

    kind = "cancel"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "cancel",
            Name("steps"),
            "the `background` step or block that is cancelled and awaited; one that has "
            "ended stays as it is; needed",
        ),
        Key("target", Name("steps"), "the same, behind `kind: cancel`"),
    )
    signature = ("cancel",)

    cancel: str | None = None
    target: str | None = None

    @property
    def takes(self) -> float:
        return 0.0

    @property
    def cancelled(self) -> str | None:
        return self.cancel or self.target

    @property
    def cancelled_at(self) -> Place:
        """The place of the name of what it cancels."""
        return self.place / ("target" if self.cancel is None else "cancel")
