"""`parallel:` with members"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control

__all__ = ["BLOCK"]

BLOCK = ControlBlock("parallel", Control(), entries="parallel", plain_key=True)
