"""`do:` with steps in order"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control

__all__ = ["BLOCK"]

BLOCK = ControlBlock("do", Control(), entries="do")
