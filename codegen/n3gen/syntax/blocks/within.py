"""`within 5s:`"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import Time

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "within", Control((Time("time", "within", wants="a time, such as `5s`"),))
)
