"""`finally:`, at the end of a body, or of a pipeline"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "finally",
    Control(named=False),
    contexts=(Context.STEPS, Context.STAGES),
    entries="finally",
)
