"""`on_error [KIND, KIND] as NAME:`, at the end of a body, or of a pipeline"""

from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import As, Kinds
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = ControlBlock(
    "on_error",
    Control(
        (Kinds("kind", "on_error", default=("any",)), As("error", "as")), named=False
    ),
    contexts=(Context.STEPS, Context.STAGES),
    plain_key=True,
    among_keys=True,
    also=("except", "catch"),
)
