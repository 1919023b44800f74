"""`limit NAME: 14 within OTHER`"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = Definition("limit", Name(), section="limits", record=False, parent="within")
