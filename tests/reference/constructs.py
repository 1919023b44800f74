"""What each block and each kind of step does, one function each."""

from __future__ import annotations

# These register what they run: blocks and loops in the order in which words are sought.
from tests.reference import blocks, kinds, loops  # noqa: F401
from tests.reference.interpreter import Interpreter

__all__ = ["Interpreter"]
