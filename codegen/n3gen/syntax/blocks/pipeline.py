"""`pipeline NAME:` with stages"""

from n3gen.syntax.block_forms import Definition
from n3gen.syntax.heads import Name
from n3gen.syntax.words import Context

__all__ = ["BLOCK"]

BLOCK = Definition(
    "pipeline", Name(), body=Context.STAGES, entries="stages", section="pipelines"
)
