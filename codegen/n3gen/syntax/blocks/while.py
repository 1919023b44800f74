"""`while CONDITION max 5:`"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import About, Number

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "while",
    Control((About("condition", "while", wants="a condition"), Number("max", "max"))),
)
