"""`connection NAME:` with keys"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name

__all__ = ["BLOCK"]

BLOCK = Definition(
    "connection",
    Name(),
    section="connections",
    also=("client", "provider", "model", "llm"),
)
