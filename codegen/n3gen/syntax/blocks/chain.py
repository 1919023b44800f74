"""`chain NAME:` with steps"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = Definition(
    "chain",
    Name(),
    body=Context.STEPS,
    entries="steps",
    section="chains",
    also=("def", "function", "fn", "workflow", "flow", "graph", "job"),
)
