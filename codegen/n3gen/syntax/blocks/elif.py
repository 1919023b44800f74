"""`elif CONDITION:`, behind an `if`"""

from n3gen.syntax.block_forms import BranchBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import About

__all__ = ["BLOCK"]

BLOCK = BranchBlock(
    "elif",
    Control((About("condition", "if", wants="a condition"),)),
    entries="then",
    partners=("if",),
    repeated=True,
    also=("elseif", "elsif"),
)
