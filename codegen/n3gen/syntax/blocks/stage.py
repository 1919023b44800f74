"""`stage NAME(argument: type) -> type:` with keys"""

from n3gen.syntax.block_forms import EntryBlock
from n3gen.syntax.heads import Signature
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = EntryBlock("stage", Signature(), contexts=(Context.STAGES,))
