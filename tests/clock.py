"""The virtual clock of `n3gen test`, under the name by which the tests know it."""

from __future__ import annotations

from n3gen.clock import Deadlock, Leftovers, VirtualClockLoop, run

__all__ = ["Deadlock", "Leftovers", "VirtualClockLoop", "run"]
