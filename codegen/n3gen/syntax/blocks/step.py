"""`step NAME:` with keys"""

from n3gen.syntax.block_forms import EntryBlock
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = EntryBlock(
    "step",
    Name(),
    also_held=("on_error",),
    texts=("when",),
    also=("node", "task"),
)
