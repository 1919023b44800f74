"""`channel NAME: 100`"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = Definition("channel", Name(), section="channels", record=False)
