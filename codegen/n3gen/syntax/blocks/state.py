"""`state NAME: type = default`, with or without keys"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = Definition("state", Name(), section="states", record=False, type_key="type")
