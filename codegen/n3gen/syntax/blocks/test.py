"""`test NAME of CHAIN:` with keys"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = Definition("test", Name(link="chain"), section="tests", link="chain")
