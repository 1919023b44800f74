"""`use other_file`"""

from n3gen.syntax.block_forms import UseBlock
from n3gen.syntax.heads import Path

__all__ = ["BLOCK"]

BLOCK = UseBlock("use", Path())
