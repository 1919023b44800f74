"""What `feedback_ledger` calls: readings that leave a line in a ledger."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from specs.texts import sentiment_of, topics_of

__all__ = ["read", "totals"]


def read(key: str, text: str) -> dict[str, Any]:
    """Read a text as slowly as a person does, and enter it into the ledger, if there is one.

    A line of the ledger is the process that has read a text, and the text's key.
    """
    time.sleep(0.05)
    if path := os.environ.get("LEDGER"):
        with open(path, "a", encoding="utf-8") as ledger:
            ledger.write(f"{os.getpid()} {key}\n")
    return {"mood": sentiment_of(text), "topics": topics_of(text)}


def totals(readings: Iterable[Any]) -> Mapping[str, Any]:
    """Count moods, and what the negative texts are about."""
    found = [*readings]
    moods = Counter(reading.mood for reading in found)
    complaints = Counter(
        topic for one in found if one.mood == "negative" for topic in one.topics[:1]
    )
    return {
        "moods": dict(moods.most_common()),
        "complaints": [topic for topic, _ in complaints.most_common(3)],
    }
