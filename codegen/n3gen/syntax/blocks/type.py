"""`type NAME:` with keys"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = Definition(
    "type",
    Name(),
    section="types",
    also=("class", "enum", "struct", "interface", "schema"),
)
