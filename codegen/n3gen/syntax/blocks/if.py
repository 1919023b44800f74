"""`if CONDITION:`"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import About, Control

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "if", Control((About("condition", "if", wants="a condition"),)), entries="then"
)
