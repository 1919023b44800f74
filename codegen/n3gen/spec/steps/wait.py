"""`kind: wait`: a pause, without a permit."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.names import is_name
from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Duration
from n3gen.spec.keys import Key

__all__ = ["WaitStep"]


class WaitStep(Step):
    """A pause of `wait` seconds; its value is none."""

    kind = "wait"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("wait", Duration(), "how long it waits", needed=True),
    )
    signature = ("wait",)

    wait: float = 0.0

    @property
    def takes(self) -> float:
        return self.wait

    @classmethod
    def unbuilt(cls, data: dict[str, Any]) -> tuple[str, str] | None:
        signal = data.get("wait")
        if isinstance(signal, str) and is_name(signal):
            return "wait", "a `wait` for a signal"
        if signal is None and "target" in data:
            return "kind", "a `wait` for a signal"
        return None
