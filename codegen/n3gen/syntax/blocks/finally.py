"""`finally:`, at the end of a body"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control

__all__ = ["BLOCK"]

BLOCK = ControlBlock("finally", Control(named=False), entries="finally")
