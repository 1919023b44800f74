"""`else:`, behind an `if` or a `within`, or in a `match`"""

from n3gen.syntax.block_forms import BranchBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = BranchBlock(
    "else",
    Control(named=False),
    contexts=(Context.STEPS, Context.CASES),
    partners=("if", "within", "match"),
)
