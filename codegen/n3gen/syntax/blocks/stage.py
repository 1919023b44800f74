"""`stage NAME(argument: type) -> type:` with keys, or with steps"""

from n3gen.syntax.block_forms import StageBlock
from n3gen.syntax.heads import Signature

__all__ = ["BLOCK"]

BLOCK = StageBlock("stage", Signature())
