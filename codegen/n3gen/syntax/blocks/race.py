"""`race:` and `race 2 of:`"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import Quorum

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "race", Control((Quorum("count", "race", default=1),)), plain_key=True
)
