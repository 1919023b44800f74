"""`match EXPRESSION:` with cases"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import About
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "match",
    Control((About("subject", "match"),)),
    body=Context.CASES,
    entries="cases",
    also=("switch", "select"),
)
