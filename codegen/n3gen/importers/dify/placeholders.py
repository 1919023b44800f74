"""What is in texts of Dify in place of values."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["PLACEHOLDER"]

PLACEHOLDER: Final = re.compile(
    r"\{\{#([a-zA-Z0-9_]{1,50}(?:\.[a-zA-Z_][a-zA-Z0-9_]{0,29}){1,10}|context|histories"
    r"|query)#\}\}"
)
