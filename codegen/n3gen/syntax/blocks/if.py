"""`if CONDITION:`"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import About

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "if", Control((About("condition", "if", wants="a condition"),)), entries="then"
)
