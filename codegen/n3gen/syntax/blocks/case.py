"""`case LITERAL, LITERAL:`"""

from n3gen.syntax.block_forms import CaseBlock
from n3gen.syntax.heads import Literals

__all__ = ["BLOCK"]

BLOCK = CaseBlock("case", Literals())
