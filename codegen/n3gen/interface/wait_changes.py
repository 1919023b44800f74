"""How the answers that the steps of a chain wait for differ from earlier ones."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.interface.model import WaitInterface
from n3gen.spec.values import shown

__all__ = ["wait_changes"]


def wait_changes(name: str, old: WaitInterface, new: WaitInterface) -> Iterator[str]:
    """Yield the ends of sentences about a chain, one for each change that breaks callers."""
    answer = f"the answer `{shown(name)}`"
    if old.has_key and not new.has_key:
        yield f"no longer takes {answer} with a key"
    if old.count != new.count:
        now, before = _answers(new.count), _answers(old.count)
        yield f"waits for {now} `{shown(name)}` now, where it was {before}"
    if old.has_default and not new.has_default:
        yield f"needs {answer} now, which had a default"
    if new.seconds is not None and (old.seconds is None or new.seconds < old.seconds):
        before = "any time" if old.seconds is None else f"{old.seconds:g} s"
        yield f"waits {new.seconds:g} s for {answer} now, where it was {before}"


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count} answers"
