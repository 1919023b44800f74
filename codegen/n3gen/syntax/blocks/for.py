"""`for NAME in EXPRESSION parallel 10:`"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import About, Number, Variable

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "for",
    Control(
        (
            Variable("variable", "for"),
            About("items", "in"),
            Number("parallel", "parallel", alone=True),
        )
    ),
    also=("foreach", "each", "map"),
)
